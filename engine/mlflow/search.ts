import { nameOf } from "../expressions/ast.ts";
import { tokenize } from "../expressions/tokens.ts";
import type { RunTable } from "../runs/columns/runTable.ts";
import { type SortKey, sortRows } from "../runs/columns/sort.ts";
import { tableColumn } from "../runs/cells.ts";
import { runQuery } from "../runs/query.ts";
import { runScope } from "../runs/scope.ts";
import { invalid } from "./errors.ts";
import type { RunSearch } from "./route.ts";

/** `runs/search` over the columns in memory: MLflow's filters are a part of the expression grammar. */
export function createRunSearch(table: RunTable): RunSearch {
  return {
    find({ experimentIds, filter, orderBy, view }) {
      const { rows } = runQuery(table, { experimentIds, filter, view });
      // What the asked order leaves open: newest first, then by id.
      const ids = [...rows].map((row) => table.run(row).runId).sort();
      const place = new Map(ids.map((id, i) => [id, i]));
      sortRows(rows, (row) => place.get(table.run(row).runId) ?? null, false);
      sortRows(rows, (row) => table.run(row).start, true);
      for (const { key, descending } of orderBy.map((clause) => orderOf(table, clause)).reverse()) sortRows(rows, key, descending);
      return Array.from(rows, (row) => table.run(row).runId);
    },
  };
}

function orderOf(table: RunTable, clause: string): { key: SortKey; descending: boolean } {
  const [, text = "", direction = "asc"] = /^\s*(.*?)(?:\s+(asc|desc))?\s*$/is.exec(clause) ?? [];
  const [token, ...rest] = tokenize(text).filter(({ kind }) => kind !== "end");
  if (token?.kind !== "word" || rest.length > 0) throw invalid(`Invalid order_by clause '${clause}'. Expected \`metrics.key\`, \`params.key\`, \`tags.key\` or an attribute, with ASC or DESC.`);
  const name = nameOf(token.segments);
  const descending = direction.toLowerCase() === "desc";
  if (name.entity === "metrics" || name.entity === "params" || name.entity === "tags") {
    return { key: tableColumn(table, `${name.entity}.${name.key}`).sortKey(), descending };
  }
  const column = runScope(table).resolve(name);
  if (!column) throw invalid(`Invalid order_by clause '${clause}': a run has no attribute ${name.key}.`);
  if (column.kind === "number" || column.kind === "time") return { key: column.get, descending };
  const values = [...new Set(Array.from({ length: table.count }, (_, row) => String(column.get(row) ?? "")))].sort();
  const ranks = new Map(values.map((value, rank) => [value, rank]));
  return { key: (row) => (column.get(row) === null ? null : (ranks.get(String(column.get(row))) ?? null)), descending };
}
