import { assessmentShape } from "../mlflow/traceShapes.ts";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { wireNumber } from "../mlflow/shapes.ts";
import type { ImportFixture } from "./importers.fixture.ts";

// What the store holds of MLflow's things, in the shape of what its client read back (test/fixtures/importers/make_mlflow.py).

const byKey = (list: readonly { readonly key: string; readonly value: string }[]): Record<string, string> => Object.fromEntries(list.map(({ key, value }) => [key, value]));
const statuses: Readonly<Record<string, string>> = { scheduled: "SCHEDULED", running: "RUNNING", finished: "FINISHED", failed: "FAILED", killed: "KILLED" };

function artifactsOf({ artifacts, store }: ImportFixture, kind: "run" | "model", id: string): Record<string, string> {
  return Object.fromEntries(store.read.artifacts.under(`${kind}:${id}`, "").map(({ path, digest }) => {
    const content = readFileSync(artifacts.blobs.path(digest));
    return [path, createHash("sha256").update(content).digest("hex")];
  }));
}

/** Every run, as MLflow's client reads it. */
export function storedRuns(fixture: ImportFixture): object[] {
  const { read } = fixture.store;
  return [...read.runs.all()].map((run) => ({
    id: run.runId,
    name: run.name,
    experiment: read.experiments.byId(run.experimentId)?.name,
    status: statuses[run.status],
    start: run.start,
    end: run.end,
    user: run.user,
    deleted: run.deleted !== null,
    params: byKey(read.runs.params(run.runKey)),
    tags: byKey(read.runs.tags(run.runKey)),
    latest: Object.fromEntries(read.runs.latest(run.runKey).map(({ key, value }) => [key, wireNumber(value)])),
    metrics: Object.fromEntries(read.runs.latest(run.runKey).map(({ key }) => [key, read.metrics.points(run.runKey, key).map(({ step, time, value }) => [step, time, wireNumber(value)])])),
    datasets: read.models.datasets(run.runKey).map((dataset) => ({ ...dataset, tags: byKey(dataset.tags) })),
    modelInputs: read.models.links(run.runKey, "input").map(({ modelId }) => modelId),
    modelOutputs: read.models.links(run.runKey, "output").map(({ modelId, step }) => [modelId, step]),
    artifacts: artifactsOf(fixture, "run", run.runId),
  }));
}

/** Registered models and their versions, with their fields in the order of the alphabet as the golden file has them. */
export function storedRegistry({ store: { read } }: ImportFixture): { registered: object[]; versions: object[] } {
  const { registry } = read;
  const registered = registry.all().map(({ registeredKey, name, created, updated, description }) => ({
    aliases: Object.fromEntries(registry.aliases(registeredKey).map(({ alias, version }) => [alias, String(version)])),
    created,
    description,
    name,
    tags: byKey(registry.tags(registeredKey)),
    updated,
  }));
  const versions = registry.versions().map((one) => ({
    aliases: registry.aliases(one.registeredKey).filter(({ version }) => version === one.version).map(({ alias }) => alias),
    created: one.created,
    description: one.description,
    model: one.modelId,
    name: one.name,
    run: one.runId,
    source: one.source,
    stage: one.stage,
    status: one.status,
    tags: byKey(registry.versionTags(one.versionKey)),
    updated: one.updated,
    version: String(one.version),
  }));
  return { registered, versions };
}

export function storedModels(fixture: ImportFixture): object[] {
  const { read } = fixture.store;
  return read.experiments.all().flatMap(({ experimentId, name }) => read.models.ofExperiment(experimentId).map((model) => ({
    id: model.modelId,
    name: model.name,
    experiment: name,
    created: model.created,
    updated: model.updated,
    status: model.status.replace("LOGGED_MODEL_", ""),
    type: model.modelType,
    run: model.sourceRun,
    params: byKey(read.models.values(model.modelKey, "param")),
    tags: byKey(read.models.values(model.modelKey, "tag")),
    metrics: read.models.metrics(model.modelKey).map((m) => [m.key, m.step, m.time, m.value, m.runId, m.datasetName, m.datasetDigest]),
    artifacts: artifactsOf(fixture, "model", model.modelId),
  })));
}

