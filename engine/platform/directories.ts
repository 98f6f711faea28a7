import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

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
