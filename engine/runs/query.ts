import type { RunQuery } from "../api/runs.ts";
import { compilePredicate } from "../expressions/evaluate.ts";
import { tableColumn } from "./cells.ts";
import type { RunTable } from "./columns/runTable.ts";
import { sortRows } from "./columns/sort.ts";
import { runScope } from "./scope.ts";

/** Rows in the query's order; `total` counts the scope before the filter. */
export interface QueryResult {
  readonly total: number;
  readonly rows: Uint32Array;
}

/** The rows that the query is about, before its filter, in the order in which they were made. */
export function scopeRows(table: RunTable, query: RunQuery): Uint32Array {
  const view = query.view ?? "active";
  const experiments = query.experimentIds && new Set(query.experimentIds.map(Number));
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
  const candidates = query.runIds ? [...new Set(query.runIds)].flatMap((id) => table.row(id) ?? []).sort((a, b) => a - b) : null;
  const rows = new Uint32Array(candidates?.length ?? table.count);
  let found = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = candidates?.[i] ?? i;
    if (fits(row)) rows[found++] = row;
  }
  return rows.subarray(0, found);
}

/** Scope, filter, order. Throws `EXPRESSION` with the place in the filter, `UNKNOWN_COLUMN`. */
export function runQuery(table: RunTable, query: RunQuery): QueryResult {
  const scope = scopeRows(table, query);
  let rows = scope;
  if (query.filter !== undefined && query.filter.trim() !== "") {
    const { test } = compilePredicate(query.filter, runScope(table));
    rows = scope.filter(test);
  } else rows = scope.slice();
  // Newest first settles what the asked columns leave open.
  rows.reverse();
  sortRows(rows, (row) => table.run(row).start, true);
  for (const { column, descending } of [...(query.sort ?? [])].reverse()) sortRows(rows, tableColumn(table, column).sortKey(), descending);
  return { total: scope.length, rows };
}
