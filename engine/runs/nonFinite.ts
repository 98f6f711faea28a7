import type { StoreChange } from "../store/records.ts";
import type { RunTable } from "./columns/runTable.ts";
import { type DeclaredMetric, directionOf, keyMetrics } from "./keyMetrics.ts";

/** A key metric of a live run that became NaN or infinite. */
export interface NonFinite {
  readonly launchId: string;
  readonly runId: string;
  readonly title: string;
  readonly metric: string;
  readonly value: number;
  readonly step: number;
}

/**
 * Notices key metrics that stop being numbers, once for each run and metric. Where no metric of the run is a key one, all those
 * count of which it is known which way they are better: a training that only logs its loss is told too.
 */
export class NonFiniteWatch {
  readonly #table: RunTable;
  readonly #declared: () => readonly DeclaredMetric[];
  readonly #told = new Set<string>();

  constructor(table: RunTable, declared: () => readonly DeclaredMetric[]) {
    this.#table = table;
    this.#declared = declared;
  }

  /** After the table took the change in. A number that follows in the same commit hides nothing. */
  look(change: Pick<StoreChange, "latest">): NonFinite[] {
    return change.latest.flatMap(({ runKey, key, nonFinite }): NonFinite[] => {
      if (nonFinite === undefined || this.#told.has(`${runKey} ${key}`)) return [];
      const row = this.#table.rowOfKey(runKey);
      if (row === undefined || this.#table.run(row).status !== "running" || !this.#matters(row, key)) return [];
      this.#told.add(`${runKey} ${key}`);
      return [{ launchId: this.#table.launch(row)?.launchId ?? "", runId: this.#table.run(row).runId, title: this.#table.title(row), metric: key, ...nonFinite }];
    });
  }

  #matters(row: number, key: string): boolean {
    const declared = this.#declared();
    const own = [...this.#table.metrics].filter(([, values]) => values.get(row) !== null).map(([name]) => name);
    const chosen = keyMetrics(own, declared);
    return chosen.length > 0 ? chosen.includes(key) : directionOf(key, declared).direction !== "unknown";
  }
}
