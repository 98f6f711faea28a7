import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { assertWithin } from "../artifacts/tree.ts";

/**
 * Writes `<.touchstone>/cache/<kind>/<name>`: readers see all of it or nothing. A link on the way, or in its place, may lead out of
 * the store: then nothing is written. Throws `INVALID_PATH`.
 */
export async function writeCacheFile(file: string, content: Uint8Array | string): Promise<void> {
  await makeCacheFolder(file);
  const temporary = `${file}.${randomUUID()}`;
  try {
    await writeFile(temporary, content, { flag: "wx" });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Makes the folder of such a file, unless a link leads elsewhere. Throws `INVALID_PATH`. */
export async function makeCacheFolder(file: string): Promise<void> {
  await assertWithin(join(file, "..", "..", ".."), file);
  await mkdir(dirname(file), { recursive: true });
}
