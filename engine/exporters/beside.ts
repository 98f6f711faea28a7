import { readFile } from "node:fs/promises";
import type { ArtifactOwner, Artifacts } from "../artifacts/artifacts.ts";
import type { ExperimentSource, KeyValue, MetricSource, ModelSource, RegisteredModelSource, TraceSource, VersionSource } from "../importers/records.ts";
import { assessmentShape } from "../mlflow/traceShapes.ts";
import type { ModelRecord } from "../store/read/models.ts";
import type { VersionRecord } from "../store/read/registry.ts";
import type { TraceRecord } from "../store/read/traces.ts";
import type { RunRecord } from "../store/records.ts";
import type { Readers, Store } from "../store/store.ts";
import { IN_STORE, traceKeys } from "../traces/keys.ts";
import { type ExportedFile, exportedFiles, type ListedFile, listedFiles, sayDamaged } from "./files.ts";
import type { LeftOut } from "./leftOut.ts";

/** What belongs to some runs and stands beside them. `run` is the run by which it does. */
export interface Beside {
  /** Made, measured or read by one of the runs, or registered from one. */
  readonly models: readonly { readonly model: ModelRecord; readonly run: string }[];
  /** Of registered models, in the order of their numbers. */
  readonly versions: readonly { readonly version: VersionRecord; readonly run: string }[];
  readonly traces: readonly { readonly trace: TraceRecord; readonly run: string }[];
}

export function besideRuns(read: Readers, runs: readonly RunRecord[]): Beside {
  const models = new Map<string, { model: ModelRecord; run: string }>();
  const add = (model: ModelRecord | undefined, run: string): void => {
    if (model && !models.has(model.modelId)) models.set(model.modelId, { model, run });
  };
  const chosen = new Set(runs.map(({ runId }) => runId));
  for (const model of read.models.ofRuns([...chosen])) add(model, model.sourceRun ?? "");
  for (const { runKey, runId } of runs) for (const direction of ["output", "input"] as const) for (const { modelId } of read.models.links(runKey, direction)) add(read.models.byId(modelId), runId);
  for (const { runId, modelId } of read.registry.versionsOfRuns([...chosen], [])) if (runId !== null && modelId !== null) add(read.models.byId(modelId), runId);
  const versions = read.registry.versionsOfRuns([...chosen], [...models.keys()]).flatMap((version) => {
    const run = version.runId !== null && chosen.has(version.runId) ? version.runId : version.modelId === null ? undefined : models.get(version.modelId)?.run;
    return run === undefined ? [] : [{ version, run }];
  });
  return { models: [...models.values()], versions, traces: read.traces.ofRuns([...chosen]) };
}

/** A logged model with what was measured with it, and its files. */
export interface ExportedModel {
  readonly experiment: ExperimentSource;
  readonly model: ModelSource;
  readonly metrics: readonly MetricSource[];
  /** Those whose contents are whole; the others are said. */
  files(leftOut: LeftOut): Promise<readonly ExportedFile[]>;
}

/** A registered model with those of its versions that go along. */
export interface ExportedRegistered {
  readonly registered: RegisteredModelSource;
  readonly versions: readonly VersionSource[];
}

export interface ExportedTrace {
  readonly experiment: ExperimentSource;
  readonly trace: TraceSource;
  /** Ids of runs that it was linked to. */
  readonly runs: readonly string[];
  /** `name/version` of prompts that it was linked to. */
  readonly prompts: readonly string[];
  /** But for its spans. */
  listed(): readonly ListedFile[];
  /** Those whose contents are whole; the others are said. */
  files(leftOut: LeftOut): Promise<readonly ExportedFile[]>;
}

export interface Exporting {
  readonly store: Store;
  readonly artifacts: Artifacts;
  /** Ends what takes long. */
  readonly signal?: AbortSignal;
}

export function exportedExperiment(store: Store, experimentId: number): ExperimentSource {
  const found = store.read.experiments.byId(experimentId);
  return {
    k: "experiment",
    experiment: store.read.experiments.idOf(experimentId),
    name: found?.name ?? "Default",
    tags: pairs(store.read.experiments.tags(experimentId)),
    created: found?.created ?? 0,
    updated: found?.updated ?? 0,
    deleted: found?.deleted != null,
    ...(found?.script == null ? {} : { script: found.script }),
  };
}

const modelStatuses = ["LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"] as const;

