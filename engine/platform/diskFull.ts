import { TouchstoneError } from "../api/tokens.ts";

/** Whether a write failed for want of space: a full disk, a person's quota on it, or SQLite's word for either. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT" || error.code === "SQLITE_FULL");
}

/** What a person reads then. @param file where it was to be written. */
export function diskFull(file?: string): TouchstoneError {
  return new TouchstoneError({
    code: "DISK_FULL",
    message: "The disk is full, so nothing more can be stored.",
    ...(file === undefined ? {} : { file }),
    hint: "Free some space; what was acknowledged is safe, and what scripts try again arrives then.",
  });
}
