import { watch, type FSWatcher } from "node:fs";

const MIN_PAUSE_MS = 20;
/** Where the system tells nothing (network file systems, too many watches) this often is looked. */
const POLL_MS = 500;

/** Calls back soon after anything in a folder changed, and now and then in any case; never twice at once. */
export class FolderWake {
  readonly #act: () => Promise<void>;
  #watcher: FSWatcher | null = null;
  #poll: NodeJS.Timeout;
  #timer: NodeJS.Timeout | null = null;
  #acting = false;
  #again = false;
  #stopped = false;

  constructor(folder: string, act: () => Promise<void>) {
    this.#act = act;
    try {
      this.#watcher = watch(folder, { persistent: false }, () => this.wake());
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch {
      // The poll is enough.
    }
    this.#poll = setInterval(() => this.wake(), POLL_MS);
    this.wake();
  }

  wake(): void {
    if (this.#stopped) return;
    if (this.#acting || this.#timer !== null) {
      this.#again = true;
      return;
    }
    this.#acting = true;
    void this.#act().finally(() => {
      this.#acting = false;
      // What comes meanwhile is taken together.
      this.#timer = setTimeout(() => {
        this.#timer = null;
        if (this.#again) {
          this.#again = false;
          this.wake();
        }
      }, MIN_PAUSE_MS);
    });
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#poll);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#watcher?.close();
  }
}
