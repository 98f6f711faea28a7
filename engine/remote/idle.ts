/** For so long nothing may come, or go; a page of a thousand runs took a released server two seconds. */
const IDLE_MS = 30_000;

/** Calls after so many ms; gives what takes that back. */
export type Clock = (ms: number, then: () => void) => () => void;

/** The clock of this computer. */
export const realClock: Clock = (ms, then) => {
  const timer = setTimeout(then, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

/** Aborts a call once nothing happened for too long: a limit for the whole of it would break off each file that takes longer. */
export class Idle {
  readonly signal: AbortSignal;
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  #stop: () => void = () => undefined;

  /** @param signal - Of who waits for the call */
  constructor(signal: AbortSignal | undefined, clock: Clock) {
    this.#clock = clock;
    this.signal = signal === undefined ? this.#abort.signal : AbortSignal.any([signal, this.#abort.signal]);
  }

  /** From now on something must happen within this time. */
  wait(ms = IDLE_MS): void {
    this.rest();
    this.#stop = this.#clock(ms, () => this.#abort.abort(new Error(`nothing came for ${Math.round(ms / 1_000)} seconds`)));
  }

  /** It is not the other side that is waited for. */
  rest(): void {
    this.#stop();
  }

  /** Pieces that come: each in time, however long it takes to do something with them. */
  async *coming(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      this.wait();
      for await (const piece of pieces) {
        this.rest();
        yield piece;
        this.wait();
      }
    } finally {
      this.rest();
    }
  }

  /** Pieces that go: each must be taken in time, and the answer come in `lastMs` after the last. */
  async *going(pieces: AsyncIterable<Uint8Array>, lastMs: number): AsyncGenerator<Uint8Array> {
    this.rest();
    for await (const piece of pieces) {
      // Node's fetch reads what it sends to the end, also after it was aborted.
      this.signal.throwIfAborted();
      this.wait();
      yield piece;
      this.rest();
    }
    this.wait(lastMs);
  }
}
