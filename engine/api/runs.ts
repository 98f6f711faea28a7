import type { GroupBy } from "./groups.ts";
import { event, request, type WireNumber } from "./tokens.ts";

/** `lost`: the runner and the script are both gone and nobody saw how it ended. */
export type RunStatus = "scheduled" | "running" | "finished" | "failed" | "killed" | "lost";

/**
 * Names a column of the runs table: `metrics.<key>`, `delta.<key>` (the metric minus the baseline's), `params.<key>`, `tags.<key>`, or one of
 * `run` (the title), `status`, `start`, `end`, `duration`, `script`, `commit`, `changes`, `experiment`, `user`, `server`, `error`.
 * The first dot ends the prefix; keys may hold dots.
 */
export type ColumnId = string;

/** A cell: what is missing is null. Times are UTC milliseconds. */
export type Cell = WireNumber | string | boolean | null;

export interface RunQuery {
  /** Only runs of these experiments; absent means all. */
  readonly experimentIds?: readonly string[];
  /** Only runs that this script started: its path relative to the store's folder, `/` as separator. */
  readonly script?: string;
  /** Only these runs. */
  readonly runIds?: readonly string[];
  /** An expression of the one grammar (DESIGN 5), e.g. `metrics.val_f1 > .9 and params.model = "gbm"`. */
  readonly filter?: string;
  /** First is most significant. Missing values stand last in either direction, NaN before missing. Default: newest first. */
  readonly sort?: readonly { readonly column: ColumnId; readonly descending: boolean }[];
  readonly view?: "active" | "deleted" | "all";
  /** True leaves out child runs (a tree asks for them by `parent`). */
  readonly topLevel?: boolean;
  readonly parent?: string;
}

export interface RunsWindow {
  /** Runs in the scope before the filter. */
  readonly total: number;
  /** Runs after the filter. */
  readonly matched: number;
  readonly from: number;
  readonly runIds: readonly string[];
  /** One array per asked column, as long as `runIds`. */
  readonly columns: Readonly<Record<ColumnId, readonly Cell[]>>;
  /** What every row needs, whatever its columns are. */
  readonly heads: readonly RunHead[];
}

export interface RunHead {
  readonly runId: string;
  readonly launchId: string | null;
  /** Given by a person, else computed from what differs among its siblings, else the client's name. */
  readonly title: string;
  readonly status: RunStatus;
  readonly start: number;
  readonly end: number | null;
  /** Index into the run palette; assigned once, kept. */
  readonly color: number;
  readonly starred: boolean;
  readonly deleted: boolean;
  readonly children: number;
  readonly parent: string | null;
  readonly script: string | null;
  /** Exception, exit code or signal of a run that did not finish; with the last log line. */
  readonly error: string | null;
  /** "340/1000" where the script said so. */
  readonly progress: string | null;
  /**
   * UTC ms. Of a run that counts as running, belongs to no launch (a terminal's script) and whose process may be gone: no connection of
   * it stands, and this was the last that it wrote.
   */
  readonly silentSince?: number;
  /** The address of the MLflow server that the run is of: what is changed or deleted here is changed there. Absent for a run of this folder. */
  readonly server?: string;
}

export type Direction = "up" | "down" | "unknown";

export interface MetricKey {
  readonly key: string;
  readonly runs: number;
  readonly direction: Direction;
  /** `declared` in touchstone.yaml, `name` by the published list. */
  readonly directionFrom: "declared" | "name" | "none";
  /** Among the key metrics of the folder. */
  readonly isKey: boolean;
}

export interface ValueKey {
  readonly key: string;
  readonly runs: number;
  readonly distinct: number;
  /** Not the same in all runs of the query: other values, or runs without one. */
  readonly varies: boolean;
  readonly numeric: boolean;
  /** The most frequent values, at most ten. */
  readonly values: readonly { readonly value: string; readonly runs: number }[];
}

