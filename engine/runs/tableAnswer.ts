import type { ColumnId, Direction } from "../api/runs.ts";
import type { Moments } from "../statistics/mean.ts";
import { brief } from "./answer.ts";
import type { Baseline } from "./baseline.ts";
import type { RunTable } from "./columns/runTable.ts";
import { configurationSteps } from "./groups/configurations.ts";
import { meansOf } from "./groups/columns.ts";
import { type Partition, partition } from "./groups/partition.ts";
import { type Difference, difference, finishedMoments, standardError } from "./groups/spread.ts";
import { seedsOf } from "./groups/window.ts";
import type { Steps } from "./turns.ts";
import { type DeclaredMetric, directionOf, keyMetrics } from "./keyMetrics.ts";

/** Rows that stand together: a run, a configuration, a group. */
export type Rows = ArrayLike<number> & Iterable<number>;

interface Place {
  readonly rows: Rows;
  readonly found: Moments;
}

/** What an answer is about. `declared` of the project's baseline is kept apart from the one that was found among the runs. */
export interface AnswerScope {
  readonly table: RunTable;
  readonly declared: readonly DeclaredMetric[];
  readonly baseline: Baseline | null;
  /** touchstone.yaml names a baseline. */
  readonly baselineDeclared: boolean;
}

/** The two best groups, by the mean of their finished runs; fewer where fewer have a value. Of equal ones the first in `order`. */
function bestTwo(table: RunTable, groups: Partition, order: Iterable<number>, key: string, direction: Exclude<Direction, "unknown">): Place[] {
  const values = table.metrics.get(key);
  if (values === undefined) return [];
  const value = (row: number): number | null => values.get(row);
  const means = meansOf(table, groups, value);
  const sign = direction === "up" ? 1 : -1;
  let [first, second] = [-1, -1];
  for (const group of order) {
    const mean = sign * (means[group] ?? Number.NaN);
    if (Number.isNaN(mean)) continue;
    if (first === -1 || mean > sign * (means[first] ?? 0)) [first, second] = [group, first];
    else if (second === -1 || mean > sign * (means[second] ?? 0)) second = group;
  }
  return [first, second].filter((group) => group !== -1).map((group) => ({ rows: groups.rows(group), found: finishedMoments(table, groups.rows(group), value) }));
}

/** The rows of the best group of each metric column among at least two; a column without a known direction has none. A step for each column. */
export function* bestOfColumns({ table, declared }: Pick<AnswerScope, "table" | "declared">, groups: Partition, order: Uint32Array, columns: readonly ColumnId[]): Steps<Map<ColumnId, Rows>> {
  const found = new Map<ColumnId, Rows>();
  for (const id of columns) {
    const key = id.slice("metrics.".length);
    const { direction } = directionOf(key, declared);
    if (!id.startsWith("metrics.") || direction === "unknown") continue;
    yield;
    const [first, second] = bestTwo(table, groups, order, key, direction);
    if (first !== undefined && second !== undefined) found.set(id, first.rows);
  }
  return found;
}

/** The sentence above the runs table (UX rule 2): which configuration is best by the key metric, or what is missing to say so. */
export function* tableAnswer(scope: AnswerScope, rows: Uint32Array): Steps<string> {
  const { table, declared } = scope;
  if (rows.length === 0) return "";
  const finished = rows.filter((row) => table.facts.finished(row));
  const running = rows.reduce((n, row) => n + Number(table.run(row).status === "running"), 0);
  const live = running === 0 ? "" : ` ${running === 1 ? "1 run is" : `${running} runs are`} under way.`;
  if (finished.length === 0) return running > 0 ? `No run has finished yet.${live}` : "No run has finished: their states and logs say why.";
  const done = `${count(finished.length)} finished`;
  yield;
  const present = [...table.metrics].filter(([, values]) => rows.some((row) => values.get(row) !== null)).map(([key]) => key);
  const [key] = keyMetrics(present, declared);
  if (key === undefined) return present.length === 0 ? `${done}, and none logged a metric.${live}` : `${done}. No metric is named as held-out (val, test) or declared in touchstone.yaml, so none is the best.${live}`;
  const { direction } = directionOf(key, declared);
  if (direction === "unknown") return `${done}. Whether ${key} should rise or fall is not known: declare it in touchstone.yaml.${live}`;
  yield* configurationSteps(table);
  const groups = partition(table, finished, "seeds");
  yield;
  const [first, second] = bestTwo(table, groups, Uint32Array.from({ length: groups.count }, (_, group) => group), key, direction);
  if (first === undefined) return `${done}, none with a value of ${key}.${live}`;
  return `${sentence(scope, key, direction, first, second, done)}${live}`;
}

