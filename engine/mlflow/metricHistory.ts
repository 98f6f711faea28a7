import { inTurns } from "../runs/turns.ts";
import type { MetricPoint } from "../store/read/metrics.ts";
import type { RunRecord } from "../store/records.ts";
import { invalid } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { pageToken, placeOf } from "./limits.ts";
import { historyPieces, readHistory } from "./historyJson.ts";
import { pageOf } from "./listJson.ts";
import { type DoorServices, JsonPieces, type Routes } from "./route.ts";
import { metricShape } from "./shapes.ts";

/** MLflow's limits of one answer. */
const MAX_RUNS = 100;
const MAX_BULK = 25_000;
const MAX_SAMPLES = 2_500;

/** Somebody waits for the answer; nobody stops it. */
const endless = new AbortController().signal;

/** Routes that read the points of metrics. */
export function metricHistoryRoutes({ store }: DoorServices): Routes {
  const known = (runIds: readonly string[]): RunRecord[] => runIds.flatMap((id) => store.read.runs.byId(id) ?? []);
  const shapes = (run: RunRecord, key: string, points: readonly MetricPoint[]): object[] => points.map((point) => ({ ...metricShape(key, point), run_id: run.runId }));

  return {
    async "GET metrics/get-history"({ fields }) {
      const runId = fields.optionalText("run_id") || fields.optionalText("run_uuid") || fields.text("run_id");
      const key = fields.text("metric_key");
      const size = fields.optionalInteger("max_results");
      if (size !== undefined && size <= 0) throw invalid(`Invalid value ${size} for parameter 'max_results' supplied. It must be a positive integer.`);
      const { offset } = placeOf(fields.anyText("page_token"));
      const run = store.read.runs.byId(runId);
      if (!run) return {};
      const history = await readHistory(store.read, run.runKey, key);
      const to = Math.min(history.count, offset + (size ?? history.count));
      if (to <= offset) return {};
      return new JsonPieces(historyPieces([{ history, from: offset, to }], to < history.count ? pageToken({ offset: to }) : undefined));
    },

    async "GET metrics/get-history-bulk"({ fields }) {
      const runIds = manyOf(fields, "run_id");
      if (runIds.length === 0) throw invalid("GetMetricHistoryBulk request must specify at least one run_id.");
      if (runIds.length > MAX_RUNS) throw invalid(`GetMetricHistoryBulk request cannot specify more than ${MAX_RUNS} run_ids. Received ${runIds.length} run_ids.`);
      if (!fields.has("metric_key")) throw invalid("GetMetricHistoryBulk request must specify a metric_key.");
      const key = fields.anyText("metric_key");
      let left = Math.min(fields.optionalInteger("max_results") ?? MAX_BULK, MAX_BULK);
      const parts = [];
      for (const run of known([...new Set(runIds)].sort())) {
        if (left <= 0) break;
        const history = await readHistory(store.read, run.runKey, key, run.runId);
        const to = Math.min(history.count, left);
        parts.push({ history, from: 0, to });
        left -= to;
      }
      return new JsonPieces(historyPieces(parts));
    },

    async "GET metrics/get-history-bulk-interval"({ fields }) {
      const runIds = fields.texts("run_ids");
      if (runIds.length === 0) throw fields.missing("run_ids");
      if (runIds.length > MAX_RUNS) throw invalid(`GetMetricHistoryBulkInterval request must specify at most ${MAX_RUNS} run_ids. Received ${runIds.length} run_ids. See the API docs for more information about request parameters.`);
      const key = fields.text("metric_key");
      const [from, to] = [fields.optionalInteger("start_step"), fields.optionalInteger("end_step")];
      const size = fields.optionalInteger("max_results") ?? MAX_SAMPLES;
      if (size < 1 || size > MAX_SAMPLES) throw invalid(`max_results must be between 1 and ${MAX_SAMPLES}. See the API docs for more information about request parameters.`);
      if ((from === undefined) !== (to === undefined)) throw invalid("If either start step or end step are specified, both must be specified.");
      if (from !== undefined && to !== undefined && from > to) throw invalid(`end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`);
      const range = from === undefined || to === undefined ? undefined : { from, to };
      const samples: object[] = [];
      for (const run of known(runIds)) samples.push(...shapes(run, key, await inTurns(store.read.metrics.sampled(run.runKey, key, (count) => evenly(count, size), range), endless)));
      return pageOf("metrics", samples, (point) => point, {});
    },
  };
}

/** A parameter that a query repeats under a name that is single elsewhere. */
function manyOf(fields: Fields, name: string): string[] {
  return fields.isList(name) ? fields.texts(name) : [fields.anyText(name)].filter((text) => text !== "");
}

/**
 * Places of at most `size` of `count` points in order: the first of each of `size` parts as SQL's NTILE makes them (the
 * first parts are longer by one where it does not divide), and always the last point.
 */
function evenly(count: number, size: number): number[] {
  const parts = Math.min(count, size);
  const [least, longer] = [Math.floor(count / Math.max(parts, 1)), count % Math.max(parts, 1)];
  const places = Array.from({ length: parts }, (_, part) => part * least + Math.min(part, longer));
  if (places.length > 0 && places.at(-1) !== count - 1) places[places.length - 1] = count - 1;
  return places;
}
