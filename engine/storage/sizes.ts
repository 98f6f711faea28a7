import { join } from "node:path";
import type { StorageOf, StorageRun } from "../api/storage.ts";
import { directoryBytes } from "../platform/directories.ts";
import type { RunTable } from "../runs/columns/runTable.ts";
import type { Store } from "../store/store.ts";

/** What each run takes, by its row of the table. */
export class RunSizes {
  readonly #artifacts = new Map<string, number>();
  readonly #points: Map<number, number>;
  readonly #logs = new Map<number, number>();
  readonly #table: RunTable;

  private constructor(store: Store, table: RunTable) {
    this.#table = table;
    this.#points = store.read.storage.points();
    const runOf = store.read.storage.sourceRuns();
    for (const { root, bytes } of store.read.storage.roots()) {
      const id = root.slice(root.indexOf(":") + 1);
      // A logged model's files are its run's.
      const run = root.startsWith("run:") ? id : root.startsWith("model:") ? runOf.get(id) : undefined;
      if (run !== undefined) this.#artifacts.set(run, (this.#artifacts.get(run) ?? 0) + bytes);
    }
  }

  static async read(store: Store, table: RunTable, rows: Iterable<number>): Promise<RunSizes> {
    const sizes = new RunSizes(store, table);
    for (const row of rows) {
      const { launchKey, runKey } = table.run(row);
      // A log is counted with the run that its launch began with.
      const launch = table.launch(row);
      if (launchKey === null || launch?.runKey !== runKey) continue;
      sizes.#logs.set(row, await directoryBytes(join(store.dir, "launches", launch.launchId)));
    }
    return sizes;
  }

  of(row: number): StorageOf {
    const { runId, runKey } = this.#table.run(row);
    const [artifacts, logs] = [this.#artifacts.get(runId) ?? 0, this.#logs.get(row) ?? 0];
    return { artifacts, logs, bytes: artifacts + logs, points: this.#points.get(runKey) ?? 0 };
  }

  described(row: number): StorageRun {
    const { runId, start, deleted } = this.#table.run(row);
    const server = this.#table.server(row);
    return { runId, ...(server === undefined ? {} : { server }), title: this.#table.title(row), experimentId: this.#table.experimentId(row), start, deleted: deleted !== null, ...this.of(row) };
  }

  /** The largest rows first; of equally large ones the one with more points, then the newer. */
  largest(rows: Iterable<number>, count: number): StorageRun[] {
    const sized = Array.from(rows, (row) => ({ row, ...this.of(row), start: this.#table.run(row).start }));
    sized.sort((a, b) => b.bytes - a.bytes || b.points - a.points || b.start - a.start);
    return sized.slice(0, count).map(({ row }) => this.described(row));
  }
}
