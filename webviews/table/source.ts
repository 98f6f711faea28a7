import { runsWindow, type ColumnId, type RunQuery, type RunsWindow } from "../../engine/api/runs.ts";
import { rpc } from "../ui/host.ts";
import type { GridSource } from "../ui/grid/column.ts";
import { runsGroups, type GroupBy, type GroupsWindow } from "../../engine/api/groups.ts";
import { groupRows, rowsOf, stretches, type RunRow, type Unfolded } from "./run-row.ts";

const FIRST_ROWS = 100;

/** Rows of a table, grouped or not, as one answer of the engine. */
export interface TableSource extends GridSource<RunRow> {
  /** Runs before and after the filter. */
  readonly total: number;
  readonly matched: number;
  /** The rows that came with the answer itself. */
  readonly head: readonly RunRow[];
}

/** What a table's rows are asked with. */
export interface Grouping {
  readonly by: GroupBy;
  /** Ids of the unfolded groups. */
  readonly open: readonly string[];
}

/** One answer of the engine to a grouped query. */
export class GroupSource implements TableSource {
  readonly count: number;
  readonly total: number;
  readonly matched: number;
  readonly #ask: (from: number, to: number, signal: AbortSignal) => Promise<GroupsWindow>;
  readonly #first: GroupsWindow;

  private constructor(ask: (from: number, to: number, signal: AbortSignal) => Promise<GroupsWindow>, first: GroupsWindow) {
    this.#ask = ask;
    this.#first = first;
    this.count = first.lines;
    this.total = first.total;
    this.matched = first.matched;
  }

  static async open(query: RunQuery, { by, open }: Grouping, columns: readonly ColumnId[], signal: AbortSignal): Promise<GroupSource> {
    const ask = (from: number, to: number, cancelled: AbortSignal): Promise<GroupsWindow> => rpc.request(runsGroups, { query, group: by, columns, open, from, to }, { signal: cancelled });
    return new GroupSource(ask, await ask(0, FIRST_ROWS, signal));
  }

  get head(): readonly RunRow[] {
    return groupRows(this.#first.rows);
  }

  async rows(from: number, to: number, signal: AbortSignal): Promise<readonly RunRow[]> {
    const { head } = this;
    return to <= head.length ? head.slice(from, to) : groupRows((await this.#ask(from, to, signal)).rows);
  }
}
const MOST_CHILDREN = 500;

/** One answer of the engine to a query: its counts, and its rows by range, with unfolded children between them. */
export class RunSource implements TableSource {
  readonly count: number;
  readonly total: number;
  readonly matched: number;
  readonly query: RunQuery;
  readonly columns: readonly ColumnId[];
  readonly #first: RunsWindow;
  readonly #unfolded: ReadonlyMap<string, Unfolded>;

  private constructor(query: RunQuery, columns: readonly ColumnId[], first: RunsWindow, unfolded: ReadonlyMap<string, Unfolded>) {
    this.query = query;
    this.columns = columns;
    this.#first = first;
    this.#unfolded = unfolded;
    this.total = first.total;
    this.matched = first.matched;
    this.count = first.matched + [...unfolded.values()].reduce((sum, { children }) => sum + children.length, 0);
  }

  /** Asks for the first rows; a failure (a filter that cannot be read) rejects. */
  static async open(query: RunQuery, columns: readonly ColumnId[], signal: AbortSignal): Promise<RunSource> {
    const first = await rpc.request(runsWindow, { query, columns, from: 0, to: FIRST_ROWS }, { signal });
    return new RunSource(query, columns, first, new Map());
  }

  /** The same answer with one run's children shown or hidden. `place` counts runs of their own. */
  async fold(row: RunRow, place: number): Promise<RunSource> {
    const unfolded = new Map(this.#unfolded);
    if (!unfolded.delete(row.id)) {
      const { sort } = this.query;
      const window = await rpc.request(runsWindow, { query: { parent: row.id, ...(sort === undefined ? {} : { sort }) }, columns: this.columns, from: 0, to: MOST_CHILDREN });
      unfolded.set(row.id, { place, children: rowsOf(window, 1, new Set()) });
    }
    return new RunSource(this.query, this.columns, this.#first, unfolded);
  }

  /** The rows that came with the answer itself. */
  get head(): readonly RunRow[] {
    return rowsOf(this.#first, 0, new Set(this.#unfolded.keys()));
  }

  async rows(from: number, to: number, signal: AbortSignal): Promise<readonly RunRow[]> {
    const unfolded = [...this.#unfolded.values()].sort((a, b) => a.place - b.place);
    const parts = stretches(from, to, this.matched, unfolded);
    const loaded = await Promise.all(parts.map(async (part) => ("rows" in part ? part.rows : this.#own(part.from, part.to, signal))));
    return loaded.flat();
  }

  async #own(from: number, to: number, signal: AbortSignal): Promise<readonly RunRow[]> {
    const { head } = this;
    if (to <= head.length) return head.slice(from, to);
    const window = await rpc.request(runsWindow, { query: this.query, columns: this.columns, from, to }, { signal });
    return rowsOf(window, 0, new Set(this.#unfolded.keys()));
  }
}
