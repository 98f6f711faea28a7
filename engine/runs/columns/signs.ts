import type { RunRecord } from "../../store/records.ts";

/** A process that logs again within this time was never silent: a pool of connections closes one and opens another. */
const GRACE_MS = 10_000;

/**
 * When runs that belong to no launch were last heard of. Nobody holds their process, so nobody sees it die: as long as a connection
 * stands by which one was written to, its process lives; after that only the time of its last sign is known.
 */
export class SignsOfLife {
  readonly #last = new Map<number, number>();
  readonly #connections = new Map<number, Set<object>>();
  readonly #graceMs: number;
  #tell: (runKey: number) => void = () => undefined;

  constructor(graceMs: number = GRACE_MS) {
    this.#graceMs = graceMs;
  }

  /** Called with a run that may have fallen silent. */
  onSilence(listener: (runKey: number) => void): void {
    this.#tell = listener;
  }

  /** Something of the run was written. @param time UTC ms; never takes an earlier one. */
  seen(run: RunRecord, time: number): void {
    if (run.launchKey !== null) return;
    if (run.status === "running") this.#last.set(run.runKey, Math.max(time, this.#last.get(run.runKey) ?? 0));
    else this.#last.delete(run.runKey);
  }

  /** A process writes to the run by this connection. */
  writes(run: RunRecord, connection: object): void {
    if (run.launchKey !== null) return;
    const connections = this.#connections.get(run.runKey) ?? new Set();
    this.#connections.set(run.runKey, connections.add(connection));
    this.seen(run, Date.now());
  }

  /** The connection is closed. */
  left(connection: object): void {
    for (const [runKey, connections] of this.#connections) {
      if (!connections.delete(connection) || connections.size > 0) continue;
      this.#connections.delete(runKey);
      if (!this.#last.has(runKey)) continue;
      // It was alive until now, though it may have said nothing for hours.
      this.#last.set(runKey, Date.now());
      setTimeout(() => this.#tell(runKey), this.#graceMs + 1).unref();
    }
  }

  /** Whether a process may write to the run still: it has not ended, and its connection stands, or `ms` are not over since its last sign. */
  mayWrite(run: RunRecord, ms: number): boolean {
    const last = this.#last.get(run.runKey);
    return last !== undefined && run.status === "running" && (this.#connections.has(run.runKey) || Date.now() - last < ms);
  }

  /** UTC ms of the last sign of a running run whose process may be gone; undefined where it lives, or a launch knows better. */
  silentSince(run: RunRecord): number | undefined {
    const last = this.#last.get(run.runKey);
    if (last === undefined || run.status !== "running" || this.#connections.has(run.runKey)) return undefined;
    return Date.now() - last > this.#graceMs ? last : undefined;
  }
}
