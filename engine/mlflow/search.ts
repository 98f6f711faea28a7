import { randomUUID } from "node:crypto";
import type { RunTable } from "../runs/columns/runTable.ts";
import { type SortKey, sortSteps } from "../runs/columns/sort.ts";
import type { TextColumn } from "../runs/columns/texts.ts";
import { scopeSteps } from "../runs/query.ts";
import { inTurns, ownTurn, type Steps } from "../runs/turns.ts";
import type { Readers } from "../store/store.ts";
import { checkFilter } from "./checkFilter.ts";
import { predicate } from "./find.ts";
import { pageToken, placeOf } from "./limits.ts";
import { orderClause, refuseTwice } from "./order.ts";
import type { RunQuery, RunSearch } from "./route.ts";
import { type DoorScope, doorScope, type SortColumn } from "./runScope.ts";
import { inTextOrder } from "./textOrder.ts";

/** A search is short; nobody stops one. */
const endless = new AbortController().signal;

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
    async page(query, size, token) {
      const place = placeOf(token);
      const kept = place.walk === undefined ? undefined : walks.get(place.walk);
      const rows = kept ?? (await inTurns(searchRows(table, read, query), endless));
      // What follows is written to the answer at once.
      await ownTurn();
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

/** Rows that are looked at between two places where others may have their turn. */
const SOME_ROWS = 8192;

function* searchRows(table: RunTable, read: Readers, { experimentIds, filter, orderBy, view }: RunQuery): Steps<Uint32Array> {
  const scope = doorScope(table, read);
  const clauses = orderBy.map(orderClause);
  refuseTwice(clauses, ({ name }) => {
    const { entity, key } = scope.fieldOf(name);
    return `${entity}.${key}`;
  });
  const sorted = clauses.map(({ name, descending }) => ({ column: scope.sortBy(name), descending }));
  const keep = filter.trim() === "" ? null : tested(filter, scope);
  const all = yield* scopeSteps(table, { experimentIds, view });
  const rows = keep === null ? all : yield* kept(all, keep);
  yield* settled(rows, table);
  for (const { column, descending } of sorted.reverse()) {
    yield* sortSteps(rows, yield* sortKey(rows, column), descending);
  }
  return rows;
}

function tested(filter: string, scope: DoorScope): (row: number) => boolean {
  checkFilter(filter, scope.fieldOf);
  return predicate(filter, scope).test;
}

function* kept(rows: Uint32Array, keep: (row: number) => boolean): Steps<Uint32Array> {
  const found = new Uint32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    if (keep(row)) found[count++] = row;
    if (i % SOME_ROWS === SOME_ROWS - 1) yield;
  }
  return found.subarray(0, count);
}

/** What the asked order leaves open: the rows come newest first; those that began in one millisecond go by id. */
function* settled(rows: Uint32Array, table: RunTable): Steps<void> {
  for (let from = 0, looked = 0; from < rows.length; ) {
    const start = table.facts.start(rows[from] ?? 0);
    let to = from + 1;
    while (to < rows.length && table.facts.start(rows[to] ?? 0) === start) to++;
    if (to - from > 1) rows.subarray(from, to).sort((a, b) => (table.run(a).runId < table.run(b).runId ? -1 : 1));
    from = to;
    if (from - looked < SOME_ROWS) continue;
    looked = from;
    yield;
  }
}

function* sortKey(rows: Uint32Array, column: SortColumn): Steps<SortKey> {
  if (column.kind === "number") return column.get;
  if (column.kind === "text") {
    const values = column.column;
    if (values === undefined) return () => null;
    const ranks = yield* textRanks(values);
    return (row) => ranks[values.code(row)] ?? null;
  }
  const texts: string[] = [];
  const ranks = new Map<string, number>();
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    const text = column.get(row);
    texts[row] = text;
    ranks.set(text, 0);
    if (i % SOME_ROWS === SOME_ROWS - 1) yield;
  }
  yield* rankedBy([...ranks.keys()], (text, rank) => ranks.set(text, rank));
  return (row) => ranks.get(texts[row] ?? "") ?? null;
}

/** The place of each value of a dictionary in the order of code points; kept until there are more values. */
function* textRanks(values: TextColumn): Steps<Float64Array> {
  const before = ranked.get(values);
  const count = values.size;
  if (before?.length === count) return before;
  const codes = new Map<string, number>();
  for (let code = 0; code < count; code++) {
    codes.set(values.value(code), code);
    if (code % SOME_ROWS === SOME_ROWS - 1) yield;
  }
  const ranks = new Float64Array(count);
  yield* rankedBy([...codes.keys()], (text, rank) => (ranks[codes.get(text) ?? 0] = rank));
  ranked.set(values, ranks);
  return ranks;
}

function* rankedBy(texts: readonly string[], put: (text: string, rank: number) => void): Steps<void> {
  const ordered = yield* inTextOrder(texts);
  for (let rank = 0; rank < ordered.length; rank++) {
    put(ordered[rank] ?? "", rank);
    if (rank % SOME_ROWS === SOME_ROWS - 1) yield;
  }
}

const ranked = new WeakMap<TextColumn, Float64Array>();
