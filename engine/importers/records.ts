import type { FileUse, ParamSource as ParamFrom, RunStatus } from "../api/runs.ts";
import type { EvaluationSave, LaunchBlob, MetricOrigin } from "../store/operations.ts";
import type { LaunchDetail } from "../store/read/launches.ts";

/**
 * What a reader of a foreign source says, one record at a time (see reader.ts). Every id here is the source's own text: numbers
 * beyond 2^53 stay what they are. Times are UTC milliseconds; NaN and ±Infinity are values. A record of a run, a model or an
 * experiment adds to what was said of it before; what is absent stays as it is.
 */
export type SourceRecord =
  | ExperimentSource
  | RunSource
  | MetricSource
  | ParamSource
  | TagSource
  | ArtifactSource
  | DatasetSource
  | ModelSource
  | ModelLinkSource
  | RegisteredModelSource
  | VersionSource
  | TraceSource
  | LaunchSource
  | OwnSource
  | EvaluationSource
  | OffsetSource
  | ProgressSource
  | ProblemSource;

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface ExperimentSource {
  readonly k: "experiment";
  /** Its stable key inside of the source. */
  readonly experiment: string;
  /** Default: the key. An experiment of this name that the store has already is the same one. */
  readonly name?: string;
  readonly tags?: readonly KeyValue[];
  readonly created?: number;
  readonly updated?: number;
  readonly deleted?: boolean;
  /** The script that began it, relative to the store's folder. */
  readonly script?: string;
}

export interface RunSource {
  readonly k: "run";
  /** Its stable key inside of the source: an id, or a folder relative to the source. */
  readonly run: string;
  /** An id that means this run wherever it lies (MLflow's run id); it is kept. Absent: one is made of source and key. */
  readonly id?: string;
  /** The key of its experiment; absent: the one named after the source. */
  readonly experiment?: string;
  readonly name?: string;
  /** False: nobody gave the name, a tool made it up. Default true. */
  readonly named?: boolean;
  readonly status?: "scheduled" | "running" | "finished" | "failed" | "killed";
  readonly start?: number;
  readonly end?: number | null;
  readonly user?: string;
  readonly note?: string;
  /** Key of the run that it is a child of; said before or later. */
  readonly parent?: string;
  /** When it was deleted; true where the source does not say when. */
  readonly deleted?: number | boolean;
}

export interface MetricSource {
  readonly k: "metric";
  readonly run: string;
  readonly key: string;
  readonly value: number;
  /** A whole number. */
  readonly step: number;
  readonly time: number;
  /** Default `client`; `system` for what the machine did. */
  readonly origin?: MetricOrigin;
  /** Id of the logged model that it was measured with. */
  readonly model?: string;
  readonly dataset?: { readonly name: string; readonly digest: string };
}

export interface ParamSource {
  readonly k: "param";
  readonly run: string;
  readonly key: string;
  readonly value: string;
  /** Who said it; default: the script's client. */
  readonly source?: ParamFrom;
}

export interface TagSource {
  readonly k: "tag";
  readonly run: string;
  readonly key: string;
  readonly value: string;
}

/** Exactly one of `file` (absolute, within the source's confines) and `bytes`; exactly one of `run`, `model` and `launch`. */
export interface ArtifactSource {
  readonly k: "artifact";
  readonly run?: string;
  readonly model?: string;
  /** Id of a launch; `name` is `log`, `log.tail` or `code`. */
  readonly launch?: string;
  /** The path among the artifacts, `/` between its parts. */
  readonly name: string;
  readonly file?: string;
  /** The part of the file that it is; absent: all of it. */
  readonly within?: { readonly start: number; readonly length: number };
  readonly bytes?: Uint8Array;
}

/** A data set that a run declared as its input. */
export interface DatasetSource {
  readonly k: "dataset";
  readonly run: string;
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly tags: readonly KeyValue[];
}

/** A logged model; its artifacts follow as records of their own. */
export interface ModelSource {
  readonly k: "model";
  /** `m-<32 hex>` */
  readonly model: string;
  readonly experiment: string;
  readonly name: string;
  readonly created: number;
  readonly updated: number;
  readonly status: "LOGGED_MODEL_PENDING" | "LOGGED_MODEL_READY" | "LOGGED_MODEL_UPLOAD_FAILED";
  readonly statusMessage: string | null;
  readonly modelType: string | null;
  /** Key of the run that made it. */
  readonly run: string | null;
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
  readonly deleted: boolean;
}

/** A run reads or made a logged model. */
export interface ModelLinkSource {
  readonly k: "modelLink";
  readonly run: string;
  readonly direction: "input" | "output";
  readonly model: string;
  readonly step: number;
}