/** Without the one that every store begins with. */
export function storedExperiments({ store: { read } }: ImportFixture): object[] {
  return read.experiments.all().filter(({ name }) => name !== "Default").map(({ id, experimentId, name, deleted, created, updated }) => ({ id, name, tags: byKey(read.experiments.tags(experimentId)), deleted: deleted !== null, created, updated }));
}

/** Lists in one order; a thing by its id. */
export function sorted<T>(list: readonly T[]): T[] {
  const key = (one: T): string => (typeof one === "object" && one !== null && "id" in one ? String(one.id) : JSON.stringify(one));
  return list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Runs in one order, their curves by step: MLflow's stores give points by time, or as they lie. */
export function inOrder(runs: readonly object[]): object[] {
  return sorted(runs.map((run) => {
    const { metrics = {}, ...rest }: { metrics?: Readonly<Record<string, readonly unknown[]>> } = run;
    return { ...rest, metrics: Object.fromEntries(Object.entries(metrics).map(([key, points]) => [key, sorted(points)])) };
  }));
}

interface TraceJson {
  readonly info: { readonly trace_id: string; readonly tags?: Readonly<Record<string, string>>; readonly trace_metadata?: unknown; readonly assessments?: readonly Readonly<Record<string, unknown>>[]; readonly [key: string]: unknown };
  readonly data: { readonly spans: readonly { readonly span_id?: string }[] };
}

const bySpan = (a: { readonly span_id?: string }, b: { readonly span_id?: string }): number => ((a.span_id ?? "") < (b.span_id ?? "") ? -1 : 1);
const byName = (a: { readonly assessment_name?: string }, b: { readonly assessment_name?: string }): number => ((a.assessment_name ?? "") < (b.assessment_name ?? "") ? -1 : 1);

/** Where a trace lies is another place here. */
const placeTags = new Set(["mlflow.artifactLocation", "mlflow.trace.spansLocation"]);

/** What MLflow's client said of traces, without where they are. */
export function saidTraces(traces: readonly TraceJson[]): object[] {
  const said = traces.map(({ info, data }) => {
    const { trace_location: _, tags = {}, trace_metadata, assessments = [], ...rest } = info;
    return { ...rest, metadata: trace_metadata ?? {}, tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !placeTags.has(key))), assessments: assessments.map(({ valid: __, ...one }) => one).sort(byName), spans: data.spans.toSorted(bySpan) };
  });
  return said.sort((a, b) => (a.trace_id < b.trace_id ? -1 : 1));
}

/** The same of what stands in the store. */
export function storedTraces({ store }: ImportFixture): object[] {
  const { read } = store;
  const all = read.traces.ofExperiments(read.experiments.all().map(({ experimentId }) => experimentId));
  const map = (pairs: readonly { key: string; value: string }[]) => Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
  const traces = all.map((trace) => ({
    trace_id: trace.traceId,
    ...(trace.clientRequestId === null ? {} : { client_request_id: trace.clientRequestId }),
    request_time: new Date(trace.time).toISOString(),
    execution_duration_ms: trace.duration,
    state: trace.state,
    ...(trace.requestPreview === null ? {} : { request_preview: trace.requestPreview }),
    ...(trace.responsePreview === null ? {} : { response_preview: trace.responsePreview }),
    metadata: map(read.traces.values(trace.traceKey, "metadata")),
    tags: map(read.traces.values(trace.traceKey, "tag").filter(({ key }) => !placeTags.has(key))),
    assessments: read.traces.assessments(trace.traceKey).map((row) => {
      const { valid: _, ...one } = Object(assessmentShape(row, trace.traceId));
      return one;
    }).sort(byName),
    spans: read.traces.spans(trace.traceKey).map((content) => Object(JSON.parse(content))).sort(bySpan),
  }));
  return traces.sort((a, b) => (a.trace_id < b.trace_id ? -1 : 1));
}
