import { createReadStream } from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { isOwnPlainFile, realPathIn } from "../platform/filesystems.ts";

/** More ranks than any job has, and a bound on what a folder from elsewhere makes somebody look at. */
const MOST_ENTRIES = 10_000;

/** What each rank of a distributed job printed, as artifacts `logs/rank_<n>.log` of its run. Nothing where there were no ranks. */
export async function keepRankLogs(artifacts: Pick<Artifacts, "put">, runId: string, launchFolder: string): Promise<void> {
  const folder = join(launchFolder, "ranks");
  // The folder may have come from elsewhere: a link in it would keep logs of somebody else.
  if (realPathIn(launchFolder, folder) === null) return;
  let looked = 0;
  for await (const { name } of await opendir(folder)) {
    if (looked++ >= MOST_ENTRIES) return;
    const [, rank] = /^(\d{1,6})\.log$/.exec(name) ?? [];
    const file = join(folder, name);
    if (rank !== undefined && isOwnPlainFile(file)) await artifacts.put({ kind: "run", id: runId }, `logs/rank_${rank}.log`, createReadStream(file));
  }
}
