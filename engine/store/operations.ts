import type { Mapping, Task } from "../api/evaluation.ts";
import type { CodeState, FileUse, ParamSource, RunStatus } from "../api/runs.ts";
import type { Raised } from "./raised.ts";
import type { Estimated } from "../api/tokens.ts";
import type { FollowedOperations } from "./operations/followed.ts";
import type { ImportOperations } from "./operations/imports.ts";
import type { ReplayOperations } from "./operations/replay.ts";
import type { StorageOperations } from "./operations/storage.ts";
import type { TraceOperations } from "./operations/traces.ts";
import type { EvaluationDatasetOperations } from "./operations/evaluationDatasets.ts";
import type { RegistryOperations } from "./operations/registry.ts";

/** Where a metric's points came from. A printed value yields to every other origin, another tracker's log (`logger`) to all but that. */
export type MetricOrigin = "client" | "script" | "logger" | "printed" | "system";

export interface LaunchCreate {
  readonly launchId: string;
  /** The run that the launch begins with; with `resumes` one that is there already and goes on. */
  readonly runId: string;
  readonly resumes?: boolean;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Relative to the store's folder. */
  readonly script: string | null;
  readonly origin: "editor" | "cli" | "debug" | "notebook" | "agent" | "offline";
  /** Name of the experiment; it is made where there is none. Usually the script's path. */
  readonly experiment: string;
  /** A name that the person gave; empty or absent for none. */
  readonly name?: string;
  readonly user: string | null;
  readonly start: number;
  readonly status?: RunStatus;
  readonly pty?: boolean;
  /** Arguments as they were typed, the resolved ones come later. */
  readonly params?: readonly ParamValue[];
}

export interface ParamValue {
  readonly key: string;
  readonly value: string;
  readonly source: ParamSource;
}

