import { metricCurves, type ColumnId } from "../../engine/api/runs.ts";
import { isCancelled } from "../ui/rpc.ts";
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
  #running: AbortController | undefined;

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

  forget(runIds: readonly string[]): void {
    for (const id of runIds) for (const key of this.#scales.keys()) this.#kept.delete(`${key}\n${id}`);
  }

  /** Fetches what is not here; a newer wish replaces one that is under way. */
  async want(runIds: readonly string[], keys: readonly string[]): Promise<void> {
    const missing = keys.map((key) => ({ key, ids: runIds.filter((id) => !this.#kept.has(`${key}\n${id}`)) })).filter(({ ids }) => ids.length > 0);
    this.#running?.abort();
    if (missing.length === 0) return;
    const running = new AbortController();
    this.#running = running;
    if (this.#kept.size > KEPT) this.#kept.clear();
    try {
      await Promise.all(missing.map(({ key, ids }) => this.#fetch(key, ids, running.signal)));
      this.#changed();
    } catch (error) {
      // A sparkline is an ornament: the value stands beside it, and the curves below say what is wrong.
      if (!isCancelled(error)) for (const { key, ids } of missing) for (const id of ids) this.#kept.set(`${key}\n${id}`, new Float64Array());
    }
  }

  async #fetch(key: string, runIds: readonly string[], signal: AbortSignal): Promise<void> {
    const { curves } = await rpc.request(metricCurves, { runIds, key, x: "step", maxPoints: POINTS }, { signal });
    const byRun = new Map(curves.map(({ runId, y }) => [runId, y]));
    for (const id of runIds) this.#kept.set(`${key}\n${id}`, byRun.get(id) ?? new Float64Array());
    const all = [...this.#kept].filter(([at]) => at.startsWith(`${key}\n`)).flatMap(([, y]) => Array.from(y)).filter(Number.isFinite).sort((a, b) => a - b);
    // The outer hundredths are cut off, so that one diverged run does not flatten the others.
    this.#scales.set(key, { low: all[Math.floor(all.length * 0.01)] ?? 0, high: all[Math.ceil(all.length * 0.99) - 1] ?? 1 });
  }
}
