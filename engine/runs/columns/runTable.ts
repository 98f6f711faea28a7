import type { ExperimentRecord, LatestRecord, LaunchRecord, ParamRecord, RunRecord, StoreChange, TagRecord } from "../../store/records.ts";
import { sourceRank } from "../../store/shownParams.ts";
import type { Readers } from "../../store/store.ts";
import { SignsOfLife } from "./signs.ts";
import { RunFacts } from "./facts.ts";
import { sortRows } from "./sort.ts";
import { NumberColumn } from "./numbers.ts";
import { ParamColumn, TextColumn } from "./texts.ts";
import { Titles } from "./titles.ts";

/** What MLflow's client says of the code of a run that Touchstone did not start. */
export const COMMIT_TAG = "mlflow.source.git.commit";

/** Changed rows that are remembered; beyond, looking at all of them costs about as much. */
const MOST_TOUCHED = 1_000;

/**
 * All runs of a store as columns in memory: newest values of metrics, params and tags by key. A run's row number never
 * changes. Kept current by the changes of each commit.
 */
export class RunTable {
  readonly metrics = new Map<string, NumberColumn>();
  readonly params = new Map<string, ParamColumn>();
  readonly tags = new Map<string, TextColumn>();
  readonly launches = new Map<number, LaunchRecord>();
  readonly experiments = new Map<number, ExperimentRecord>();
  readonly signs = new SignsOfLife();
  readonly facts = new RunFacts();
  readonly #titles = new Titles(this.params);
  readonly #runs: RunRecord[] = [];
  readonly #rowOfKey = new Map<number, number>();
  readonly #rowOfId = new Map<string, number>();
  readonly #children = new Map<number, Set<number>>();
  /** Addresses of the servers of runs that came from one, by the run's key. */
  readonly #servers = new Map<number, string>();
  /** Rows by start, oldest first; the first `#ordered` entries count. */
  #order = new Uint32Array(1024);
  #ordered = 0;
  #version = 0;
  #configurations = 0;
  /** Rows of runs that were removed for good; their numbers stay. */
  readonly #gone = new Set<number>();
  /** Rows that changed after the version `#touchedFrom`, in themselves only. */
  readonly #touched = new Set<number>();
  #touchedFrom = 0;

