import { setImmediate } from "node:timers/promises";
import type { DatasetSource, KeyValue, MetricSource, ModelLinkSource, RunSource } from "../importers/records.ts";
import type { RunRecord } from "../store/records.ts";
import { shownParams } from "../store/shownParams.ts";
import type { Store } from "../store/store.ts";
import type { Exporting } from "./beside.ts";
import { type ExportedFile, exportedFiles, type ListedFile, listedFiles } from "./files.ts";
import type { LeftOut } from "./leftOut.ts";

/** A curve, read when it is asked for. */
export interface ExportedMetric {
  readonly key: string;
  readonly points: number;
  readonly last: { readonly value: number; readonly step: number };
  /** At most 2,000 points at a time; between two slices others have their turn. */
  slices(): AsyncIterable<readonly MetricSource[]>;
}

const SLICE = 2_000;

/** Everything of one run that other formats know, in the terms of an import. */
export interface ExportedRun {
  readonly run: RunSource;
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
  readonly datasets: readonly DatasetSource[];
  readonly links: readonly ModelLinkSource[];
  readonly metrics: readonly ExportedMetric[];
  listed(): readonly ListedFile[];
  /** Those whose contents are whole; the others are said. */
  files(leftOut: LeftOut): Promise<readonly ExportedFile[]>;
}

export function exportedRun(exporting: Exporting, run: RunRecord, leftOut: LeftOut): ExportedRun {
  const { store, signal } = exporting;
  const { read } = store;
  const { runId, runKey } = run;
  const parent = run.parentKey === null ? undefined : read.runs.byKey(run.parentKey)?.runId;
  const { note, exception } = read.runs.words(runKey);
  if (run.starred === 1) leftOut.add("stars", runId);
  if (run.status === "lost") leftOut.add("that a run was lost: it is written as failed", runId);
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
    metrics: read.runs.latest(runKey).map(({ key, points, origin, value: last, step: at }): ExportedMetric => {
      const made = origin === "system" ? ({ origin } as const) : {};
      return {
        key,
        points,
        last: { value: last, step: at },
        async *slices() {
          for (const { step, time, value } of read.metrics.slices(runKey, key)) {
            for (let from = 0; from < step.length; from += SLICE) {
              yield Array.from(step.subarray(from, from + SLICE), (x, i): MetricSource => ({ k: "metric", run: runId, key, value: value[from + i] ?? Number.NaN, step: x, time: time[from + i] ?? 0, ...made }));
              await setImmediate();
              signal?.throwIfAborted();
            }
          }
        },
      };
    }),
    listed: () => listedFiles(exporting, { kind: "run", id: runId }),
    files: (left) => exportedFiles(exporting, left, { kind: "run", id: runId }),
  };
}

/** One value a key, as other trackers have it. */
export function chosenParams(store: Store, run: RunRecord, leftOut: LeftOut): KeyValue[] {
  const params = store.read.runs.params(run.runKey);
  const shown = shownParams(params);
  for (const { key, value } of params) if (shown.get(key)?.value !== value) leftOut.add("params whose sources say different values: one is kept", run.runId);
  return [...shown.values()].map(({ key, value }) => ({ key, value }));
}
