import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { isOwnPlainFile } from "../platform/filesystems.ts";

/** What each rank of a distributed job printed, as artifacts `logs/rank_<n>.log` of its run. Nothing where there were no ranks. */
export async function keepRankLogs(artifacts: Pick<Artifacts, "put">, runId: string, launchFolder: string): Promise<void> {
  const folder = join(launchFolder, "ranks");
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    const [, rank] = /^(\d{1,6})\.log$/.exec(name) ?? [];
    const file = join(folder, name);
    if (rank !== undefined && isOwnPlainFile(file)) await artifacts.put({ kind: "run", id: runId }, `logs/rank_${rank}.log`, createReadStream(file));
  }
}