/** The columns that exist in the scope of a query. */
export interface RunKeys {
  readonly metrics: readonly MetricKey[];
  readonly params: readonly ValueKey[];
  readonly tags: readonly ValueKey[];
  /** What a new table shows: key metrics, then params that vary; at most eight. */
  readonly defaults: readonly ColumnId[];
}

/** Where a metric, input or output is logged in the code. `file` is relative to the store's folder. */
export interface CallSite {
  readonly file: string;
  readonly line: number;
}

/** `earlier`: whatever an earlier session of a resumed run had. */
export type ParamSource = "argument" | "config" | "default" | "client" | "printed" | "script" | "earlier";

export interface MetricSummary {
  readonly key: string;
  readonly last: WireNumber;
  readonly step: number;
  readonly min: WireNumber;
  readonly max: WireNumber;
  readonly points: number;
  readonly time: number;
  readonly direction: Direction;
  readonly isKey: boolean;
  readonly site: CallSite | null;
}

export interface FileUse {
  /** Relative to the store's folder where it lies under it, else absolute. */
  readonly path: string;
  readonly bytes: number | null;
  /** `sha256:<hex>`; `sampled-sha256:<hex>` above 2 GB. */
  readonly digest: string | null;
  readonly site: CallSite | null;
  /** What was read from a model file's header, if it is one. */
  readonly model: Readonly<Record<string, string>> | null;
}

export interface LaunchInfo {
  readonly launchId: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly script: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly start: number;
  readonly end: number | null;
  readonly interpreter: string | null;
  readonly host: Readonly<Record<string, WireNumber | string | null>>;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  /** Names and values, secrets masked. */
  readonly environment: Readonly<Record<string, string>>;
  readonly code: CodeState | null;
  /** False: no PTY library loaded, pipes were used. */
  readonly pty: boolean;
  /** What could not be captured, in words. */
  readonly notes: readonly string[];
  readonly runIds: readonly string[];
}

export interface CodeState {
  readonly kind: "git" | "files";
  readonly commit: string | null;
  readonly branch: string | null;
  readonly remote: string | null;
  readonly author: string | null;
  readonly added: number;
  readonly removed: number;
  /** Changed or untracked files, relative to the repository. */
  readonly files: readonly { readonly path: string; readonly added: number; readonly removed: number; readonly state: "modified" | "added" | "deleted" | "untracked" }[];
  /** Submodules and other repositories inside of this one, at their own commits; paths relative to the outer one. */
  readonly nested?: readonly { readonly path: string; readonly commit: string | null }[];
}

export interface RunException {
  /** Number of the process in a distributed job; absent where it was none. */
  readonly rank?: number;
  readonly type: string;
  readonly message: string;
  readonly site: CallSite | null;
  readonly traceback: string;
}

/** A version in the model registry. */
export interface RegisteredVersion {
  readonly name: string;
  readonly version: number;
  readonly aliases: readonly string[];
  /** `None`, `Staging`, `Production`, `Archived`. */
  readonly stage: string;
}

/** A model that a run logged, or a registered one that was made of its artifacts. */
export interface RunModel {
  /** `m-…`; null where only files of the run were registered. */
  readonly modelId: string | null;
  readonly name: string;
  readonly status: "ready" | "pending" | "failed";
  /** Of the output that the run declared; null where it declared none. */
  readonly step: number | null;
  readonly versions: readonly RegisteredVersion[];
}

export interface RunDetail {
  readonly head: RunHead;
  readonly experimentId: string;
  readonly experimentName: string;
  readonly name: string;
  readonly note: string;
  readonly user: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** A key may appear more than once, with different sources; `shown` of one of them is true: that value is the run's everywhere else. */
  readonly params: readonly { readonly key: string; readonly value: string; readonly source: ParamSource; readonly shown: boolean; readonly differs: boolean }[];
  readonly metrics: readonly MetricSummary[];
  readonly inputs: readonly FileUse[];
  readonly outputs: readonly FileUse[];
  readonly models: readonly RunModel[];
  readonly launch: LaunchInfo | null;
  readonly exception: RunException | null;
  readonly childIds: readonly string[];
  /**
   * The answer first (UX rule 2). Marks: `**bold**`; a change beyond chance is `[+0.05]` where it is better, `[-0.03]` where it is
   * worse, `[+|−0.05]` and `[-|+0.03]` with a sign of its own.
   */
  readonly answer: string;
  /** Of a run of a server, UTC ms: when the server was last looked at. */
  readonly serverSeen?: number;
}

