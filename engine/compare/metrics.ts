import type { ComparedMetric } from "../api/compare.ts";
import { wireNumber } from "../runs/cells.ts";
import type { RunTable } from "../runs/columns/runTable.ts";
import { configurations } from "../runs/groups/configurations.ts";
import { configurationRows } from "../runs/groups/partition.ts";
import { difference, finishedMoments, standardError } from "../runs/groups/spread.ts";
import { meanInterval } from "../statistics/mean.ts";
import { type DeclaredMetric, directionOf, keyMetrics } from "../runs/keyMetrics.ts";

/** Newest values side by side: key metrics first, then those that differ, system metrics last. */
export function compareMetrics(table: RunTable, rows: readonly number[], against: number, declared: readonly DeclaredMetric[]): ComparedMetric[] {
  const present = [...table.metrics].filter(([, values]) => rows.some((row) => values.get(row) !== null));
  const same = sameConfiguration(table, rows, against);
  const seeds = rows.map((row) => configurationRows(table, row));
  const keys = keyMetrics(present.map(([key]) => key), declared);
  const compared = present.map(([key, column]): ComparedMetric => {
    const values = rows.map((row) => column.get(row));
    const base = values[against] ?? null;
    const { direction } = directionOf(key, declared);
    const spreads = seeds.map((rows) => finishedMoments(table, rows, (row) => column.get(row)));
    const own = spreads[against];
    return {
      key,
      direction,
      isKey: keys.includes(key),
      values: values.map((value) => (value === null ? null : wireNumber(value))),
      differences: values.map((value, i) => (i === against || value === null || base === null ? null : wireNumber(value - base))),
      best: bestOf(values, direction),
      differs: values.some((value) => !Object.is(value, values[0])),
      seeds: spreads.map((found) => {
        const around = meanInterval(found);
        return found.n === 0 ? null : { n: found.n, mean: found.mean, se: standardError(found), low: around.value === null ? null : around.low, high: around.value === null ? null : around.high };
      }),
      chances: spreads.map((found, i) => {
        // Seeds of one configuration differ by chance and nothing else.
        if (i === against || own === undefined || same[i]) return null;
        const one = difference(found, own, direction);
        return one?.interval == null ? null : { value: one.value, ...one.interval, verdict: one.verdict };
      }),
    };
  });
  const place = ({ key, isKey, differs }: ComparedMetric): number => (isKey ? 0 : key.startsWith("system/") ? 3 : differs ? 1 : 2);
  return compared.sort((a, b) => place(a) - place(b) || keys.indexOf(a.key) - keys.indexOf(b.key) || (a.key < b.key ? -1 : 1));
}

/** Which of the rows differ from the one at `against` in nothing but a seed. */
export function sameConfiguration(table: RunTable, rows: readonly number[], against: number): boolean[] {
  const { of } = configurations(table);
  return rows.map((row) => of[row] === of[rows[against] ?? 0]);
}

function bestOf(values: readonly (number | null)[], direction: "up" | "down" | "unknown"): number[] {
  const known = values.flatMap((value, i) => (value === null || Number.isNaN(value) ? [] : [{ value, i }]));
  if (direction === "unknown" || known.length < 2) return [];
  const best = known.reduce((a, b) => ((direction === "up" ? b.value > a.value : b.value < a.value) ? b : a)).value;
  return known.filter(({ value }) => value === best).map(({ i }) => i);
}
