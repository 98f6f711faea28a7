import type { ProjectConfig } from "../api/config.ts";
import { compilePredicate } from "../expressions/evaluate.ts";
import type { RunTable } from "./columns/runTable.ts";
import { configurationRows } from "./groups/partition.ts";
import { runScope } from "./scope.ts";

/** The run that others are compared with. */
export interface Baseline {
  readonly row: number;
  /** Rows of its configuration that are not deleted: the run and its other seeds. */
  readonly rows: readonly number[];
}

interface Found {
  readonly version: number;
  readonly declared: string;
  readonly row: number | null;
  /** When that run began: one that is moved in time may no longer be the newest. */
  readonly start: number;
  readonly baseline: Baseline | null;
}

const known = new WeakMap<RunTable, Found>();

/** The run that `touchstone.yaml` names by id (or the beginning of one), by name, or by an expression; of several the newest. */
export function findBaseline(table: RunTable, declared: ProjectConfig["baseline"]): Baseline | null {
  if (declared === null) return null;
  const key = JSON.stringify(declared);
  const found = known.get(table);
  const before = found?.declared === key ? found : undefined;
  if (before?.version === table.version) return before.baseline;
  const exact = "run" in declared ? table.row(declared.run) : undefined;
  const row = exact === undefined ? newestOf(table, before, "run" in declared ? named(table, declared.run) : compilePredicate(declared.where, runScope(table)).test) : table.run(exact).deleted === null ? exact : null;
  const baseline = row === null ? null : { row, rows: configurationRows(table, row) };
  known.set(table, { version: table.version, declared: key, row, start: row === null ? 0 : table.run(row).start, baseline });
  return baseline;
}

/** Shorter beginnings of an id would name runs by accident. */
const SHORTEST = 6;

function named(table: RunTable, name: string): (row: number) => boolean {
  const begins = name.length >= SHORTEST && /^[0-9a-f-]+$/i.test(name);
  return (row) => table.run(row).name === name || (begins && table.run(row).runId.startsWith(name));
}

/** The newest row that fits: after a point was logged only the changed rows are looked at, not all runs again. */
function newestOf(table: RunTable, before: Found | undefined, fits: (row: number) => boolean): number | null {
  const isOne = (row: number): boolean => table.run(row).deleted === null && fits(row);
  const changed = before === undefined ? null : table.changedSince(before.version);
  const kept = before?.row ?? null;
  if (before === undefined || changed === null || (kept !== null && changed.has(kept) && (table.run(kept).start !== before.start || !isOne(kept)))) {
    for (const row of table.newestFirst()) if (isOne(row)) return row;
    return null;
  }
  let found = kept;
  for (const row of changed) if ((found === null || isLater(table, row, found)) && isOne(row)) found = row;
  return found;
}

function isLater(table: RunTable, row: number, other: number): boolean {
  const [a, b] = [table.run(row).start, table.run(other).start];
  return a > b || (a === b && row > other);
}
