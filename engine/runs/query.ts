import type { RunQuery } from "../api/runs.ts";
import { compilePredicate } from "../expressions/evaluate.ts";
import { tableColumn } from "./cells.ts";
import type { RunTable } from "./columns/runTable.ts";
import { sortRows } from "./columns/sort.ts";
import { runScope } from "./scope.ts";
import { atOnce, type Steps } from "./turns.ts";

/** Rows in the query's order; `total` counts the scope before the filter. */
export interface QueryResult {
  readonly total: number;
  readonly rows: Uint32Array;
}

/** Rows that are looked at between two places where others may have their turn. */
const SOME_ROWS = 16_384;

/** The rows that the query is about, before its filter, newest first. */
export function scopeRows(table: RunTable, query: RunQuery): Uint32Array {
  return atOnce(scopeSteps(table, query));
}

/** The same in steps. */
export function* scopeSteps(table: RunTable, query: RunQuery): Steps<Uint32Array> {
  const view = query.view ?? "active";
  const experiments = query.experimentIds && table.experimentKeys(query.experimentIds);
  const parentRow = query.parent === undefined ? undefined : table.row(query.parent);
  const parentKey = query.parent === undefined ? undefined : parentRow === undefined ? -1 : table.run(parentRow).runKey;
  const fits = (row: number): boolean => {
    const run = table.run(row);
    return (
      (view === "all" || (run.deleted === null) === (view === "active")) &&
      (!experiments || experiments.has(run.experimentId)) &&
      (query.script === undefined || (table.launch(row)?.script ?? table.experiments.get(run.experimentId)?.script) === query.script) &&
      (query.topLevel !== true || run.parentKey === null) &&
      (parentKey === undefined || run.parentKey === parentKey)
    );
  };
  const all = query.runIds ? Uint32Array.from(namedRows(table, query.runIds)) : table.newestFirst();
  const rows = new Uint32Array(all.length);
  let found = 0;
  for (let i = 0; i < all.length; i++) {
    const row = all[i] ?? 0;
    if (fits(row)) rows[found++] = row;
    if (i % SOME_ROWS === SOME_ROWS - 1) yield;
  }
  return rows.subarray(0, found);
}

function namedRows(table: RunTable, runIds: readonly string[]): number[] {
  const rows = [...new Set(runIds)].flatMap((id) => table.row(id) ?? []);
  return rows.sort((a, b) => table.run(b).start - table.run(a).start || b - a);
}

/**
 * Scope, filter, order; `baseline` is the row that differences are taken from. Throws `EXPRESSION` with the place in the filter,
 * `UNKNOWN_COLUMN`.
 */
export function runQuery(table: RunTable, query: RunQuery, baseline: number | null = null): QueryResult {
  const scope = scopeRows(table, query);
  const filtered = query.filter !== undefined && query.filter.trim() !== "";
  // Newest first, which settles what the asked columns leave open.
  const rows = filtered ? scope.filter(compilePredicate(query.filter ?? "", runScope(table)).test) : scope.slice();
  for (const { column, descending } of [...(query.sort ?? [])].reverse()) sortRows(rows, tableColumn(table, column, baseline).sortKey(), descending);
  return { total: scope.length, rows };
}
