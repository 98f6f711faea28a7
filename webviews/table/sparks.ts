import { metricCurves, type ColumnId } from "../../engine/api/runs.ts";
import { rpc } from "../ui/host.ts";

/** A run's curve for its cell, on the scale of its column. */
export interface Spark {
  readonly y: Float64Array;
  readonly low: number;
  readonly high: number;
}

/** Two columns are enough to see shapes, and each costs one request per screen. */
const MOST_COLUMNS = 2;
const POINTS = 40;
const KEPT = 2000;

/** The small curves of the rows in sight, fetched once per run and metric and again when it changed. */
export class Sparks {
  readonly #changed: () => void;
  readonly #kept = new Map<string, Float64Array>();
  readonly #scales = new Map<string, { low: number; high: number }>();
  /** Shown until the newer curve is here. */
  readonly #stale = new Set<string>();
  #busy = false;
  #next: (() => Promise<void>) | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Which of these columns carry a curve. */
  columns(ids: readonly ColumnId[]): ColumnId[] {
    return ids.filter((id) => id.startsWith("metrics.")).slice(0, MOST_COLUMNS);
  }

  of(runId: string, key: string): Spark | undefined {
    const y = this.#kept.get(`${key}\n${runId}`);
    const scale = this.#scales.get(key);
    return y === undefined || y.length < 2 || scale === undefined ? undefined : { y, ...scale };
  }

  /** What is kept of these runs is out of date. */
  forget(runIds: readonly string[]): void {
    for (const id of runIds) for (const key of this.#scales.keys()) this.#stale.add(`${key}\n${id}`);
  }

  /** Fetches what is not here or out of date. One request at a time: of the wishes that come meanwhile the last one counts. */
  async want(runIds: readonly string[], keys: readonly string[]): Promise<void> {
    if (this.#busy) {
      this.#next = () => this.want(runIds, keys);
      return;
    }
    const missing = keys.map((key) => ({ key, ids: runIds.filter((id) => !this.#kept.has(`${key}\n${id}`) || this.#stale.has(`${key}\n${id}`)) })).filter(({ ids }) => ids.length > 0);
    if (missing.length === 0) return;
    this.#busy = true;
    if (this.#kept.size > KEPT) this.#kept.clear();
    try {
      await Promise.all(missing.map(({ key, ids }) => this.#fetch(key, ids)));
      this.#changed();
    } catch {
      // A sparkline is an ornament: the value stands beside it, and the curves below say what is wrong.
      for (const { key, ids } of missing) for (const id of ids) this.#kept.set(`${key}\n${id}`, new Float64Array());
    }
    this.#busy = false;
    const next = this.#next;
    this.#next = undefined;
    await next?.();
  }

  async #fetch(key: string, runIds: readonly string[]): Promise<void> {
    const { curves } = await rpc.request(metricCurves, { runIds, key, x: "step", maxPoints: POINTS });
    const byRun = new Map(curves.map(({ runId, y }) => [runId, y]));
    for (const id of runIds) {
      this.#stale.delete(`${key}\n${id}`);
      this.#kept.set(`${key}\n${id}`, byRun.get(id) ?? new Float64Array());
    }
    const all = [...this.#kept].filter(([at]) => at.startsWith(`${key}\n`)).flatMap(([, y]) => Array.from(y)).filter(Number.isFinite).sort((a, b) => a - b);
    // The outer hundredths are cut off, so that one diverged run does not flatten the others.
    this.#scales.set(key, { low: all[Math.floor(all.length * 0.01)] ?? 0, high: all[Math.ceil(all.length * 0.99) - 1] ?? 1 });
  }
}