  /** Grows with every change of a run's params, code, experiment or of the runs there are. */
  get configurationVersion(): number {
    return this.#configurations;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** At least the rows that changed after a version; null where any row may look different: params and code make titles, and many changed. */
  changedSince(version: number): ReadonlySet<number> | null {
    return version < this.#touchedFrom ? null : this.#touched;
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

  /** The id of a run's experiment as everybody outside of the store says it. */
  experimentId(row: number): string {
    const { experimentId } = this.run(row);
    return this.experiments.get(experimentId)?.id ?? String(experimentId);
  }

  /** Where the artifacts of a run's experiment go, as a URI. */
  artifactRoot(row: number): string {
    return this.experiments.get(this.run(row).experimentId)?.artifactLocation ?? `mlflow-artifacts:/${this.experimentId(row)}`;
  }

  /** The store's keys of experiments that these texts name. */
  experimentKeys(ids: readonly string[]): Set<number> {
    const asked = new Set(ids);
    const keys = new Set<number>();
    for (const { id, experimentId } of this.experiments.values()) if (asked.has(id)) keys.add(experimentId);
    return keys;
  }

  launch(row: number): LaunchRecord | undefined {
    const { launchKey } = this.run(row);
    return launchKey === null ? undefined : this.launches.get(launchKey);
  }

  /** The address of the MLflow server that the run is of; undefined for a run of this store. */
  server(row: number): string | undefined {
    return this.#servers.size === 0 ? undefined : this.#servers.get(this.run(row).runKey);
  }

  title(row: number): string {
    return this.#titles.of(this.run(row), row);
  }

  /** What its configuration is called; the run's own title where no param but a seed tells it apart. */
  configurationTitle(row: number): string {
    const run = this.run(row);
    return this.#titles.ofConfiguration(run, row) || (this.launch(row)?.script ?? this.experiments.get(run.experimentId)?.name ?? this.title(row));
  }

  /** Rows of a run's children that are not deleted. */
  children(row: number): number {
    const children = this.#children.size === 0 ? undefined : this.#children.get(this.run(row).runKey);
    if (children === undefined) return 0;
    let live = 0;
    for (const child of children) if (this.run(child).deleted === null) live++;
    return live;
  }

  /** All rows, newest first; of those that began in one millisecond the later row. */
  newestFirst(): Uint32Array {
    if (this.#ordered !== this.#runs.length) {
      const rows = Uint32Array.from(this.#runs, (_, row) => row);
      sortRows(rows, (row) => this.facts.start(row), false);
      this.#order = rows;
      this.#ordered = rows.length;
    }
    const rows = this.#order.slice(0, this.#ordered).reverse();
    return this.#gone.size === 0 ? rows : rows.filter((row) => !this.#gone.has(row));
  }

  /** Takes in what a commit changed. */
  apply(change: StoreChange): void {
    this.#version = change.version;
    for (const experiment of change.experiments) this.experiments.set(experiment.experimentId, experiment);
    for (const launch of change.launches) this.launches.set(launch.launchKey, launch);
    for (const { runKey, uri } of change.servers ?? []) this.#servers.set(runKey, uri);
    for (const run of change.runs) this.#putRun(run);
    for (const key of change.goneRuns ?? []) this.#remove(key);
    if (change.launches.length > 0 || change.params.length > 0 || change.tags.some(({ key }) => key === COMMIT_TAG)) this.#configurations++;
    if (change.launches.length + change.params.length + change.experiments.length > 0 || this.#touched.size > MOST_TOUCHED) {
      this.#touched.clear();
      this.#touchedFrom = change.version;
    }
    for (const { runKey } of [...change.runs, ...change.latest, ...change.goneLatest, ...change.tags]) {
      const row = this.#rowOfKey.get(runKey);
      if (row !== undefined) this.#touched.add(row);
    }
    const now = Date.now();
    for (const run of change.runs) this.signs.seen(run, now);
    const at = (runKey: number, set: (row: number) => void): void => {
      const row = this.#rowOfKey.get(runKey);
      if (row === undefined) return;
      set(row);
      this.signs.seen(this.run(row), now);
    };
    for (const latest of change.latest) at(latest.runKey, (row) => this.#putLatest(row, latest));
    for (const { runKey, key } of change.goneLatest) at(runKey, (row) => this.metrics.get(key)?.set(row, null));
    for (const runKey of change.anewParams ?? []) at(runKey, (row) => this.params.forEach((values) => values.clear(row)));
    for (const param of change.params) at(param.runKey, (row) => this.#putParam(row, param));
    for (const tag of change.tags) at(tag.runKey, (row) => this.#putTag(row, tag));
  }

  /** Reads a whole store. */
  load(read: Readers): void {
    for (const experiment of read.experiments.all()) this.experiments.set(experiment.experimentId, experiment);
    for (const launch of read.launches.records()) this.launches.set(launch.launchKey, launch);
    for (const { runKey, uri } of read.sources.servers()) this.#servers.set(runKey, uri);
    for (const run of read.runs.all()) {
      this.#putRun(run);
      if (run.status === "running" && run.launchKey === null) this.signs.seen(run, lastWritten(run, read));
    }
    const numbers = byId((key) => column(this.metrics, key, NumberColumn));
    read.runs.everyLatest((runKey, id, name, value) => {
      const row = this.#rowOfKey.get(runKey);
      if (row !== undefined) numbers(id, name).set(row, value);
    });
    const texts = byId((key) => column(this.tags, key, TextColumn));
    read.runs.everyTag((runKey, id, name, value) => {
      const row = this.#rowOfKey.get(runKey);
      if (row !== undefined) texts(id, name).set(row, value);
    });
    read.runs.everyParam((runKey, _id, name, source, value) => {
      const row = this.#rowOfKey.get(runKey);
      if (row !== undefined) this.#putParam(row, { key: name, source, value });
    });
  }

  /** Whoever still holds the row finds a deleted run there. */
  #remove(runKey: number): void {
    const row = this.#rowOfKey.get(runKey);
    if (row === undefined) return;
    const run = this.run(row);
    this.#runs[row] = { ...run, deleted: run.deleted ?? Date.now() };
    this.#gone.add(row);
    this.#rowOfKey.delete(runKey);
    this.#rowOfId.delete(run.runId);
    this.#children.delete(runKey);
    this.#servers.delete(runKey);
    this.#configurations++;
    this.#touched.clear();
    this.#touchedFrom = this.#version;
  }

  #putRun(run: RunRecord): number {
    const known = this.#rowOfKey.get(run.runKey);
    const row = known ?? this.#runs.length;
    this.#keepOrder(row, run, known !== undefined);
    if (known === undefined || this.#runs[row]?.experimentId !== run.experimentId) this.#configurations++;
    const moved = known !== undefined && this.#runs[row]?.experimentId !== run.experimentId;
    this.#runs[row] = run;
    this.facts.set(row, run);
    this.#rowOfKey.set(run.runKey, row);
    this.#rowOfId.set(run.runId, row);
    if (run.parentKey !== null) {
      const siblings = this.#children.get(run.parentKey) ?? new Set();
      this.#children.set(run.parentKey, siblings.add(row));
    }
    if (moved) for (const [key, values] of this.params) if (values.code(row) >= 0) this.#titles.seeParam(run.experimentId, key, values.code(row));
    return row;
  }

  /** A new run that began last goes to the end; anything else has the order made anew when it is asked for. */
  #keepOrder(row: number, run: RunRecord, known: boolean): void {
    if (known) {
      if (this.#runs[row]?.start !== run.start) this.#ordered = 0;
      return;
    }
    const last = this.#runs[this.#order[this.#ordered - 1] ?? 0];
    if (this.#ordered !== row || (last && last.start > run.start)) return;
    if (row === this.#order.length) {
      const larger = new Uint32Array(row * 2);
      larger.set(this.#order);
      this.#order = larger;
    }
    this.#order[row] = row;
    this.#ordered = row + 1;
  }

  #putLatest(row: number, latest: LatestRecord): void {
    column(this.metrics, latest.key, NumberColumn).set(row, latest.value);
  }

  #putParam(row: number, { key, source, value }: Omit<ParamRecord, "runKey">): void {
    const values = column(this.params, key, ParamColumn);
    if (values.offer(row, value, sourceRank(source))) this.#titles.seeParam(this.run(row).experimentId, key, values.code(row));
  }

  #putTag(row: number, { key, value }: TagRecord): void {
    if (value !== null || this.tags.has(key)) column(this.tags, key, TextColumn).set(row, value);
  }
}

/** By the clock of the client, which may be ahead. */
function lastWritten(run: RunRecord, read: Readers): number {
  const times = read.runs.latest(run.runKey).map(({ time }) => time);
  return Math.max(run.start, ...times.filter((time) => time <= Date.now()));
}

function column<T>(columns: Map<string, T>, key: string, Column: new () => T): T {
  let found = columns.get(key);
  if (!found) columns.set(key, (found = new Column()));
  return found;
}

/** Finds a key's column by the key's id, without looking at its name again. */
function byId<T>(find: (key: string) => T): (id: number, key: string) => T {
  const found: T[] = [];
  return (id, key) => (found[id] ??= find(key));
}
