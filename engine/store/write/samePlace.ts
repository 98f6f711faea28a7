import { isAbsolute, posix } from "node:path";
import type { ImportWrite } from "../operations/imports.ts";
import type { WriteContext } from "./context.ts";

/** Formats without ids that hold everywhere: a run is known by the folder that it stands in, or by its id in one of W&B's folders. */
const PLACED = new Set(["tensorboard", "lightning", "wandb"]);
/** Names of the formats' own files: a source that is one of these stands for what its folder holds. */
const LOG_FILE = /^(events\.out\.tfevents\..+|.+\.wandb|metrics\.csv)$/;

/** A run that another source brought, or that was tracked here (`own` 0). */
interface Brought {
  readonly runKey: number;
  readonly own: number;
}

/** Finds the run that stands where a run of a source does and came with another source: the folder above was imported, or one within. */
export function runsInPlace({ db }: WriteContext) {
  const others = db.prepare<[string, number], { key: number; path: string }>("SELECT source_key AS key, path FROM sources WHERE format = ? AND source_key <> ? ORDER BY source_key");
  const brought = db.prepare<[number, string], Brought>("SELECT run_key AS runKey, own FROM source_runs WHERE source_key = ? AND key = ?");

  return (sourceKey: number, { path, format, folder }: ImportWrite["source"], run: string): Brought | undefined => {
    if (folder === undefined || !PLACED.has(format)) return undefined;
    const rootOf = (source: string): string => {
      const absolute = isAbsolute(source) ? source : `${folder}/${source}`;
      return LOG_FILE.test(posix.basename(absolute)) ? posix.dirname(absolute) : absolute;
    };
    const root = rootOf(path);
    const place = run === "." ? root : `${root}/${run}`;
    for (const other of others.all(format, sourceKey)) {
      const there = rootOf(other.path);
      const key = format === "wandb" ? (isWithin(root, there) || isWithin(there, root) ? run : null) : place === there ? "." : isWithin(place, there) ? place.slice(there.length + 1) : null;
      const found = key === null ? undefined : brought.get(other.key, key);
      if (found) return found;
    }
    return undefined;
  };
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
