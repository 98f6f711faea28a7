import type { ParamSource } from "../api/runs.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { ArtifactSource, DatasetSource, ExperimentSource, KeyValue, MetricSource, ModelLinkSource, RunSource } from "../importers/records.ts";
import type { RunRecord } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { LeftOut } from "./leftOut.ts";

/** A file of a run, with its digest. */
export interface ExportedFile extends ArtifactSource {
  readonly run: string;
  readonly file: string;
  readonly size: number;
  readonly digest: string;
}

/** Everything of one run that other formats know, in the terms of an import. */
export interface ExportedRun {
  readonly run: RunSource;
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
  readonly datasets: readonly DatasetSource[];
  readonly links: readonly ModelLinkSource[];
  /** Points of each metric, read when they are asked for. */
  readonly metrics: readonly { readonly key: string; readonly points: number; read(): readonly MetricSource[] }[];
  files(): Promise<readonly ExportedFile[]>;
}

/** The value of a param with several sources that other formats get: what the script's own client said first. */
const preferred: readonly ParamSource[] = ["client", "script", "argument", "config", "default", "printed"];

export function exportedExperiment(store: Store, experimentId: number): ExperimentSource {
  const found = store.read.experiments.byId(experimentId);
  return {
    k: "experiment",
    experiment: store.read.experiments.idOf(experimentId),
    name: found?.name ?? "Default",
    tags: store.read.experiments.tags(experimentId).map(({ key, value }) => ({ key, value })),
    created: found?.created ?? 0,
    updated: found?.updated ?? 0,
    deleted: found?.deleted != null,
    ...(found?.script == null ? {} : { script: found.script }),
  };
}

export function exportedRun({ store, artifacts }: { readonly store: Store; readonly artifacts: Artifacts }, run: RunRecord, leftOut: LeftOut): ExportedRun {
  const { read } = store;
  const { runId, runKey } = run;
  const parent = run.parentKey === null ? undefined : read.runs.byKey(run.parentKey)?.runId;
  const { note, exception } = read.runs.words(runKey);
  if (run.starred === 1) leftOut.add("stars", runId);
  if (exception !== null) leftOut.add("exceptions with their tracebacks", runId);
  if (run.launchKey !== null) leftOut.add("log, code, environment, inputs and outputs of the launch", runId);
  return {
    run: {
      k: "run", run: runId, id: runId, experiment: read.experiments.idOf(run.experimentId), status: run.status === "lost" ? "failed" : run.status, start: run.start, end: run.end,
      named: run.nameFrom !== "none", name: run.name,
      ...(run.user === null ? {} : { user: run.user }),
      ...(parent === undefined ? {} : { parent }),
      ...(note === "" ? {} : { note }),
      ...(run.deleted === null ? {} : { deleted: run.deleted }),
    },
    params: chosenParams(store, run, leftOut),
    tags: read.runs.tags(runKey).map(({ key, value }) => ({ key, value })),
    datasets: read.models.datasets(runKey).map((one): DatasetSource => ({ k: "dataset", run: runId, ...one })),
    links: (["input", "output"] as const).flatMap((direction) => read.models.links(runKey, direction).map(({ modelId, step }): ModelLinkSource => ({ k: "modelLink", run: runId, direction, model: modelId, step }))),
    metrics: read.runs.latest(runKey).map(({ key, points, origin }) => ({
      key,
      points,
      read: () => read.metrics.points(runKey, key).map(({ value, step, time }): MetricSource => ({ k: "metric", run: runId, key, value, step, time, ...(origin === "system" ? { origin } : {}) })),
    })),
    files: () => Promise.all(read.artifacts.under(`run:${runId}`, "").map(async ({ path, bytes, digest }): Promise<ExportedFile> => {
      const { file } = await artifacts.locate({ kind: "run", id: runId }, path);
      return { k: "artifact", run: runId, name: path, file, size: bytes, digest };
    })),
  };
}

/** One value a key, as other trackers have it. */
export function chosenParams(store: Store, run: RunRecord, leftOut: LeftOut): KeyValue[] {
  const chosen = new Map<string, { value: string; rank: number }>();
  for (const { key, value, source } of store.read.runs.params(run.runKey)) {
    const rank = preferred.indexOf(source);
    const before = chosen.get(key);
    if (before !== undefined && before.value !== value) leftOut.add("params whose sources say different values: one is kept", run.runId);
    if (before === undefined || rank < before.rank) chosen.set(key, { value, rank });
  }
  return [...chosen].map(([key, { value }]) => ({ key, value }));
}
