import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";

export interface WalkLimits {
  /** Levels below the folder. */
  readonly depth: number;
  /** Entries looked at, of any kind. */
  readonly entries: number;
}

export interface Walked {
  /** Plain files, relative to the folder, `/` between parts, in the order of their names. */
  readonly files: readonly string[];
  /** Links to what the walk does not come by itself: they are never followed. */
  readonly links: readonly string[];
  /** Folders that could not be read. */
  readonly unreadable: readonly string[];
  /** False where a limit ended the walk. */
  readonly complete: boolean;
}

/** The files under a folder whose path `wanted` accepts, without following a link; never throws. */
export async function walk(folder: string, limits: WalkLimits, wanted: (path: string) => boolean): Promise<Walked> {
  const found: { files: string[]; links: string[]; unreadable: string[]; complete: boolean } = { files: [], links: [], unreadable: [], complete: true };
  let left = limits.entries;
  const pending = [{ path: "", depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, depth } = next;
    const entries = await readdir(join(folder, path), { withFileTypes: true }).catch(() => null);
    if (entries === null) {
      found.unreadable.push(path === "" ? "." : path);
      continue;
    }
    const folders: { path: string; depth: number }[] = [];
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (left-- <= 0) return { ...found, files: found.files.sort(), complete: false };
      const inner = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isFile() && wanted(inner)) found.files.push(inner);
      else if (entry.isSymbolicLink() && !(await isComeBy(folder, inner, wanted))) found.links.push(inner);
      else if (entry.isDirectory()) {
        if (depth < limits.depth) folders.push({ path: inner, depth: depth + 1 });
        else found.complete = false;
      }
    }
    pending.push(...folders.reverse());
  }
  return { ...found, files: found.files.sort() };
}

/** Whether a link leads to a folder below this one, or to a file there that is wanted as much as the link: W&B's `latest-run` hides nothing. */
async function isComeBy(folder: string, link: string, wanted: (path: string) => boolean): Promise<boolean> {
  try {
    const [root, target] = await Promise.all([realpath(folder), realpath(join(folder, link))]);
    if (!target.startsWith(root + sep)) return false;
    return (await stat(target)).isDirectory() || !wanted(link) || wanted(target.slice(root.length + 1).split(sep).join("/"));
  } catch {
    return false;
  }
}

/**
 * Text of a foreign source as a path among artifacts: parts that are empty, `.` or `..` go, and what no file system takes becomes `_`.
 */
export function artifactName(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split(/[/\\]/))
    .map((part) => part.replaceAll(/[\u0000-\u001f<>:"|?*\u007f#%]/g, "_").trim())
    .filter((part) => part !== "" && part !== "." && part !== "..")
    .map((part) => part.slice(0, 120))
    .join("/");
}