/** What is absent stays as it is. */
export interface LaunchUpdate {
  readonly launchId: string;
  readonly status?: RunStatus;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
  readonly pid?: number | null;
  readonly pty?: boolean;
  /** Set once, with a final status: closes every run of the launch that is still open. */
  readonly end?: number;
  readonly interpreter?: string;
  readonly host?: Readonly<Record<string, number | string | null>>;
  readonly packages?: readonly { readonly name: string; readonly version: string }[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly code?: CodeState;
  /** Blobs in artifacts/ that rebuild the code; kept from garbage collection. */
  readonly blobs?: readonly LaunchBlob[];
  /** Added to the ones that are there. */
  readonly notes?: readonly string[];
  readonly logBytes?: number;
  /** The last line of the log: becomes the reason of runs that did not finish. */
  readonly lastLine?: string;
  /** The whole reason, where neither code nor signal nor the log says why. */
  readonly reason?: string;
}

/** `patch` has an empty path; `source` is a whole file, relative to the repository (or, without git, the store's folder). */
export interface LaunchBlob {
  readonly kind: "patch" | "source";
  readonly path: string;
  readonly digest: string;
  readonly bytes: number;
}

/** The files of a launch that are read from a stored position on. */
export type LaunchStream = "events" | "log" | "samples" | "spool";

/**
 * Effects of the bytes [from, to) of one of a launch's files, exactly once: where `from` is not the stored offset
 * nothing happens and `applied` is false. They go to the launch's first run.
 */
export interface LaunchEvents {
  readonly launchId: string;
  readonly stream: Exclude<LaunchStream, "spool">;
  readonly from: number;
  readonly to: number;
  readonly metrics?: readonly LaunchMetric[];
  readonly params?: readonly ParamValue[];
  readonly tags?: readonly TagValue[];
  readonly sites?: readonly { readonly key: string; readonly file: string; readonly line: number }[];
  readonly files?: readonly (FileUse & { readonly direction: "input" | "output"; readonly time: number })[];
  readonly artifacts?: readonly ArtifactRow[];
  /** Files that are followed from now on; one that is followed already stays as it is. */
  readonly sources?: readonly LaunchSource[];
  readonly interpreter?: string;
  readonly packages?: readonly { readonly name: string; readonly version: string }[];
  /** `time` is when it was raised: a run that the client closes after it did not finish. */
  readonly exception?: Raised;
  readonly progress?: string;
  readonly notes?: readonly string[];
}

/** What was found out about a launch beside its streams; each part replaces what was there. They go to its first run. */
export interface LaunchCaptured {
  readonly launchId: string;
  readonly metrics?: readonly LaunchMetric[];
  readonly params?: readonly ParamValue[];
  readonly files?: readonly (FileUse & { readonly direction: "input" | "output"; readonly time: number })[];
  /** Outputs that the script itself removed again. */
  readonly gone?: readonly string[];
  readonly artifacts?: readonly ArtifactRow[];
}

export interface LaunchMetric {
  readonly key: string;
  readonly value: number;
  /** Null: the next step of this key. */
  readonly step: number | null;
  readonly time: number;
  readonly origin: MetricOrigin;
  readonly file?: string;
  readonly line?: number;
  /** Another run of the launch than its own, to which it belongs. */
  readonly runId?: string;
}

/** A file that another tracker's logger writes in a launch. */
export interface LaunchSource {
  /** Absolute; `<file>#<run>` where the file holds other runs too. */
  readonly path: string;
  /** Bytes that were in it before this launch. */
  readonly start: number;
  /** Number of the process that opened it, where it is not the first one of a distributed job. */
  readonly rank?: number;
  /** Id of the run of MLflow's client, or path of the log of another run, that was active in that process. */
  readonly within?: string;
}

export interface TagValue {
  readonly key: string;
  readonly value: string;
}

export interface ArtifactRow {
  readonly path: string;
  readonly bytes: number;
  readonly digest: string;
  readonly time: number;
}

export interface ExperimentCreate {
  readonly name: string;
  readonly time: number;
  readonly tags: readonly TagValue[];
  readonly script?: string;
  /**
   * The id that it has elsewhere. One beyond 2^53 (MLflow's file store has 18 digits) is kept where it is free; a smaller
   * one is not, because this store counts its own.
   */
  readonly id?: string;
  /** Where artifacts shall go instead of this store, a URI. */
  readonly artifactLocation?: string;
}

export interface RunCreate {
  readonly runId: string;
  readonly experimentId: string;
  /** The launch that a call came from: its first top-level run is adopted. */
  readonly launchId?: string;
  readonly parentRunId?: string;
  readonly name: string;
  /** False: the name was made up. */
  readonly named: boolean;
  readonly user: string | null;
  readonly start: number;
  readonly status?: RunStatus;
  readonly tags: readonly TagValue[];
  /** A digest of the call, to know it again when it is repeated. */
  readonly request?: string;
  /** False: stands beside the launch's first run, even if nobody has taken that one over yet. */
  readonly adopts?: boolean;
}

/** What is absent stays as it is. */
export interface RunUpdate {
  readonly runIds: readonly string[];
  readonly name?: string;
  readonly nameFrom?: "person" | "client";
  readonly status?: RunStatus;
  readonly end?: number | null;
  readonly note?: string;
  readonly starred?: boolean;
  readonly setTags?: readonly TagValue[];
  readonly deleteTags?: readonly string[];
  readonly deleted?: boolean;
}

export interface BatchMetric {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly time: number;
  readonly modelId?: string;
  readonly datasetName?: string;
  readonly datasetDigest?: string;
}

/** All or nothing. Throws `RUN_NOT_FOUND`, `RUN_DELETED`, `PARAM_CHANGED`. */
export interface RunBatch {
  readonly runId: string;
  readonly metrics: readonly BatchMetric[];
  readonly params: readonly { readonly key: string; readonly value: string }[];
  readonly tags: readonly TagValue[];
  /** The call was about one param: MLflow refuses another value of it in other words than in a batch. */
  readonly alone?: boolean;
}

export interface DatasetInput {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly tags: readonly TagValue[];
}

export interface ModelCreate {
  readonly modelId: string;
  readonly experimentId: string;
  readonly launchId?: string;
  readonly name: string;
  readonly modelType: string | null;
  readonly sourceRun: string | null;
  readonly time: number;
  readonly params: readonly TagValue[];
  readonly tags: readonly TagValue[];
  readonly request?: string;
}

export interface ModelUpdate {
  readonly modelId: string;
  readonly time: number;
  readonly status?: string;
  readonly setParams?: readonly TagValue[];
  readonly setTags?: readonly TagValue[];
  readonly deleteTags?: readonly string[];
  readonly deleted?: boolean;
}

/** What a list of evaluations shows of one. */
export interface EvaluationSummary {
  readonly metric: { readonly key: string; readonly label: string; readonly estimate: Estimated };
  /** "error 14.2 %", "RMSE 4.151". */
  readonly error: string;
  /** The worst slice in words; null where none was searched or found. */
  readonly worst: string | null;
  readonly weakSlices: number;
}

export interface EvaluationSave {
  readonly evaluationId: string;
  /** Relative to the store's folder where it lies under it. */
  readonly path: string;
  readonly runId: string | null;
  readonly task: Task;
  readonly n: number;
  readonly bytes: number;
  /** UTC ms. */
  readonly modified: number;
  readonly created: number;
  readonly mapping: Mapping;
  readonly metrics: Readonly<Record<string, Estimated>>;
  readonly summary: EvaluationSummary;
}

/** Every write of the store by name. The writer runs each in a savepoint and acknowledges after the commit. */
export interface Operations extends StorageOperations, ReplayOperations, ImportOperations, TraceOperations, RegistryOperations, EvaluationDatasetOperations, FollowedOperations {
  "launch.create": { input: LaunchCreate; output: { experimentId: string } };
  "launch.update": { input: LaunchUpdate; output: null };
  "launch.events": { input: LaunchEvents; output: { applied: boolean; offset: number } };
  "launch.captured": { input: LaunchCaptured; output: null };
  /** Gives the run's id: the adopted one where the launch's first run was taken over. */
  "run.create": { input: RunCreate; output: { runId: string; adopted: boolean } };
  "run.update": { input: RunUpdate; output: null };
  /** A client's own word that a run goes on in this launch; nothing where it belongs to it, or to one that has not ended. */
  "run.resume": { input: { launchId: string; runId: string }; output: null };
  "run.logBatch": { input: RunBatch; output: null };
  /** Makes the blocks of one curve of an older store; `done` once there is none left. */
  "metric.index": { input: null; output: { done: boolean } };
  "run.logInputs": { input: { runId: string; datasets: readonly DatasetInput[]; models: readonly string[] }; output: null };
  "run.logOutputs": { input: { runId: string; models: readonly { modelId: string; step: number }[] }; output: null };
  "experiment.create": { input: ExperimentCreate; output: { experimentId: string } };
  "experiment.update": {
    input: { experimentId: string; time: number; name?: string; setTags?: readonly TagValue[]; deleteTags?: readonly string[]; deleted?: boolean };
    output: null;
  };
  "model.create": { input: ModelCreate; output: null };
  "model.update": { input: ModelUpdate; output: null };
  "evaluation.save": { input: EvaluationSave; output: null };
  /** `root` is `run:<run_id>`, `model:<model_id>` or `trace:<trace_id>`. */
  "artifact.add": { input: { root: string; rows: readonly ArtifactRow[] }; output: null };
  "artifact.remove": { input: { root: string; path: string }; output: null };
}

export type OperationName = keyof Operations;
export type OperationInput<K extends OperationName> = Operations[K]["input"];
export type OperationOutput<K extends OperationName> = Operations[K]["output"];