export interface Curve {
  readonly runId: string;
  readonly key: string;
  /** Steps, UTC ms, or ms since the run's start, as asked. */
  readonly x: Float64Array;
  /** NaN and ±Infinity as such. */
  readonly y: Float64Array;
  /** Points in the store; fewer are sent when min/max sampling was needed. */
  readonly points: number;
  /** Why points may be missing, in words: those of a run of an MLflow server that could not all be read. */
  readonly lacks?: string;
}

export interface ArtifactEntry {
  readonly path: string;
  readonly isDir: boolean;
  readonly bytes: number | null;
}

export interface ExperimentSummary {
  readonly experimentId: string;
  readonly name: string;
  readonly script: string | null;
  readonly runs: number;
  readonly running: number;
  readonly latest: number | null;
  readonly best: { readonly runId: string; readonly key: string; readonly value: WireNumber } | null;
  /** The address of the MLflow server that all of its runs are of. */
  readonly server?: string;
}

/** Changed cells by stable id. A webview patches what it shows and asks again for the rest. */
export interface RunsChanged {
  /** Grows with every change of the store. */
  readonly version: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly runId: string; readonly head: RunHead; readonly cells: Readonly<Record<ColumnId, Cell>> }[];
}

export const runsWindow = request<{ query: RunQuery; columns: readonly ColumnId[]; from: number; to: number }, RunsWindow>("runs/window");
export const runsKeys = request<{ query: RunQuery }, RunKeys>("runs/keys");
export const runsGet = request<{ runId: string }, RunDetail>("runs/get");
export const runsUpdate = request<
  { runIds: readonly string[]; name?: string; note?: string; starred?: boolean; setTags?: Readonly<Record<string, string>>; deleteTags?: readonly string[] },
  null
>("runs/update");
export const runsDelete = request<{ runIds: readonly string[] }, null>("runs/delete");
export const runsRestore = request<{ runIds: readonly string[] }, null>("runs/restore");
/** Where a run stands among others: 1-based position of each id in the query's order, null where it is not in it. */
export const runsPositions = request<{ query: RunQuery; runIds: readonly string[] }, { positions: readonly (number | null)[] }>("runs/positions");
/**
 * What a table opens with: one sentence about the query's runs (marks as in RunDetail.answer), for each metric column whose
 * direction is known the row that is best by its finished runs (a run's id, or a group's), and the baseline of `touchstone.yaml`.
 */
export const runsAnswer = request<
  { query: RunQuery; columns: readonly ColumnId[]; group?: GroupBy },
  { answer: string; best: Readonly<Record<ColumnId, string>>; baseline: { readonly runId: string; readonly title: string; readonly runs: number } | null }
>("runs/answer");
export const metricCurves = request<
  { runIds: readonly string[]; key: string; x: "step" | "time" | "relative"; maxPoints: number; from?: number; to?: number },
  { curves: readonly Curve[] }
>("metrics/curves");
export const experimentsList = request<{ view?: "active" | "deleted" | "all" }, { experiments: readonly ExperimentSummary[] }>("experiments/list");
export const artifactsList = request<{ runId: string; path: string }, { entries: readonly ArtifactEntry[] }>("artifacts/list");
/** At most 1 MiB a call; `path` stays inside the run's artifacts. */
export const artifactsRead = request<{ runId: string; path: string; offset: number; length: number }, { data: Uint8Array; total: number; absolutePath: string }>("artifacts/read");

export const runsChanged = event<RunsChanged>("runs/changed");
