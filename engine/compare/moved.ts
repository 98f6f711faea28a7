import type { ColumnSummary, ComparedFileContent, DataSummary, MovedStatistic } from "../api/compare.ts";
import { brief } from "../runs/answer.ts";

/** Statistics of one file that are shown. */
const MOST = 8;
/** A mean that moved by less of a standard deviation, and a share by less, is the same for a person. */
const LEAST_SD = 0.01;
const LEAST_SHARE = 0.001;

type Sides = readonly (DataSummary | null)[];

/** What moved between the contents of one file in some runs; those that moved most first. A side whose content is not known is null. */
export function movedStatistics(name: string, sides: Sides, against: number): Omit<ComparedFileContent, "note"> {
  const base = sides[against] ?? sides.find((side) => side !== null) ?? null;
  if (base === null || sides.filter((side) => side !== null).length < 2) return { name, statistics: [], more: 0 };
  const columns = [...new Set(sides.flatMap((side) => side?.columns.map((column) => column.name) ?? []))];
  const shape = [counted("rows", sides.map((side) => side?.rows ?? null), base.rows), counted("columns", sides.map((side) => side?.columns.length ?? null), base.columns.length)];
  const of = columns.flatMap((column) => columnStatistics(column, sides, sides.indexOf(base)));
  const moved = of.filter(({ size }) => size > 0).sort((a, b) => b.size - a.size);
  const statistics = [...shape.filter(differs), ...moved.map(({ statistic }) => statistic)];
  return { name, statistics: statistics.slice(0, MOST), more: Math.max(0, statistics.length - MOST) };
}

function differs({ values }: MovedStatistic): boolean {
  const known = values.filter((value) => value !== null);
  return known.some((value) => value !== known[0]);
}

function counted(name: string, values: readonly (number | null)[], base: number): MovedStatistic {
  const changes = values.map((value) => (value === null || value === base ? null : `${signed(value - base)} (${brief(Number((Math.abs((value - base) / base) * 100).toPrecision(2)))} %)`));
  return { name, unit: "count", values, changes };
}

interface Moved {
  readonly statistic: MovedStatistic;
  /** Comparable between statistics: standard deviations, or ten times a share. 0: it did not move. */
  readonly size: number;
}

function columnStatistics(name: string, sides: Sides, against: number): Moved[] {
  const columns = sides.map((side) => side?.columns.find((column) => column.name === name) ?? null);
  const base = columns[against] ?? null;
  const known = (i: number): boolean => sides[i] !== null;
  if (columns.some((column, i) => column === null && known(i))) {
    const values = columns.map((column, i) => (known(i) ? (column === null ? "not there" : column.type) : null));
    return [{ statistic: { name, unit: "text", values, changes: values.map((value) => (value === null || value === values[against] ? null : value === "not there" ? "removed" : "added")) }, size: 100 }];
  }
  if (base === null) return [];
  if (columns.some((column) => column !== null && column.type !== base.type)) {
    const values = columns.map((column) => column?.type ?? null);
    return [{ statistic: { name: `${name}, type`, unit: "text", values, changes: values.map((value) => (value === base.type ? null : value)) }, size: 50 }];
  }
  return [share(`missing ${name}`, columns, base, ({ missing }) => missing), mean(name, columns, base), top(name, columns, base)].filter((moved) => moved !== null);
}

function share(name: string, columns: readonly (ColumnSummary | null)[], base: ColumnSummary, of: (column: ColumnSummary) => number): Moved {
  const values = columns.map((column) => (column === null ? null : of(column)));
  const size = Math.max(...values.map((value) => (value === null ? 0 : Math.abs(value - of(base)))));
  const changes = values.map((value) => (value === null || value === of(base) ? null : `${signed((value - of(base)) * 100)} points`));
  return { statistic: { name, unit: "share", values, changes }, size: size < LEAST_SHARE ? 0 : size * 10 };
}

function mean(name: string, columns: readonly (ColumnSummary | null)[], base: ColumnSummary): Moved | null {
  const from = base.mean;
  if (from === null) return null;
  const sd = base.sd !== null && base.sd > 0 ? base.sd : null;
  const values = columns.map((column) => column?.mean ?? null);
  const inSd = (value: number): number => (sd === null ? (value === from ? 0 : 1) : Math.abs(value - from) / sd);
  const size = Math.max(...values.map((value) => (value === null ? 0 : inSd(value))));
  const changes = values.map((value) => (value === null || value === from ? null : `${signed(value - from)}${sd === null ? "" : ` (${brief(Number(inSd(value).toPrecision(2)))} sd)`}`));
  return { statistic: { name: `${name}, mean`, unit: "number", values, changes }, size: size < LEAST_SD ? 0 : size };
}

/** The share of the value that is most frequent in the run held against; where another is most frequent elsewhere, which it is. */
function top(name: string, columns: readonly (ColumnSummary | null)[], base: ColumnSummary): Moved | null {
  const value = base.top?.value;
  if (value === undefined || base.distinct > 1000) return null;
  if (columns.every((column) => column === null || column.top?.value === value)) return share(`${name} = ${value}`, columns, base, (column) => column.top?.share ?? 0);
  const values = columns.map((column) => column?.top?.value ?? null);
  return { statistic: { name: `${name}, most frequent`, unit: "text", values, changes: values.map((other) => (other === null || other === value ? null : other)) }, size: 5 };
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${brief(Number(value.toPrecision(3)))}`;
}
