import { configChanged } from "../../engine/api/config.ts";
import { runsMembers } from "../../engine/api/groups.ts";
import { runsAnswer, runsChanged, runsKeys, runsPositions, runsWindow, type ColumnId, type RunKeys, type RunQuery, type RunsChanged } from "../../engine/api/runs.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { columnDecimals } from "../ui/format.ts";
import { rpc } from "../ui/host.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";
import { defaultColumns } from "./columns.ts";
import type { RunRow } from "./run-row.ts";
import { groupBy } from "./grouping.ts";
import { GroupSource, RunSource, type TableSource } from "./source.ts";
import type { TableState } from "./state.ts";

export const NO_KEYS: RunKeys = { metrics: [], params: [], tags: [], defaults: [] };

/** What the panel shows is about: all runs, those of a script, or those of an experiment. */
export interface TableScope {
  readonly script?: string;
  readonly experimentIds?: readonly string[];
}

export interface TableAnswer {
  readonly text: string;
  readonly best: Readonly<Record<ColumnId, string>>;
  readonly baseline: { readonly runId: string; readonly title: string; readonly runs: number } | null;
}

/** A filter that the engine could not read. */
export interface RefusedFilter {
  readonly filter: string;
  readonly error: ErrorShape;
}

const NO_ANSWER: TableAnswer = { text: "", best: {}, baseline: null };

/** What the extension says the panel is about. */
export function readScope(subject: unknown): TableScope {
  const about: Readonly<Record<string, unknown>> = typeof subject === "object" && subject !== null ? Object.fromEntries(Object.entries(subject)) : {};
  const { script, experimentId } = about;
  return { ...(typeof script === "string" && script !== "" ? { script } : {}), ...(typeof experimentId === "string" ? { experimentIds: [experimentId] } : {}) };
}

/** The engine's answers to one table: rows, keys, sentence; and what changes under it. */
export class TableData {
  source: TableSource | undefined;
  keys: RunKeys = NO_KEYS;
  columns: readonly ColumnId[] = [];
  decimals: ReadonlyMap<ColumnId, number> = new Map();
  answer: TableAnswer = NO_ANSWER;
  error: ErrorShape | undefined;
  /** The state's filter, where the engine cannot read it, and why. The rows are then those of the filter before. */
  refused: RefusedFilter | null = null;
  /** Runs that came since the rows were asked for and that the filter lets through. */
  fresh = 0;
  /** A run of a grouped table ended since: its means are of before. */
  stale = false;

  readonly #changed: () => void;
  readonly #patch: (change: RunsChanged) => void;
  readonly #added = new Set<string>();
  #scope: TableScope = {};
  #state: TableState;
  #filter = "";
  #busy: AbortController | undefined;
  #answering: ReturnType<typeof setTimeout> | undefined;
  #leave: () => void;