/** @param chosen - Ids of the runs that go along. */
export function exportedModel(exporting: Exporting, { model, run }: Beside["models"][number], chosen: ReadonlySet<string>, leftOut: LeftOut): ExportedModel {
  const { store } = exporting;
  const { read } = store;
  const measured = read.models.metrics(model.modelKey);
  if (measured.some(({ runId }) => !chosen.has(runId))) leftOut.add("values that other runs measured with their logged models", run);
  return {
    experiment: exportedExperiment(store, model.experimentId),
    model: {
      k: "model", model: model.modelId, experiment: read.experiments.idOf(model.experimentId), name: model.name, created: model.created, updated: model.updated,
      status: modelStatuses.find((status) => status === model.status) ?? "LOGGED_MODEL_PENDING", statusMessage: null, modelType: model.modelType, run: model.sourceRun,
      params: pairs(read.models.values(model.modelKey, "param")), tags: pairs(read.models.values(model.modelKey, "tag")), deleted: model.deleted !== null,
    },
    metrics: measured.filter(({ runId }) => chosen.has(runId)).map(({ key, value, step, time, runId, datasetName: name, datasetDigest: digest }): MetricSource => ({
      k: "metric", run: runId, key, value, step, time, model: model.modelId, ...(name === null || digest === null ? {} : { dataset: { name, digest } }),
    })),
    files: (left) => exportedFiles(exporting, left, { kind: "model", id: model.modelId }),
  };
}

/** Registered models of versions; an alias goes along with its version. */
export function exportedRegistry(read: Readers, versions: Beside["versions"], leftOut: LeftOut): ExportedRegistered[] {
  return [...grouped(versions, ({ version }) => version.name)].flatMap(([name, own]): ExportedRegistered[] => {
    const model = read.registry.byName(name);
    if (!model) return [];
    const numbers = new Map(own.map(({ version, run }) => [version.version, run]));
    const aliases = read.registry.aliases(model.registeredKey);
    const [first] = numbers.values();
    if (first !== undefined && aliases.some(({ version }) => !numbers.has(version))) leftOut.add("aliases of registered models that stand on versions of other runs", first);
    return [{
      registered: {
        k: "registeredModel", name, created: model.created, updated: model.updated, description: model.description, tags: pairs(read.registry.tags(model.registeredKey)),
        aliases: aliases.filter(({ version }) => numbers.has(version)).map(({ alias, version }) => ({ alias, version: String(version) })),
      },
      versions: own.map(({ version }) => exportedVersion(read, version)),
    }];
  });
}

function exportedVersion(read: Readers, of: VersionRecord): VersionSource {
  const { name, created, updated, stage, description, user, source, runLink, statusMessage } = of;
  const status = of.status === "PENDING_REGISTRATION" || of.status === "FAILED_REGISTRATION" ? of.status : "READY";
  return {
    k: "version", name, version: String(of.version), created, updated, stage, description, user, source, storage: of.location, run: of.runId, runLink, model: of.modelId, status, statusMessage,
    tags: pairs(read.registry.versionTags(of.versionKey)),
  };
}

/** The content of a trace's spans where a client put them beside it. */
const SPANS = "traces.json";
/** Tags that say where a trace lies here. */
const placeTags: ReadonlySet<string> = new Set([traceKeys.artifactLocation, traceKeys.spansLocation]);

/** @param leftOut - Where spans that cannot be read are said; the trace goes along without them. Absent: they throw. */
export async function exportedTrace(exporting: Exporting, { trace }: Beside["traces"][number], leftOut?: LeftOut): Promise<ExportedTrace> {
  const { store, artifacts } = exporting;
  const { traces } = store.read;
  const owner: ArtifactOwner = { kind: "trace", id: trace.traceId };
  const here = traces.value(trace.traceKey, "tag", traceKeys.spansLocation) === IN_STORE;
  const links = traces.among([trace.traceKey]).links;
  const readBeside = async (): Promise<string | null> => {
    try {
      return await readFile((await artifacts.locate(owner, SPANS)).file, "utf8");
    } catch (error) {
      if (leftOut === undefined) throw error;
      sayDamaged(leftOut, owner, SPANS, error);
      return null;
    }
  };
  const beside = !here && store.read.artifacts.one(`trace:${trace.traceId}`, SPANS) !== undefined;
  return {
    experiment: exportedExperiment(store, trace.experimentId),
    trace: {
      k: "trace", trace: trace.traceId, experiment: store.read.experiments.idOf(trace.experimentId), time: trace.time, duration: trace.duration, state: trace.state,
      clientRequestId: trace.clientRequestId, requestPreview: trace.requestPreview, responsePreview: trace.responsePreview,
      metadata: pairs(traces.values(trace.traceKey, "metadata")), tags: pairs(traces.values(trace.traceKey, "tag").filter(({ key }) => !placeTags.has(key))),
      assessments: traces.assessments(trace.traceKey).map((row) => ({ ...assessmentShape(row, trace.traceId) })),
      spans: here ? `{"spans": [${traces.spans(trace.traceKey).join(", ")}]}` : beside ? await readBeside() : null,
    },
    runs: links("run").map(({ target }) => target),
    prompts: links("prompt").map(({ target }) => target),
    listed: () => listedFiles(exporting, owner, SPANS),
    files: (left) => exportedFiles(exporting, left, owner, SPANS),
  };
}

const pairs = (list: readonly KeyValue[]): KeyValue[] => list.map(({ key, value }) => ({ key, value }));

/** Things in groups of one key, in the order in which the keys came up. */
export function grouped<K, T>(list: Iterable<T>, keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of list) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
}