function sentence(scope: AnswerScope, key: string, direction: Exclude<Direction, "unknown">, first: Place, second: Place | undefined, done: string): string {
  const { table, baseline } = scope;
  const title = titleOf(table, first);
  const repeated = first.rows.length > 1;
  const diverged = first.rows.length - first.found.n;
  const value = `**${withError(first.found)}${repeated ? ` (${repeats(table, first.rows)}${diverged > 0 ? `, ${diverged} of them without a finite value` : ""})` : ""}`;
  if (second === undefined) return repeated ? `**${title}** is the only finished configuration with ${key}: ${value}. A second one makes a comparison.` : `**${title}** is the only finished run with ${key}: ${value}. A second run makes a comparison.`;
  if (first.found.mean === second.found.mean) return `**${title}** and **${titleOf(table, second)}** are level on ${key}: ${value}${repeated ? "" : ` (${done})`}.`;
  const opening = `**${title}** is best on ${key}: ${value}`;
  const base = baseline === null ? null : finishedMoments(table, baseline.rows, (row) => table.metrics.get(key)?.get(row) ?? null);
  if (baseline !== null && base !== null && base.n > 0 && !includes(first.rows, baseline.row)) {
    return `${opening}, ${overBaseline(first.found, base, direction)}. ${overSecond(table, first, second, direction)}`;
  }
  const own = baseline !== null && includes(first.rows, baseline.row) ? " It is the baseline." : scope.baselineDeclared && (base === null || base.n === 0) ? " The baseline of touchstone.yaml has no finished run with a value here." : "";
  const found = difference(first.found, second.found, direction);
  const ahead = `${apart(found, first, second)} ahead of ${titleOf(table, second)}`;
  if (found?.interval) return `${opening}, ${ahead} (95 % CI ${range(found)}${found.verdict === "chance" ? ": within chance" : ""}).${own}`;
  if (!repeated && second.rows.length === 1) return `${opening}, ${ahead} (${done}; one run each does not rule out chance).${own}`;
  return `${opening}, ${ahead} (${missing(table, first, second)}).${own}`;
}

/** The difference to the baseline: coloured where it is more than chance. */
function overBaseline(own: Moments, base: Moments, direction: Exclude<Direction, "unknown">): string {
  const found = difference(own, base, direction);
  if (found === null) return "";
  const text = found.interval === null ? `${found.value > 0 ? "+" : ""}${brief(Number(found.value.toPrecision(4)))}` : signed(found.value, decimalsOf(found));
  const where = found.value >= 0 ? "over the baseline" : "under the baseline";
  if (found.interval === null) return `${text} ${where} (${base.n < 2 ? "one run of the baseline" : own.n < 2 ? "one seed" : "no spread among the seeds"}: chance is not ruled out; run ${base.n < 2 && own.n < 2 ? "both" : "it"} with more seeds)`;
  const marked = found.verdict === "chance" ? text : `[${found.verdict === "better" ? "+" : "-"}|${text}]`;
  return `${marked} ${where} (95 % CI ${range(found)}${found.verdict === "chance" ? ": within chance" : ""})`;
}

/** Whether the best can be told apart from the next one. */
function overSecond(table: RunTable, first: Place, second: Place, direction: Exclude<Direction, "unknown">): string {
  const found = difference(first.found, second.found, direction);
  const title = titleOf(table, second);
  if (found?.interval == null) return `${title}, ${second.rows.length === 1 ? "one seed" : repeats(table, second.rows)}, cannot be told apart from it.`;
  if (found.verdict === "chance") return `${title} (${repeats(table, second.rows)}) cannot be told apart from it (95 % CI ${range(found)}).`;
  return `Next is ${title}, ${apart(found, first, second)} behind (95 % CI ${range(found)}).`;
}

/** Why the two best cannot be told apart. */
function missing(table: RunTable, first: Place, second: Place): string {
  const single = [first, second].filter(({ found }) => found.n < 2);
  if (single.length === 0) return "their runs do not vary, so chance cannot be judged: is the seed fixed in the code?";
  return `${single.map((place) => titleOf(table, place)).join(" and ")} ran with one seed: chance is not ruled out`;
}

function titleOf(table: RunTable, { rows }: Place): string {
  const row = rows[0] ?? 0;
  return rows.length === 1 ? table.title(row) : table.configurationTitle(row);
}

/** `5 seeds`; `5 runs of 3 seeds` where a seed was run again; `5 runs` where no param is a seed. */
function repeats(table: RunTable, rows: Rows): string {
  const seeds = seedsOf(table, rows);
  if (rows.length === 1) return seeds === null ? "1 run" : "1 seed";
  return seeds === rows.length ? `${seeds} seeds` : seeds === null ? count(rows.length) : `${rows.length} runs of ${seeds === 1 ? "1 seed" : `${seeds} seeds`}`;
}

/** `0.7102** ± 0.0055`: the mean has the decimals of its error, which has two digits. */
function withError(found: Moments): string {
  const error = standardError(found);
  if (error === null || !(error > 0)) return `${brief(found.mean)}**${error === 0 ? " ± 0" : ""}`;
  const decimals = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(error))));
  return `${minus(found.mean.toFixed(decimals))}** ± ${error.toFixed(decimals)}`;
}

/** How far two means lie apart, with the decimals of their interval. */
function apart(found: Difference | null, first: Place, second: Place): string {
  const size = Math.abs(first.found.mean - second.found.mean);
  return found?.interval ? size.toFixed(decimalsOf(found)) : brief(size);
}

function range(found: Difference): string {
  const decimals = decimalsOf(found);
  return found.interval === null ? "" : `${signed(found.interval.low, decimals)} … ${signed(found.interval.high, decimals)}`;
}

/** Two digits of the interval's half width. */
function decimalsOf({ interval }: Difference): number {
  const size = interval === null ? 0 : (interval.high - interval.low) / 2;
  return size > 0 && Number.isFinite(size) ? Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(size)))) : 4;
}

function signed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return Number(text) === 0 ? text : `${value > 0 ? "+" : "−"}${text}`;
}

function includes(rows: Rows, row: number): boolean {
  for (const one of rows) if (one === row) return true;
  return false;
}

function minus(text: string): string {
  return text.replace("-", "−");
}

function count(runs: number): string {
  return runs === 1 ? "1 run" : `${runs} runs`;
}