  constructor(state: TableState, changed: () => void, patch: (change: RunsChanged) => void) {
    this.#state = state;
    this.#changed = changed;
    this.#patch = patch;
    const leave = [
      rpc.on(runsChanged, (change) => this.#take(change)),
      // Baseline and directions stand in touchstone.yaml.
      rpc.on(configChanged, () => void this.load(this.#scope, this.#state)),
    ];
    this.#leave = () => leave.forEach((one) => one());
  }

  dispose(): void {
    this.#leave();
    this.#busy?.abort();
    clearTimeout(this.#answering);
  }

  /** The filter that the rows were asked with. */
  get filter(): string {
    return this.#filter;
  }

  get query(): RunQuery {
    return this.#queryBy(this.#filter);
  }

  #queryBy(filter: string): RunQuery {
    const { sort, view, group } = this.#state;
    // A filter and a group look at children too; without one they are found below their parents.
    return { ...this.#scope, view, ...(filter === "" && group.length === 0 ? { topLevel: true } : filter === "" ? {} : { filter }), ...(sort.length === 0 ? {} : { sort }) };
  }

  /** Asks for everything anew; the old rows stay until the new ones are here. */
  async load(scope: TableScope, state: TableState): Promise<void> {
    this.#scope = scope;
    this.#state = state;
    this.#busy?.abort();
    const busy = new AbortController();
    this.#busy = busy;
    const { signal } = busy;
    try {
      await this.#read(state.filter, signal);
      this.refused = null;
      this.#changed();
      await this.#ask(signal);
    } catch (error) {
      if (isCancelled(error)) return;
      const shape = errorShape(error);
      if (shape.code === "EXPRESSION" && state.filter !== "" && (await this.#without(shape, state.filter, signal))) return;
      this.error = shape;
      this.#changed();
    }
  }

  /** Takes over keys and rows under a filter, both or neither. */
  async #read(filter: string, signal: AbortSignal): Promise<void> {
    const query = this.#queryBy(filter);
    const keys = await rpc.request(runsKeys, { query }, { signal });
    const columns = this.#state.columns ?? defaultColumns(keys);
    const source = await this.#open(query, columns, signal);
    Object.assign(this, { keys, columns, source, decimals: decimalsOf(source, columns), error: undefined, fresh: 0, stale: false });
    this.#filter = filter;
    this.#added.clear();
  }

  /** The table stays as it was before a filter that cannot be read; what is wrong with it stands below the filter. False where that fails too. */
  async #without(error: ErrorShape, filter: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#read(this.#filter === filter ? "" : this.#filter, signal);
      this.refused = { filter, error };
      this.#changed();
      await this.#ask(signal);
      return true;
    } catch (failure) {
      return isCancelled(failure);
    }
  }

  #open(query: RunQuery, columns: readonly ColumnId[], signal: AbortSignal): Promise<TableSource> {
    const by = groupBy(this.#state.group);
    return by === undefined ? RunSource.open(query, columns, signal) : GroupSource.open(query, { by, open: this.#state.open }, columns, signal);
  }

  /** Asks for the rows again as they are folded in `state`; everything else stays. */
  async refold(state: TableState): Promise<void> {
    this.#state = state;
    this.source = await this.#open(this.query, this.columns, new AbortController().signal);
    this.#changed();
  }

  /** The runs of rows: those of groups are asked for. */
  async runIds(rowIds: readonly string[]): Promise<readonly string[]> {
    const by = groupBy(this.#state.group);
    const groups = rowIds.filter((id) => id.startsWith("group:"));
    if (groups.length === 0 || by === undefined) return rowIds.filter((id) => !id.startsWith("group:"));
    const { runIds } = await rpc.request(runsMembers, { query: this.query, group: by, ids: groups });
    return [...new Set([...rowIds.filter((id) => !id.startsWith("group:")), ...runIds])];
  }

  /** Shows or hides the children of a run. */
  async fold(row: RunRow): Promise<void> {
    const { source } = this;
    if (!(source instanceof RunSource)) return;
    const { positions } = await rpc.request(runsPositions, { query: source.query, runIds: [row.id] });
    this.source = await source.fold(row, (positions[0] ?? 1) - 1);
    this.#changed();
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const group = groupBy(this.#state.group);
    const { answer, best, baseline } = await rpc.request(runsAnswer, { query: this.query, columns: this.columns, ...(group === undefined ? {} : { group }) }, { signal });
    this.answer = { text: answer, best, baseline };
    this.#changed();
  }

  #take(change: RunsChanged): void {
    this.#patch(change);
    const first = this.source?.count === 0;
    // Of the archive, what was restored goes as what was deleted goes from the others.
    const gone = change.removed.length > 0 || (this.#state.view === "deleted" && change.added.length > 0);
    if (gone || (first && change.added.length > 0)) return void this.load(this.#scope, this.#state);
    for (const id of change.added) this.#added.add(id);
    if (this.#state.group.length > 0) this.stale ||= change.changed.some(({ head, cells }) => head.status === "finished" && "status" in cells);
    // Sentence and pill follow at most twice a second: the cells have changed already.
    this.#answering ??= setTimeout(() => {
      this.#answering = undefined;
      void this.#follow();
    }, 500);
  }

  async #follow(): Promise<void> {
    try {
      if (this.#added.size > 0) {
        const query = { ...this.query, runIds: [...this.#added] };
        this.fresh = (await rpc.request(runsWindow, { query, columns: [], from: 0, to: 0 })).matched;
      }
      await this.#ask(new AbortController().signal);
    } catch {
      // The next change asks again, and a lost engine is said on top of the panel.
    }
  }
}

function decimalsOf(source: TableSource, columns: readonly ColumnId[]): Map<ColumnId, number> {
  const metrics = columns.filter((id) => id.startsWith("metrics."));
  const { head } = source;
  return new Map(
    metrics.map((id) => {
      const values = head.map((row) => row.cells[id] ?? null).map((cell) => (typeof cell === "number" ? cell : null));
      return [id, values.every((value) => value === null) ? 4 : columnDecimals(values)];
    }),
  );
}
