import { randomUUID } from "node:crypto";
import { byCodePoint } from "../expressions/compare.ts";
import type { RunTable } from "../runs/columns/runTable.ts";
import { type SortKey, sortRows } from "../runs/columns/sort.ts";
import type { TextColumn } from "../runs/columns/texts.ts";
import { scopeRows } from "../runs/query.ts";
import type { Readers } from "../store/store.ts";
import { checkFilter } from "./checkFilter.ts";
import { predicate } from "./find.ts";
import { pageToken, placeOf } from "./limits.ts";
import { orderClause, refuseTwice } from "./order.ts";
import type { RunQuery, RunSearch } from "./route.ts";
import { type DoorScope, doorScope, type SortColumn } from "./runScope.ts";

/** Searches whose order is kept for their next pages. */
const WALKS = 8;

/**
 * `runs/search` over the columns in memory. A walk over all pages goes on in the order of its first page, as long as that
 * is among the last few that were begun; afterwards behind the run that the page before ended with. So runs that are made
 * meanwhile neither repeat a run nor hide one.
 */
export function createRunSearch(table: RunTable, read: Readers): RunSearch {
  const walks = new Map<string, Uint32Array>();
  return {
    page(query, size, token) {
      const place = placeOf(token);
      const kept = place.walk === undefined ? undefined : walks.get(place.walk);
      const rows = kept ?? searchRows(table, read, query);
      const last = kept !== undefined || place.after === undefined ? -1 : rows.indexOf(table.row(place.after) ?? -1);
      const start = last < 0 ? place.offset : last + 1;
      const end = start + size;
      const ending = rows[end - 1];
      const page = Array.from(rows.subarray(start, end), (row) => table.run(row));
      if (end >= rows.length || ending === undefined) {
        if (place.walk !== undefined) walks.delete(place.walk);
        return { runs: page };
      }
      const walk = (kept === undefined ? undefined : place.walk) ?? randomUUID();
      // The one that was asked for last goes last.
      walks.delete(walk);
      walks.set(walk, rows);
      const [oldest] = walks.keys();
      if (walks.size > WALKS && oldest !== undefined) walks.delete(oldest);
      return { runs: page, next: pageToken({ offset: end, after: table.run(ending).runId, walk }) };
    },
  };
}

function searchRows(table: RunTable, read: Readers, { experimentIds, filter, orderBy, view }: RunQuery): Uint32Array {
  const scope = doorScope(table, read);
  const clauses = orderBy.map(orderClause);
  refuseTwice(clauses, ({ name }) => {
    const { entity, key } = scope.fieldOf(name);
    return `${entity}.${key}`;
  });
  const keys = clauses.map(({ name, descending }) => ({ key: sortKey(table, scope.sortBy(name)), descending }));
  const all = scopeRows(table, { experimentIds, view });
  const rows = filter.trim() === "" ? all : all.filter(keep(filter, scope));
  settle(rows, table);
  for (const { key, descending } of keys.reverse()) sortRows(rows, key, descending);
  return rows;
}

function keep(filter: string, scope: DoorScope): (row: number) => boolean {
  checkFilter(filter, scope.fieldOf);
  return predicate(filter, scope).test;
}

/** What the asked order leaves open: the rows come newest first; those that began in one millisecond go by id. */
function settle(rows: Uint32Array, table: RunTable): void {
  for (let from = 0; from < rows.length; ) {
    const start = table.facts.start(rows[from] ?? 0);
    let to = from + 1;
    while (to < rows.length && table.facts.start(rows[to] ?? 0) === start) to++;
    if (to - from > 1) rows.subarray(from, to).sort((a, b) => (table.run(a).runId < table.run(b).runId ? -1 : 1));
    from = to;
  }
}

function sortKey(table: RunTable, column: SortColumn): SortKey {
  if (column.kind === "number") return column.get;
  if (column.kind === "text") {
    const values = column.column;
    if (values === undefined) return () => null;
    const ranks = textRanks(values);
    return (row) => ranks[values.code(row)] ?? null;
  }
  const values = Array.from({ length: table.count }, (_, row) => column.get(row));
  const ranks = new Map([...new Set(values)].sort(byCodePoint).map((value, rank) => [value, rank]));
  return (row) => ranks.get(values[row] ?? "") ?? null;
}

/** The place of each value of a dictionary in the order of code points; kept until there are more values. */
function textRanks(values: TextColumn): Float64Array {
  const kept = ranked.get(values);
  if (kept?.length === values.size) return kept;
  const codes = Array.from({ length: values.size }, (_, code) => code).sort((a, b) => byCodePoint(values.value(a), values.value(b)));
  const ranks = new Float64Array(values.size);
  for (const [rank, code] of codes.entries()) ranks[code] = rank;
  ranked.set(values, ranks);
  return ranks;
}

const ranked = new WeakMap<TextColumn, Float64Array>();
