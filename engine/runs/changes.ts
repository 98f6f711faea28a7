import type { Cell, ColumnId, RunsChanged } from "../api/runs.ts";
import type { StoreChange } from "../store/records.ts";
import { attributeNames, runHead, tableColumn } from "./cells.ts";
import type { RunTable } from "./columns/runTable.ts";

/** Between two events: at most ten a second. */
const PAUSE_MS = 100;

/** Collects what commits changed and tells it at most ten times a second, newest values only. */
export class ChangeFeed {
  readonly #table: RunTable;
  readonly #baseline: () => number | null;
  readonly #emit: (changed: RunsChanged) => void;
  #added = new Set<string>();
  #removed = new Set<string>();
  #columns = new Map<number, Set<ColumnId>>();
  readonly #known = new Set<number>();
  /** Deleted runs: one that is restored is told as added, however long ago it was deleted. */
  readonly #deleted = new Set<number>();
  #timer: NodeJS.Timeout | null = null;
  #told = 0;

  /** `baseline` is the row that differences are taken from, asked for with each event. */
  constructor(table: RunTable, baseline: () => number | null, emit: (changed: RunsChanged) => void) {
    this.#table = table;
    this.#baseline = baseline;
    this.#emit = emit;
    for (let row = 0; row < table.count; row++) {
      const { runKey, deleted } = table.run(row);
      this.#known.add(runKey);
      if (deleted !== null) this.#deleted.add(runKey);
    }
  }

  /** After the table took the change in. */
  take(change: StoreChange): void {
    for (const run of change.runs) {
      if (!this.#known.has(run.runKey)) this.#added.add(run.runId);
      this.#known.add(run.runKey);
      for (const name of attributeNames) this.#touch(run.runKey, name);
      if (run.deleted !== null) {
        this.#deleted.add(run.runKey);
        this.#removed.add(run.runId);
        this.#added.delete(run.runId);
      } else if (this.#deleted.delete(run.runKey)) {
        this.#removed.delete(run.runId);
        this.#added.add(run.runId);
      }
    }
    for (const { runKey, key } of [...change.latest, ...change.goneLatest]) {
      this.#touch(runKey, `metrics.${key}`);
      this.#touch(runKey, `delta.${key}`);
    }
    for (const { runKey, key } of change.params) this.#touch(runKey, `params.${key}`);
    for (const { runKey, key } of change.tags) this.#touch(runKey, `tags.${key}`);
    for (const launch of change.launches) if (launch.runKey !== null) for (const name of ["commit", "changes"]) this.#touch(launch.runKey, name);
    this.#soon();
  }

  /** Something about a run changed that no commit tells. */
  again(runKey: number): void {
    this.#touch(runKey, "status");
    this.#soon();
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** The first change after a pause goes out at once: a logged point is on the screen in time. */
  #soon(): void {
    this.#timer ??= setTimeout(() => this.#tell(), Math.max(0, this.#told + PAUSE_MS - performance.now()));
  }

  #touch(runKey: number, column: ColumnId): void {
    const columns = this.#columns.get(runKey);
    if (columns) columns.add(column);
    else this.#columns.set(runKey, new Set([column]));
  }

  #tell(): void {
    this.#timer = null;
    this.#told = performance.now();
    const [added, removed, touched] = [this.#added, this.#removed, this.#columns];
    this.#added = new Set();
    this.#removed = new Set();
    this.#columns = new Map();
    const changed: RunsChanged["changed"][number][] = [];
    const baseline = this.#baseline();
    for (const [runKey, columns] of touched) {
      const row = this.#table.rowOfKey(runKey);
      if (row === undefined) continue;
      const cells: Record<ColumnId, Cell> = {};
      for (const column of columns) cells[column] = tableColumn(this.#table, column, baseline).cell(row);
      changed.push({ runId: this.#table.run(row).runId, head: runHead(this.#table, row), cells });
    }
    this.#emit({ version: this.#table.version, added: [...added], removed: [...removed], changed });
  }
}
