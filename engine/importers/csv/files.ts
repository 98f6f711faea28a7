import { stat } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import type { ImportFormat } from "../../api/importers.ts";
import type { Detected, Reader, ReadOptions } from "../reader.ts";
import type { FilePlace, SourceRecord } from "../records.ts";
import { type Columns, counts, COUNTING, plainColumns, valuesOf } from "./columns.ts";
import { lightningReader } from "./lightning.ts";
import { headerOf, readMetrics, withRuns } from "./metricsFile.ts";

/** Names that say nothing about a run: then its folder's name does. */
const COMMON = /^(metrics|log|logs|history|results|progress|training|train|train_log|training_log)$/i;

/** A reader of single delimited files. `others` come first where they know a file too. */
function fileReader(format: ImportFormat, title: string, others: readonly Reader[], fits: (header: readonly string[]) => boolean, columns: (header: readonly string[]) => Columns): Reader {
  return {
    format,
    title,
    async detect(path): Promise<Detected | null> {
      if (!/\.(csv|tsv|txt|log)$/i.test(path) || (await stat(path).catch(() => null))?.isFile() !== true) return null;
      const header = await headerOf(path);
      if (header === null || header.length < 2 || !fits(header)) return null;
      for (const other of others) if ((await other.detect(path)) !== null) return null;
      return { path, confines: dirname(path) };
    },
    async *read(path: string, from: ReadonlyMap<string, FilePlace>, { signal }: ReadOptions): AsyncGenerator<SourceRecord> {
      const name = basename(path);
      const title = basename(name, extname(name));
      const own = COMMON.test(title) ? basename(dirname(path)) : title;
      yield* withRuns(readMetrics({ path, name, run: ".", columns }, from.get(name), signal), from.get(name), (run) => (run === "." ? own : run));
    },
  };
}

/** Keras' CSVLogger: `epoch` first, then what was measured, sorted by name; no time, no run. */
export const kerasReader = fileReader(
  "keras",
  "Keras CSV log",
  [],
  (header) => header[0] === "epoch" && header.some((name) => /(^|_)(loss|accuracy|acc|mae|mse|learning_rate|lr)$/.test(name)),
  (header) => ({ step: 0, time: -1, run: -1, key: -1, values: valuesOf(header, [0]) }),
);

/** First columns of the CSV that W&B's pages give of a chart; those in words are times or durations. */
const CHART_AXES = ["step", "epoch", "global_step", "relative time (process)", "relative time (wall)", "wall time", "relative_time(process)", "relative_time(wall)", "wall_time", "_step", "_runtime", "_timestamp"];
const EXTREME = /__(MIN|MAX)$/;

/** A chart's CSV: `Step`, then `<run> - <metric>`, each with `__MIN` and `__MAX`; or a history that was written with `to_csv`. */
export const wandbCsvReader = fileReader("wandb-csv", "W&B CSV", [], (header) => isChart(header) || (header.includes("_step") && (header.includes("_runtime") || header.includes("_timestamp"))), wandbColumns);

function isChart(header: readonly string[]): boolean {
  return CHART_AXES.includes((header[0] ?? "").toLowerCase()) && header.length > 1 && header.slice(1).every((name) => name.includes(" - ")) && header.some((name) => EXTREME.test(name));
}

function wandbColumns(header: readonly string[]): Columns {
  if (!isChart(header)) {
    const step = header.indexOf("_step");
    const time = header.indexOf("_timestamp");
    return { step, time, run: -1, key: -1, values: valuesOf(header, [step, time, header.indexOf("_runtime")]).filter(({ key }) => !/^(|Unnamed: 0)$/.test(key)) };
  }
  const axis = (header[0] ?? "").toLowerCase();
  // Both parts may hold " - ": the metric is what all columns end with.
  const own = header.slice(1).find((name) => !EXTREME.test(name));
  const last = own?.slice(own.lastIndexOf(" - ")) ?? "";
  const values = header.flatMap((name, index) => {
    if (index === 0 || EXTREME.test(name)) return [];
    const at = name.endsWith(last) ? name.length - last.length : name.lastIndexOf(" - ");
    return [{ index, run: name.slice(0, at).replace(/^Group: /, "").slice(0, 250), key: name.slice(at + 3).slice(0, 250) }];
  });
  return { step: /step|epoch/.test(axis) ? 0 : -1, time: /wall.?time$|_timestamp/.test(axis) ? 0 : -1, run: -1, key: -1, values: values.filter(({ run, key }) => run !== "" && key !== "") };
}

/** Any other file of metrics: it has a column that counts. */
export const csvReader = fileReader("csv", "CSV of metrics", [lightningReader, kerasReader, wandbCsvReader], (header) => counts(header) && plainColumns(header).values.length > 0, plainColumns);

/** Why a file that looks like one of values in columns is none of metrics, for people; null where it is no such file, or could be one. */
export async function whyNoMetrics(path: string): Promise<string | null> {
  if (!/\.(csv|tsv)$/i.test(path) || (await stat(path).catch(() => null))?.isFile() !== true) return null;
  const header = await headerOf(path);
  if (header === null) return "The file is empty, or its first line is no text.";
  const named = header.slice(0, 10).join(", ") + (header.length > 10 ? ", …" : "");
  if (header.length < 2) return `The file has one column (${named}): one that counts and one with a metric are needed.`;
  if (!counts(header)) return `The file has no column that counts its rows: one called ${COUNTING.slice(0, -1).join(", ")} or ${COUNTING.at(-1) ?? ""} is needed. It has ${named}.`;
  return plainColumns(header).values.length === 0 ? `The file has no column with a metric: it has ${named}.` : null;
}
