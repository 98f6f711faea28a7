import type { ExperimentRecord, LatestRecord, LaunchRecord, ParamRecord, RunRecord, StoreChange, TagRecord } from "../../store/records.ts";
import type { Readers } from "../../store/store.ts";
import { NumberColumn } from "./numbers.ts";
import { TextColumn } from "./texts.ts";
import { Titles } from "./titles.ts";

/** Which of several sources' values of one param a table shows: what code said of itself before what was seen from outside. */
const sourceRank: Readonly<Record<string, number>> = { client: 0, script: 1, argument: 2, config: 3, default: 4, printed: 5 };

/**
 * All runs of a store as columns in memory: newest values of metrics, params and tags by key. A run's row number never
 * changes. Kept current by the changes of each commit.
 */
export class RunTable {
  readonly metrics = new Map<string, NumberColumn>();
  readonly params = new Map<string, TextColumn>();
  readonly tags = new Map<string, TextColumn>();
  readonly launches = new Map<number, LaunchRecord>();
  readonly experiments = new Map<number, ExperimentRecord>();
  readonly #titles = new Titles(this.params);
  readonly #runs: RunRecord[] = [];
  readonly #rowOfKey = new Map<number, number>();
  readonly #rowOfId = new Map<string, number>();
  readonly #children = new Map<number, Set<number>>();
  #version = 0;

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  get count(): number {
    return this.#runs.length;
  }

  row(runId: string): number | undefined {
    return this.#rowOfId.get(runId);
  }

  rowOfKey(runKey: number): number | undefined {
    return this.#rowOfKey.get(runKey);
  }

  run(row: number): RunRecord {
    const run = this.#runs[row];
    if (!run) throw new RangeError(`There is no row ${row} among ${this.#runs.length} runs.`);
    return run;
  }

  launch(row: number): LaunchRecord | undefined {
    const { launchKey } = this.run(row);
    return launchKey === null ? undefined : this.launches.get(launchKey);
  }

  title(row: number): string {
    return this.#titles.of(this.run(row), row);
  }

  /** Rows of a run's children that are not deleted. */
  children(row: number): number {
    let live = 0;
    for (const child of this.#children.get(this.run(row).runKey) ?? []) if (this.run(child).deleted === null) live++;
    return live;
  }

  /** Takes in what a commit changed. */
  apply(change: StoreChange): void {
    this.#version = change.version;
    for (const experiment of change.experiments) this.experiments.set(experiment.experimentId, experiment);
    for (const launch of change.launches) this.launches.set(launch.launchKey, launch);
    for (const run of change.runs) this.#putRun(run);
    const at = (runKey: number, set: (row: number) => void): void => {
      const row = this.#rowOfKey.get(runKey);
      if (row !== undefined) set(row);
    };
    for (const latest of change.latest) at(latest.runKey, (row) => this.#putLatest(row, latest));
    for (const { runKey, key } of change.goneLatest) at(runKey, (row) => this.metrics.get(key)?.set(row, null));
    for (const group of groupedParams(change.params)) at(group.runKey, (row) => this.#putParam(row, group.key, group.value));
    for (const tag of change.tags) at(tag.runKey, (row) => this.#putTag(row, tag));
  }

  /** Reads a whole store. */
  load(read: Readers): void {
    for (const experiment of read.experiments.all()) this.experiments.set(experiment.experimentId, experiment);
    for (const launch of read.launches.records()) this.launches.set(launch.launchKey, launch);
    for (const run of read.runs.all()) this.#putRun(run);
    read.runs.everyLatest((runKey, key, value) => {
      const row = this.#rowOfKey.get(runKey);
      if (row !== undefined) column(this.metrics, key, NumberColumn).set(row, value);
    });
    read.runs.everyTag((runKey, key, value) => {
      const row = this.#rowOfKey.get(runKey);
      if (row !== undefined) column(this.tags, key, TextColumn).set(row, value);
    });
    let best = { runKey: -1, key: "", rank: 9 };
    read.runs.everyParam((runKey, key, source, value) => {
      const rank = sourceRank[source] ?? 8;
      if (best.runKey === runKey && best.key === key && best.rank <= rank) return;
      best = { runKey, key, rank };
      const row = this.#rowOfKey.get(runKey);
      if (row !== undefined) this.#putParam(row, key, value);
    });
  }

  #putRun(run: RunRecord): number {
    const known = this.#rowOfKey.get(run.runKey);
    const row = known ?? this.#runs.length;
    const moved = known !== undefined && this.#runs[row]?.experimentId !== run.experimentId;
    this.#runs[row] = run;
    this.#rowOfKey.set(run.runKey, row);
    this.#rowOfId.set(run.runId, row);
    if (run.parentKey !== null) {
      const siblings = this.#children.get(run.parentKey) ?? new Set();
      this.#children.set(run.parentKey, siblings.add(row));
    }
    this.#titles.see(run);
    if (moved) for (const [key, values] of this.params) if (values.code(row) >= 0) this.#titles.seeParam(run.experimentId, key, values.code(row));
    return row;
  }

  #putLatest(row: number, latest: LatestRecord): void {
    column(this.metrics, latest.key, NumberColumn).set(row, latest.value);
  }

  #putParam(row: number, key: string, value: string): void {
    const values = column(this.params, key, TextColumn);
    values.set(row, value);
    this.#titles.seeParam(this.run(row).experimentId, key, values.code(row));
  }

  #putTag(row: number, { key, value }: TagRecord): void {
    if (value !== null || this.tags.has(key)) column(this.tags, key, TextColumn).set(row, value);
  }
}

function column<T>(columns: Map<string, T>, key: string, Column: new () => T): T {
  let found = columns.get(key);
  if (!found) columns.set(key, (found = new Column()));
  return found;
}

/** One shown value for each (run, key): a commit tells all sources of a key that it touched. */
function groupedParams(params: readonly ParamRecord[]): Iterable<ParamRecord> {
  const shown = new Map<string, ParamRecord>();
  for (const param of params) {
    const id = `${param.runKey} ${param.key}`;
    const before = shown.get(id);
    if (!before || (sourceRank[param.source] ?? 8) < (sourceRank[before.source] ?? 8)) shown.set(id, param);
  }
  return shown.values();
}
