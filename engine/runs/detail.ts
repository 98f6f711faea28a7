import type { LaunchInfo, MetricSummary, ParamSource, RunDetail, RunException } from "../api/runs.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { shownParams } from "../store/shownParams.ts";
import { SERVER_FORMAT } from "../store/records.ts";
import type { Readers } from "../store/store.ts";
import { runAnswer } from "./answer.ts";
import { runHead, wireNumber } from "./cells.ts";
import type { RunTable } from "./columns/runTable.ts";
import { runModels } from "./models.ts";
import { type DeclaredMetric, directionOf, keyMetrics } from "./keyMetrics.ts";

/** Everything that the run page shows. Throws `RUN_NOT_FOUND`. */
export function runDetail(table: RunTable, read: Readers, runId: string, declared: readonly DeclaredMetric[]): RunDetail {
  const row = rowOf(table, runId);
  const run = table.run(row);
  const launch = launchInfo(read, run.launchKey);
  const { note, exception } = read.runs.words(run.runKey);
  const server = table.server(row);
  const serverSeen = server === undefined ? undefined : read.sources.seen(server, SERVER_FORMAT);
  const metrics = metricSummaries(table, read, row, declared);
  const files = (direction: "input" | "output") => (run.launchKey === null ? [] : read.launches.files(run.launchKey, direction));
  return {
    head: runHead(table, row),
    experimentId: table.experimentId(row),
    experimentName: table.experiments.get(run.experimentId)?.name ?? "",
    name: run.name,
    note,
    user: run.user,
    tags: Object.fromEntries(read.runs.tags(run.runKey).map(({ key, value }) => [key, value])),
    params: paramValues(table, read, row),
    metrics,
    inputs: files("input"),
    outputs: files("output"),
    models: runModels(read, runId, run.runKey),
    launch,
    exception: parsedException(exception),
    childIds: read.runs.childIds(run.runKey),
    answer: runAnswer(table, row, metrics),
    ...(serverSeen === undefined ? {} : { serverSeen }),
  };
}

export function rowOf(table: RunTable, runId: string): number {
  const row = table.row(runId);
  if (row === undefined) throw new TouchstoneError({ code: "RUN_NOT_FOUND", message: `There is no run ${runId} in this store.` });
  return row;
}

/** Newest values with their extremes, key metrics first, system metrics last. */
export function metricSummaries(table: RunTable, read: Readers, row: number, declared: readonly DeclaredMetric[]): MetricSummary[] {
  const run = table.run(row);
  const sites = run.launchKey === null ? null : read.launches.sites(run.launchKey);
  const latest = read.runs.latest(run.runKey);
  const chosen = keyMetrics([...table.metrics.keys()].filter((key) => latest.some((one) => one.key === key)), declared);
  const place = ({ key, isKey }: MetricSummary): number => (isKey ? chosen.indexOf(key) : key.startsWith("system/") ? 1e9 : 1e6);
  return latest
    .map(({ key, value, step, time, min, max, points }): MetricSummary => ({
      key,
      last: wireNumber(value),
      step,
      min: wireNumber(min ?? Number.NaN),
      max: wireNumber(max ?? Number.NaN),
      points,
      time,
      direction: directionOf(key, declared).direction,
      isKey: chosen.includes(key),
      site: sites?.get(key) ?? null,
    }))
    .sort((a, b) => place(a) - place(b) || (a.key < b.key ? -1 : 1));
}

/** All sources of each key, `shown` the one whose value is the run's; `differs` where not every run of the experiment has this run's value. */
export function paramValues(table: RunTable, read: Readers, row: number): { key: string; value: string; source: ParamSource; shown: boolean; differs: boolean }[] {
  const { runKey, experimentId } = table.run(row);
  const siblings: number[] = [];
  for (let other = 0; other < table.count; other++) {
    const run = table.run(other);
    if (run.experimentId === experimentId && run.deleted === null) siblings.push(other);
  }
  const varies = (key: string): boolean => {
    const values = table.params.get(key);
    return values !== undefined && siblings.some((other) => values.code(other) !== values.code(row));
  };
  const known = new Map<string, boolean>();
  const params = read.runs.params(runKey);
  const shown = shownParams(params);
  return params.map(({ key, value, source }) => {
    const differs = known.get(key) ?? varies(key);
    known.set(key, differs);
    return { key, value, source, shown: shown.get(key)?.source === source, differs };
  });
}

export function launchInfo(read: Readers, launchKey: number | null): LaunchInfo | null {
  const launch = launchKey === null ? undefined : read.launches.byKey(launchKey);
  if (!launch) return null;
  const { launchId, command, cwd, script, exitCode, signal, start, end, interpreter, host, packages, environment, code, pty, notes } = launch;
  const runIds = read.runs.ofLaunch(launch.launchKey).map((run) => run.runId);
  return { launchId, command, cwd, script, exitCode, signal, start, end, interpreter, host, packages, environment, code, pty, notes, runIds };
}

export function parsedException(text: string | null): RunException | null {
  if (text === null) return null;
  // SAFETY: the writer stored a RunException with its time; nothing else writes this column.
  const { rank, type, message, site, traceback } = JSON.parse(text) as RunException;
  return { ...(rank === undefined ? {} : { rank }), type, message, site, traceback };
}
