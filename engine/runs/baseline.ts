import type { ProjectConfig } from "../api/config.ts";
import { compilePredicate } from "../expressions/evaluate.ts";
import type { RunTable } from "./columns/runTable.ts";
import { configurations } from "./groups/configurations.ts";
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
  readonly baseline: Baseline | null;
}

const known = new WeakMap<RunTable, Found>();

/** The run that `touchstone.yaml` names by id (or the beginning of one), by name, or by an expression; of several the newest. */
export function findBaseline(table: RunTable, declared: ProjectConfig["baseline"]): Baseline | null {
  if (declared === null) return null;
  const key = JSON.stringify(declared);
  const before = known.get(table);
  if (before?.version === table.version && before.declared === key) return before.baseline;
  const row = "run" in declared ? byName(table, declared.run) : newest(table, compilePredicate(declared.where, runScope(table)).test);
  const baseline = row === null ? null : { row, rows: siblings(table, row) };
  known.set(table, { version: table.version, declared: key, baseline });
  return baseline;
}

/** Shorter beginnings of an id would name runs by accident. */
const SHORTEST = 6;

function byName(table: RunTable, name: string): number | null {
  const exact = table.row(name);
  if (exact !== undefined) return table.run(exact).deleted === null ? exact : null;
  const begins = name.length >= SHORTEST && /^[0-9a-f-]+$/i.test(name);
  return newest(table, (row) => table.run(row).name === name || (begins && table.run(row).runId.startsWith(name)));
}

function newest(table: RunTable, fits: (row: number) => boolean): number | null {
  for (const row of table.newestFirst()) if (table.run(row).deleted === null && fits(row)) return row;
  return null;
}

function siblings(table: RunTable, row: number): number[] {
  const { of } = configurations(table);
  const rows: number[] = [];
  for (let other = 0; other < table.count; other++) if (of[other] === of[row] && table.run(other).deleted === null) rows.push(other);
  return rows;
}
