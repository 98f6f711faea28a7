import { createReadStream } from "node:fs";
import { open, opendir } from "node:fs/promises";
import { join } from "node:path";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { isOwnPlainFile, plainSize, realPathIn } from "../platform/filesystems.ts";
import type { Store } from "../store/store.ts";

interface Needs {
  readonly store: Pick<Store, "read">;
  readonly artifacts: Pick<Artifacts, "put">;
}

/** More ranks than any job has, and a bound on what a folder from elsewhere makes somebody look at. */
const MOST_ENTRIES = 10_000;
const ID_LENGTH = 32;

/**
 * What each rank of a distributed job printed, as artifacts `logs/rank_<n>.log` of its run: the launch's own for its first job, for a
 * later one the first run that the job began. One that began none has them below `logs/job_<n>` of the launch's own.
 */
export async function keepRankLogs({ store, artifacts }: Needs, launchId: string, runId: string, launchFolder: string): Promise<void> {
  const launchKey = store.read.launches.keyOf(launchId);
  const all = join(launchFolder, "ranks");
  for await (const job of names(launchFolder, all, /^(\d{1,6})$/)) {
    const folder = join(all, job);
    const begun = job === "1" ? runId : await firstRun(join(folder, "runs"));
    const isOfLaunch = begun !== null && launchKey !== undefined && store.read.runs.byId(begun)?.launchKey === launchKey;
    for await (const rank of names(launchFolder, folder, /^(\d{1,6})\.log$/)) {
      const file = join(folder, `${rank}.log`);
      const path = isOfLaunch || job === "1" ? `logs/rank_${rank}.log` : `logs/job_${job}/rank_${rank}.log`;
      if (isOwnPlainFile(file)) await artifacts.put({ kind: "run", id: isOfLaunch ? begun : runId }, path, createReadStream(file));
    }
  }
}

/** The part in brackets of the names in a folder that are of a form; none of one that lies elsewhere: a link would keep logs of somebody else. */
async function* names(launchFolder: string, folder: string, form: RegExp): AsyncGenerator<string> {
  if (realPathIn(launchFolder, folder) === null) return;
  const entries = await opendir(folder).catch(() => []);
  let looked = 0;
  for await (const { name } of entries) {
    if (looked++ >= MOST_ENTRIES) return;
    const [, part] = form.exec(name) ?? [];
    if (part !== undefined) yield part;
  }
}

/** The id in the first line of a file. */
async function firstRun(file: string): Promise<string | null> {
  if (!isOwnPlainFile(file) || plainSize(file) < ID_LENGTH) return null;
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(ID_LENGTH), 0, ID_LENGTH, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
