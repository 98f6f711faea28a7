import { closeSync, fdatasyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Db } from "./connection.ts";

/** How much a power cut may take: what was committed in so long before it. */
const FOLD_MS = 5_000;

/**
 * Has the disk keep what was committed, some seconds after it at the latest: folds the log into the file, which syncs it. By itself SQLite
 * does so when the log has grown by thousands of pages, which a training that logs a value a second reaches after hours. What somebody
 * reads just now cannot be folded (a backup reads for minutes): then the log itself is synced, and folded when they are gone.
 */
export class Folding {
  readonly #db: Db;
  readonly #ms: number;
  #timer: NodeJS.Timeout | null = null;
  /** Something was committed that the disk may not have. */
  #loose = false;

  /** @param ms - From a commit to its folding. */
  constructor(db: Db, ms = FOLD_MS) {
    this.#db = db;
    this.#ms = ms;
  }

  /** Something was committed. */
  touch(): void {
    this.#loose = true;
    this.#wait();
  }

  /** Has the disk keep everything before this returns. Call before something that takes long, as the timer waits for it. */
  now(): void {
    if (!this.#loose || this.#fold()) return;
    try {
      const log = openSync(this.#log, "r+");
      try {
        fdatasyncSync(log);
        this.#loose = false;
      } finally {
        closeSync(log);
      }
    } catch {
      // As in `#sync`: a later one tries again.
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.now();
  }

  get #log(): string {
    return `${this.#db.name}-wal`;
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.#fold()) return;
      if (this.#loose) void this.#sync();
      this.#wait();
    }, this.#ms).unref();
  }

  /** Whether nothing of the log is left to be folded: then the disk has it all. */
  #fold(): boolean {
    try {
      // Passive: what a reader still looks at waits for the next time; nobody is held up.
      // SAFETY: columns of wal_checkpoint as SQLite documents them; where somebody else folds (`busy`) the counts say nothing.
      const [left] = this.#db.pragma("wal_checkpoint(PASSIVE)") as { busy: number; log: number; checkpointed: number }[];
      const folded = left !== undefined && left.busy === 0 && left.checkpointed === left.log;
      if (folded) this.#loose = false;
      return folded;
    } catch {
      // A full disk: the log has everything, and the next write that finds no room says so to whom it concerns.
      return false;
    }
  }

  /** By a descriptor of its own, beside the commits that go on. No lock of SQLite's is on this file. */
  async #sync(): Promise<void> {
    // What is committed from here on is the next one's.
    this.#loose = false;
    try {
      const log = await open(this.#log, "r+");
      try {
        await log.datasync();
      } finally {
        await log.close();
      }
    } catch {
      this.#loose = true;
    }
  }
}
