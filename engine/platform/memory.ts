import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Nobody asked for so long: a pause of some dozen milliseconds is felt by nobody. */
const QUIET_MS = 15_000;

/** Collects what is not used and gives its pages back to the system: V8 by itself keeps what a busy moment took. */
export function giveBackMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect({ type: "major", execution: "sync", flavor: "last-resort" });
}

/** Less than this is not worth the pause: a training that says something every half minute costs nothing. */
const WORTH_BYTES = 16 * 1024 * 1024;

/** Gives memory of its thread back once it has been quiet for a while after work that took some. */
export class QuietMemory {
  #timer: NodeJS.Timeout | null = null;
  #before = 0;
  readonly #more: () => void;

  /** @param more - What else the thread can let go of. */
  constructor(more: () => void = () => undefined) {
    this.#more = more;
  }

  /** Somebody works; the engine is not kept alive for this. */
  touch(): void {
    if (this.#timer !== null) this.#timer.refresh();
    else
      this.#timer = setTimeout(() => {
        this.#timer = null;
        if (process.memoryUsage.rss() - this.#before < WORTH_BYTES) return;
        this.#more();
        giveBackMemory();
        this.#before = process.memoryUsage.rss();
      }, QUIET_MS).unref();
  }
}
