import { realpathSync } from "node:fs";
import { TouchstoneError } from "../api/tokens.ts";
import { makeFolders } from "../platform/directories.ts";

/** A folder that a person named for a store, made where it is missing; its real path. Throws `NO_FOLDER`. */
export async function madeFolder(path: string): Promise<string> {
  try {
    await makeFolders(path);
    return realpathSync.native(path);
  } catch (error) {
    throw new TouchstoneError({ code: "NO_FOLDER", message: `The folder cannot be made: ${error instanceof Error ? error.message : String(error)}`, file: path, hint: "Choose another place." });
  }
}
