import type { FileAnnotations, MetricAnnotation, OutputAnnotation } from "../api/code.ts";
import type { LaunchReads } from "../store/read/launches.ts";
import type { Readers } from "../store/store.ts";
import { wireNumber } from "../runs/cells.ts";
import type { RunTable } from "../runs/columns/runTable.ts";
import { parsedException } from "../runs/detail.ts";
import { bestRun } from "../runs/experiments.ts";
import { type DeclaredMetric, directionOf } from "../runs/keyMetrics.ts";
import { runQuery } from "../runs/query.ts";

/** Runs whose values stand behind a line. */
const RECENT = 8;
/** For a module that no run started itself: how many of the newest runs are asked whether they logged from it. */
const SEARCHED = 20;
/** Files whose name says that they hold predictions get a lens before anybody evaluated them. */
const PREDICTIONS =
  /(pred|proba|score|eval|result|output|oof|holdout|held_out|test|valid).*\.(csv|tsv|parquet|jsonl|ndjson)$/i;

export interface AnnotationSources {
  readonly table: RunTable;
  readonly read: Readers;
  readonly declared: readonly DeclaredMetric[];
  /** One line about the newest evaluation of a file, relative to the store's folder; null where there is none. */
  evaluated(path: string): string | null;
}

/** What the recorded runs say about one file. `file` is relative to the store's folder. */
export function annotateFile(sources: AnnotationSources, file: string): FileAnnotations {
  const { table, read, declared } = sources;
  const own = [...runQuery(table, { script: file, topLevel: true }).rows];
  const asked =
    own.length > 0
      ? own.slice(0, RECENT)
      : [...runQuery(table, { topLevel: true }).rows].slice(0, SEARCHED);
  const best = bestRun(table, own, declared);
  return {
    runs: own.length,
    best: best === null ? null : { ...best, title: table.title(table.row(best.runId) ?? 0) },
    latest: own.slice(0, 2).map((row) => table.run(row).runId),
    metrics: metricAnnotations(sources, file, asked),
    exception: lastException(table, read, file, asked),
    outputs: outputAnnotations(sources, file, asked),
  };
}

/** The newest launch among these rows of which `find` gives something. */
function newest<T>(
  table: RunTable,
  rows: readonly number[],
  find: (launchKey: number, row: number) => T | null,
): T | null {
  for (const row of rows) {
    const { launchKey } = table.run(row);
    const found = launchKey === null ? null : find(launchKey, row);
    if (found !== null) return found;
  }
  return null;
}

function metricAnnotations(
  { table, read, declared }: AnnotationSources,
  file: string,
  rows: readonly number[],
): MetricAnnotation[] {
  const sites = newest(table, rows, (launchKey) => {
    const here = [...read.launches.sites(launchKey)].filter(([, site]) => site.file === file);
    return here.length > 0 ? here : null;
  });
  return (sites ?? []).flatMap(([key, site]) => {
    const values = table.metrics.get(key);
    const having = rows
      .filter((row) => values !== undefined && values.get(row) !== null)
      .slice(0, RECENT);
    const [latest, before] = having;
    if (latest === undefined || values === undefined) return [];
    const last = values.get(latest) ?? Number.NaN;
    const previous = before === undefined ? null : values.get(before);
    const change = previous === null || !Number.isFinite(last - previous) ? null : last - previous;
    const recent = having.map((row) => wireNumber(values.get(row) ?? Number.NaN)).reverse();
    return [
      {
        key,
        line: site.line,
        runId: table.run(latest).runId,
        last: wireNumber(last),
        change,
        direction: directionOf(key, declared).direction,
        recent,
      },
    ];
  });
}

/** Only the last run counts: an older exception is answered by a run that went well after it. */
function lastException(
  table: RunTable,
  read: Readers,
  file: string,
  rows: readonly number[],
): FileAnnotations["exception"] {
  const [row] = rows;
  if (row === undefined) return null;
  const run = table.run(row);
  const exception = parsedException(read.runs.words(run.runKey).exception);
  if (exception === null || exception.site?.file !== file) return null;
  return {
    line: exception.site.line,
    type: exception.type,
    message: exception.message,
    runId: run.runId,
    lineText: raisedLine(exception.traceback, exception.site.line),
  };
}

/** The source line as Python's traceback shows it below the last `File "…", line N`. */
function raisedLine(traceback: string, line: number): string | null {
  const lines = traceback.split(/\r?\n/);
  const at = lines.findLastIndex((text) => text.includes(`, line ${line}`));
  return at < 0 ? null : (lines[at + 1]?.trim() ?? null);
}

function outputAnnotations(
  sources: AnnotationSources,
  file: string,
  rows: readonly number[],
): OutputAnnotation[] {
  const { table, read } = sources;
  const found = newest(table, rows, (launchKey, row) => {
    const here = writtenFrom(read.launches, launchKey, file).map((output) => ({
      ...output,
      runId: table.run(row).runId,
      evaluated: sources.evaluated(output.path),
    }));
    const shown = here.filter(
      (output) => output.evaluated !== null || PREDICTIONS.test(output.path),
    );
    return shown.length > 0 ? shown : null;
  });
  return found ?? [];
}

function writtenFrom(
  launches: LaunchReads,
  launchKey: number,
  file: string,
): { line: number; path: string }[] {
  return launches
    .files(launchKey, "output")
    .flatMap(({ path, site }) => (site?.file === file ? [{ line: site.line, path }] : []));
}
