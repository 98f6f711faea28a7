import type { ImportAdded } from "../../api/importers.ts";
import type { ParamSource } from "../../api/runs.ts";
import type { MetricOrigin } from "../operations.ts";
import type {
  DatasetSource,
  EvaluationSource,
  ExperimentSource,
  FilePlace,
  KeyValue,
  LaunchSource,
  ModelLinkSource,
  ModelSource,
  OwnSource,
  RegisteredModelSource,
  RunSource,
  TraceSource,
  VersionSource,
} from "../../importers/records.ts";

/** A run of a followed source that had no new value for so long is over; more values open it again. */
export const QUIET_MS = 10 * 60_000;

/** Points of one run, as columns; `key` indexes `keys`. */
export interface ImportedPoints {
  readonly keys: readonly string[];
  readonly origin: MetricOrigin;
  readonly key: Uint32Array;
  readonly value: Float64Array;
  readonly step: Float64Array;
  readonly time: Float64Array;
}

/** A point that was measured with a logged model; it is a point of the run as well. */
export interface ImportedModelPoint {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly time: number;
  readonly modelId: string;
  readonly datasetName?: string;
  readonly datasetDigest?: string;
}

/** A param; who said it where it was not the script's client. */
export interface ImportedParam extends KeyValue {
  readonly source?: ParamSource;
}

/** What a batch says of one run. */
export interface ImportedValues {
  readonly run: string;
  readonly params: readonly ImportedParam[];
  readonly tags: readonly KeyValue[];
  readonly points: readonly ImportedPoints[];
  readonly modelPoints: readonly ImportedModelPoint[];
  readonly datasets: readonly DatasetSource[];
  readonly links: readonly ModelLinkSource[];
}

/** Records of a source that were said together; they are stored in one transaction. */
export interface ImportBatch {
  readonly experiments: readonly ExperimentSource[];
  readonly runs: readonly RunSource[];
  readonly models: readonly ModelSource[];
  readonly registered: readonly RegisteredModelSource[];
  readonly versions: readonly VersionSource[];
  readonly traces: readonly TraceSource[];
  /** What only a bundle of another Touchstone says. */
  readonly own: readonly (LaunchSource | OwnSource | EvaluationSource)[];
  readonly values: readonly ImportedValues[];
  readonly places: readonly (FilePlace & { readonly file: string })[];
}

/** A thing beside runs that a source brought. The key of a version is `name/number`. */
export interface ImportedItem {
  readonly kind: "model" | "registered" | "version" | "trace";
  readonly key: string;
}

export interface ImportWrite {
  /** `name` is that of the experiment for runs that name none; `folder` the store's, with `/` between its parts: where runs are that no id names. */
  readonly source: { readonly path: string; readonly format: string; readonly name: string; readonly folder?: string };
  readonly time: number;
  /** The source is followed: a run of it that had values just now and says no end may go on. */
  readonly live?: boolean;
  /** Nobody changes here what is of this source: tags, aliases and assessments that it does not say any more go. */
  readonly exact?: boolean;
  readonly batch: ImportBatch;
}

/** How much of a batch was new; artifacts are stored apart. */
export type ImportedCounts = Omit<ImportAdded, "artifacts">;

export interface ImportWritten {
  readonly added: ImportedCounts;
  /** The runs of the batch by their keys in the source; `own` false: it was tracked here, and stays as it is. */
  readonly runs: readonly { readonly key: string; readonly runId: string; readonly own: boolean }[];
  /** Ids of the models of the batch that this source brought; others are as they were here. */
  readonly models: readonly string[];
  /** Ids of the launches of the batch that this source brought. */
  readonly launches: readonly string[];
  /** What could not be stored, in words. */
  readonly refused: readonly string[];
}

export interface ImportOperations {
  /** A person imports a source again: what was pruned of it comes back with the next `import.write`, and all of it is read anew. */
  "import.again": { input: { path: string; format: string }; output: null };
  /** Throws nothing for what the store has already: only what the source says anew is applied. */
  "import.write": { input: ImportWrite; output: ImportWritten };
  /** What a source brought and does not hold any more goes; a logged model is marked as deleted. Others' things stay. */
  "import.gone": { input: { path: string; format: string; time: number; items: readonly ImportedItem[] }; output: null };
  /** Runs of a source that never says their ends, and whose last value is not after `before`, end with it. */
  "import.settle": { input: { path: string; format: string; before: number }; output: null };
  /** Whether a source is read on while it grows. */
  "import.follow": { input: { path: string; format: string; follow: boolean; time: number }; output: null };
}
