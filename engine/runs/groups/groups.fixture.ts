import type { RunStatus } from "../../api/runs.ts";
import type { RunRecord, StoreChange } from "../../store/records.ts";
import { RunTable } from "../columns/runTable.ts";

export interface MadeRun {
  readonly params?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly status?: RunStatus;
  readonly start?: number;
  readonly parent?: number;
  readonly deleted?: boolean;
  readonly commit?: string;
  readonly name?: string;
}

/** A table of runs without a store: run `i` has the id `r<i>` and a launch of `train.py`; all finish a second after they began. */
export function tableOf(runs: readonly MadeRun[]): RunTable {
  const table = new RunTable();
  const record = (run: MadeRun, i: number): RunRecord => ({
    runKey: i + 1, runId: `r${i}`, experimentId: 1, launchKey: i + 1, parentKey: run.parent === undefined ? null : run.parent + 1, name: run.name ?? "", nameFrom: run.name === undefined ? "none" : "person", user: null,
    status: run.status ?? "finished", start: run.start ?? 1_000 + i, end: (run.start ?? 1_000 + i) + 1_000, deleted: run.deleted === true ? 5 : null, starred: 0, color: i % 40, error: null, progress: null,
  });
  const entries = <T>(of: Readonly<Record<string, T>> | undefined): [string, T][] => Object.entries(of ?? {});
  const change: StoreChange = {
    version: 1,
    experiments: [{ experimentId: 1, id: "1", name: "train.py", script: "train.py", created: 0, updated: 0, deleted: null, artifactLocation: null }],
    launches: runs.map((run, i) => ({ launchKey: i + 1, launchId: `l${i}`, runKey: i + 1, experimentId: 1, script: "train.py", status: run.status ?? "finished", commit: run.commit ?? "abc", added: 0, removed: 0 })),
    runs: runs.map(record),
    latest: runs.flatMap((run, i) => entries(run.metrics).map(([key, value]) => ({ runKey: i + 1, key, value, step: 0, time: 0, min: value, max: value, points: 1, origin: "script" as const }))),
    goneLatest: [],
    params: runs.flatMap((run, i) => entries(run.params).map(([key, value]) => ({ runKey: i + 1, key, source: "argument" as const, value }))),
    tags: runs.flatMap((run, i) => entries(run.tags).map(([key, value]) => ({ runKey: i + 1, key, value }))),
  };
  table.apply(change);
  return table;
}
