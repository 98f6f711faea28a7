import type { Db } from "./connection.ts";

/** How much a power cut may take: what was committed in so long before it. */
const FOLD_MS = 5_000;

/**
 * Folds the log into the file, and so has the disk keep it, some seconds after a commit at the latest: by itself SQLite does
 * so when the log has grown by thousands of pages, which a training that logs a value a second reaches after hours.
 */
export class Folding {
  readonly #db: Db;
  readonly #ms: number;
  #timer: NodeJS.Timeout | null = null;

  /** @param ms - From a commit to its folding. */
  constructor(db: Db, ms = FOLD_MS) {
    this.#db = db;
    this.#ms = ms;
  }

  /** Something was committed. */
  touch(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      try {
        // Passive: what a reader still looks at waits for the next time; nobody is held up.
        this.#db.pragma("wal_checkpoint(PASSIVE)");
      } catch {
        // A full disk: the log has everything, and the next write that finds no room says so to whom it concerns.
      }
    }, this.#ms).unref();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