export interface RegisteredModelSource {
  readonly k: "registeredModel";
  readonly name: string;
  readonly created: number;
  readonly updated: number;
  readonly description: string | null;
  readonly tags: readonly KeyValue[];
  readonly aliases: readonly { readonly alias: string; readonly version: string }[];
}

export interface VersionSource {
  readonly k: "version";
  readonly name: string;
  /** A whole number as text. */
  readonly version: string;
  readonly created: number;
  readonly updated: number;
  /** None, Staging, Production, Archived. */
  readonly stage: string;
  readonly description: string | null;
  readonly user: string | null;
  /** As it was registered: `models:/m-…`, `runs:/…`, a path. */
  readonly source: string;
  readonly storage: string | null;
  /** Key of the run. */
  readonly run: string | null;
  readonly runLink: string | null;
  /** Id of the logged model. */
  readonly model: string | null;
  readonly status: "PENDING_REGISTRATION" | "FAILED_REGISTRATION" | "READY";
  readonly statusMessage: string | null;
  readonly tags: readonly KeyValue[];
}

export interface TraceSource {
  readonly k: "trace";
  /** `tr-<32 hex>` */
  readonly trace: string;
  readonly experiment: string;
  readonly time: number;
  /** Milliseconds; null while it runs. */
  readonly duration: number | null;
  readonly state: "OK" | "ERROR" | "IN_PROGRESS" | "STATE_UNSPECIFIED";
  readonly clientRequestId: string | null;
  readonly requestPreview: string | null;
  readonly responsePreview: string | null;
  readonly metadata: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
  /** MLflow's JSON of each assessment. */
  readonly assessments: readonly Readonly<Record<string, unknown>>[];
  /** `{"spans":[…]}` as MLflow's client writes it into traces.json: text, as its nanoseconds are beyond 2^53. Null without spans. */
  readonly spans: string | null;
  /** Stands for all of this where the source can say sooner than by all of it whether something is new. */
  readonly mark?: string;
}

/** One execution as another Touchstone recorded it; only a bundle says it, as the two below. Its log and code follow as artifacts of it. */
export interface LaunchSource
  extends Pick<LaunchDetail, "command" | "cwd" | "script" | "origin" | "status" | "exitCode" | "signal" | "pty" | "adopted" | "start" | "end" | "interpreter" | "host" | "packages" | "environment" | "code" | "notes" | "logBytes"> {
  readonly k: "launch";
  readonly launch: string;
  /** The key of the experiment that it began in. */
  readonly experiment: string;
  readonly files: readonly (FileUse & { readonly direction: "input" | "output"; readonly time: number })[];
  /** Where each metric is logged. */
  readonly sites: readonly { readonly key: string; readonly file: string; readonly line: number }[];
  readonly blobs: readonly LaunchBlob[];
}

/** What Touchstone knows of a run beside what every tracker does. */
export interface OwnSource {
  readonly k: "own";
  readonly run: string;
  readonly name: string;
  readonly nameFrom: "person" | "client" | "none";
  readonly status: RunStatus;
  readonly starred: boolean;
  readonly error: string | null;
  readonly progress: string | null;
  /** JSON, RunException with its time. */
  readonly exception: string | null;
  /** Id of the launch that it belongs to. */
  readonly launch: string | null;
  /** The launch began with it. */
  readonly first: boolean;
}

/** A finished evaluation of a file that the run wrote. */
export interface EvaluationSource extends Omit<EvaluationSave, "runId" | "mapping" | "metrics" | "summary"> {
  readonly k: "evaluation";
  readonly run: string;
  readonly mapping: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly summary: Readonly<Record<string, unknown>>;
}

/**
 * A follower continues here: it is stored in the transaction of all records said before it. Say it after whole records only.
 * What must be known to go on beyond the offset (tags seen, a counter) stands in `state`.
 */
export interface OffsetSource extends FilePlace {
  readonly k: "offset";
  /** Relative to the source, `/` between its parts. */
  readonly file: string;
}

export interface FilePlace {
  /** A file of another inode is another file and is read from its beginning. */
  readonly inode: number;
  /** Bytes whose records were said. */
  readonly offset: number;
  readonly state?: string;
}

export interface ProgressSource {
  readonly k: "progress";
  readonly done: number;
  readonly total: number | null;
  /** What is counted, in the plural: runs, MB. */
  readonly unit: string;
}

/** Something could not be taken in; the rest goes on. */
export interface ProblemSource {
  readonly k: "problem";
  /** As the person knows it: absolute, or relative to the source. */
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  readonly reason: string;
}
