import { lstat, mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Bytes that a folder's files take; a file with several links in it counts once. What vanishes meanwhile counts nothing. */
export async function directoryBytes(folder: string): Promise<number> {
  let sum = 0;
  const seen = new Set<string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    const stat = await lstat(join(entry.parentPath, entry.name)).catch(() => null);
    if (stat === null) continue;
    const identity = `${stat.dev}:${stat.ino}`;
    if (stat.nlink > 1 && seen.has(identity)) continue;
    seen.add(identity);
    sum += stat.size;
  }
  return sum;
}

/**
 * Makes a folder that a person named and those above it that are missing. Node's own way never ends where the system says of a folder
 * that is there that it is missing, as `/proc` does.
 */
export async function makeFolders(path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; (await stat(at).catch(() => null)) === null && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    await mkdir(folder).catch((error: unknown) => {
      // Somebody else made it meanwhile.
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    });
  }
}
