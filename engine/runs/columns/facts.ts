import type { RunRecord } from "../../store/records.ts";

const FINISHED = 1;
const LIVE = 2;
const STARRED = 4;

/**
 * What a grouped table asks of every run, apart from the records: 100,000 of these lie all over the memory, and their times are
 * objects of their own.
 */
export class RunFacts {
  #starts = new Float64Array(1024);
  /** NaN while the run goes on. */
  #ends = new Float64Array(1024);
  #flags = new Uint8Array(1024);

  set(row: number, { start, end, status, starred }: RunRecord): void {
    if (row >= this.#flags.length) this.#grow(row);
    this.#starts[row] = start;
    this.#ends[row] = end ?? Number.NaN;
    const state = status === "finished" ? FINISHED : status === "running" || status === "scheduled" ? LIVE : 0;
    this.#flags[row] = state | (starred === 1 ? STARRED : 0);
  }

  /** UTC milliseconds. */
  start(row: number): number {
    return this.#starts[row] ?? Number.NaN;
  }

  /** Milliseconds; 0 while it goes on. */
  took(row: number): number {
    const took = (this.#ends[row] ?? Number.NaN) - (this.#starts[row] ?? 0);
    return Number.isNaN(took) ? 0 : took;
  }

  /** It came to its own end. */
  finished(row: number): boolean {
    return ((this.#flags[row] ?? 0) & FINISHED) !== 0;
  }

  /** It runs, or is about to. */
  live(row: number): boolean {
    return ((this.#flags[row] ?? 0) & LIVE) !== 0;
  }

  starred(row: number): boolean {
    return ((this.#flags[row] ?? 0) & STARRED) !== 0;
  }

  #grow(row: number): void {
    const size = 2 ** Math.ceil(Math.log2(row + 1));
    const [starts, ends, flags] = [new Float64Array(size), new Float64Array(size), new Uint8Array(size)];
    starts.set(this.#starts);
    ends.set(this.#ends);
    flags.set(this.#flags);
    [this.#starts, this.#ends, this.#flags] = [starts, ends, flags];
  }
}
