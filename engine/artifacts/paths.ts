import { TouchstoneError } from "../api/tokens.ts";

/** Names that Windows keeps for devices; a tree with them could not be copied there. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * The normal form of an artifact's path: relative, `/` as separator, no empty, `.` or `..` part. Accepts what arrives
 * percent-encoded any number of times, as a client behind a proxy may send it. Throws `INVALID_PATH`.
 */
export function artifactPath(path: string): string {
  const decoded = fullyDecoded(path);
  const parts = decoded.split("/");
  const bad =
    decoded === "" ||
    /[\\#\0]/.test(decoded) ||
    /^[a-z]:/i.test(decoded) ||
    parts.some((part) => part === "" || part === "." || part === ".." || reserved.test(part));
  if (bad) throw invalidPath(path);
  return decoded;
}

/** As `artifactPath`, but '' and a closing `/` are allowed: the root or a folder. */
export function artifactFolder(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" && !path.startsWith("/") ? "" : artifactPath(trimmed);
}

function fullyDecoded(path: string): string {
  let current = path;
  for (let round = 0; round < 5; round++) {
    let next: string;
    try {
      next = decodeURIComponent(current);
    } catch {
      return current;
    }
    if (next === current) return current;
    current = next;
  }
  throw invalidPath(path);
}

function invalidPath(path: string): TouchstoneError {
  return new TouchstoneError({
    code: "INVALID_PATH",
    message: `Invalid path: ${path}`,
    hint: "An artifact's path is relative, with / between its parts, and never leaves the run's artifacts.",
  });
}
