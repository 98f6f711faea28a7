import type { ColumnId, Direction, MetricKey, RunKeys, ValueKey } from "../api/runs.ts";
import { directionByName } from "../config/directions.ts";
import type { RunTable } from "./columns/runTable.ts";
import type { TextColumn } from "./columns/texts.ts";

/** What `touchstone.yaml` says of a metric; a null direction is looked up by name. */
export interface DeclaredMetric {
  readonly key: string;
  readonly direction: "up" | "down" | null;
}

/** Columns that a new table shows, at most. */
const SHOWN = 8;
/** Metrics among them where nothing says which are the key ones. */
const SHOWN_METRICS = 3;
/** Values that a header's quick filter offers. */
const OFFERED = 10;

/** Which way a metric is better, and who says so. */
export function directionOf(key: string, declared: readonly DeclaredMetric[]): { direction: Direction; directionFrom: MetricKey["directionFrom"] } {
  const own = declared.find((metric) => metric.key === key)?.direction;
  if (own) return { direction: own, directionFrom: "declared" };
  const direction = directionByName(key);
  return { direction, directionFrom: direction === "unknown" ? "none" : "name" };
}

/** The folder's key metrics: the declared ones, else the last key that is measured on held-out data, else none. */
export function keyMetrics(keys: readonly string[], declared: readonly DeclaredMetric[]): string[] {
  const known = new Set(keys);
  const chosen = declared.map(({ key }) => key).filter((key) => known.has(key));
  if (chosen.length > 0) return chosen;
  const heldOut = keys.filter((key) => /(^|[^a-z])(val|valid|validation|test)([^a-z]|$)/i.test(key) && !key.startsWith("system/"));
  const last = heldOut.at(-1);
  return last === undefined ? [] : [last];
}

/** The columns that exist for these rows. */
export function runKeys(table: RunTable, rows: Uint32Array, declared: readonly DeclaredMetric[]): RunKeys {
  const metrics: MetricKey[] = [];
  const present: { key: string; runs: number }[] = [];
  for (const [key, values] of table.metrics) {
    let runs = rows.length === table.count ? values.count : 0;
    if (rows.length < table.count && values.count > 0) for (const row of rows) if (values.get(row) !== null) runs++;
    if (runs > 0) present.push({ key, runs });
  }
  const chosen = keyMetrics(present.map(({ key }) => key), declared);
  for (const { key, runs } of present) metrics.push({ key, runs, ...directionOf(key, declared), isKey: chosen.includes(key) });
  // Key metrics first, in the order in which they were declared: the most important one leads every view.
  const place = ({ key, isKey }: MetricKey): number => (isKey ? chosen.indexOf(key) : chosen.length);
  metrics.sort((a, b) => place(a) - place(b));
  const params = valueKeys(table.params, rows);
  const tags = valueKeys(table.tags, rows);
  return { metrics, params, tags, defaults: defaultColumns(metrics, params, rows.length) };
}

function valueKeys(columns: ReadonlyMap<string, TextColumn>, rows: Uint32Array): ValueKey[] {
  const found: ValueKey[] = [];
  for (const [key, values] of columns) {
    if (values.count === 0) continue;
    const { uses, n: runs } = values.usesAmong(rows);
    if (runs === 0) continue;
    let distinct = 0;
    let numeric = true;
    uses.forEach((count, code) => {
      if (count === 0) return;
      distinct++;
      numeric &&= values.isNumber(code);
    });
    found.push({ key, runs, distinct, varies: distinct > 1 || runs < rows.length, numeric, values: values.frequent(OFFERED, uses) });
  }
  return found;
}

/** Key metrics first, then the params that vary: those that differ among the runs or that only some runs have. */
function defaultColumns(metrics: readonly MetricKey[], params: readonly ValueKey[], runs: number): ColumnId[] {
  const key = metrics.filter(({ isKey }) => isKey);
  const ordinary = metrics.filter((metric) => !metric.isKey && !metric.key.startsWith("system/")).sort((a, b) => b.runs - a.runs);
  const shown = [...key, ...ordinary].slice(0, Math.max(key.length, SHOWN_METRICS)).map((metric) => `metrics.${metric.key}`);
  const varying = params.filter(({ varies }) => varies);
  // A param with a different value in nearly every run (an output path, a seed) tells less than one that groups them.
  varying.sort((a, b) => b.runs - a.runs || Number(a.distinct === runs) - Number(b.distinct === runs));
  return [...shown, ...varying.map((param) => `params.${param.key}`)].slice(0, SHOWN);
}
