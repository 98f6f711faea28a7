import { basename, dirname, relative, sep } from "node:path";
import type { Packed } from "./pack.ts";

/**
 * Keys of the runs of a source that launches of this store wrote and that are followed already (engine/importers/live): taking the folder
 * in must not bring them a second time.
 * @param logs paths of such logs; Trackio's is `<database>#<run>`
 */
export function ownRuns(logs: readonly string[], source: string): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const log of logs) {
    const [file = "", run] = log.split("#");
    const inner = relative(source, file);
    if (inner.startsWith("..")) continue;
    if (run !== undefined) keys.add(run);
    const wandb = /^run-(.+)\.wandb$/.exec(basename(file))?.[1];
    if (wandb !== undefined) keys.add(wandb);
    else if (inner !== "") keys.add(dirname(inner).split(sep).join("/"));
  }
  return keys;
}

/** A pack without what belongs to these runs. */
export function withoutRuns(pack: Packed, keys: ReadonlySet<string>): Packed {
  if (keys.size === 0) return pack;
  const { runs, values } = pack.batch;
  return {
    ...pack,
    batch: { ...pack.batch, runs: runs.filter(({ run }) => !keys.has(run)), values: values.filter(({ run }) => !keys.has(run)) },
    artifacts: pack.artifacts.filter(({ run }) => run === undefined || !keys.has(run)),
  };
}
