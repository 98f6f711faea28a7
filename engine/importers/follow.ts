import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";

export interface Follower {
  close(): void;
}

/** The least rest between two looks. */
const REST_MS = 500;
/** A look at a large source takes at most this part of the time. */
const SHARE = 20;
const LONGEST_REST_MS = 60_000;

/**
 * Looks at a source again and again while it may grow: at once when the system tells of a change at its top, else after a rest that grows
 * with what a look costs. Files deep within are found by looking: watching each folder of a large source would use up the system's
 * watches. A failed look is told, and tried again.
 */
export function follow(path: string, look: (signal: AbortSignal) => Promise<void>, onFailure: (message: string) => void): Follower {
  const controller = new AbortController();
  const watchers = [path, dirname(path)].flatMap((one) => watcherOf(one, () => wake()));
  let wake: () => void = () => undefined;
  let last = "";

  async function run(): Promise<void> {
    while (!controller.signal.aborted) {
      const began = performance.now();
      try {
        await look(controller.signal);
        last = "";
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (message !== last && !controller.signal.aborted) onFailure(message);
        last = message;
      }
      await rest(Math.min(LONGEST_REST_MS, Math.max(REST_MS, (performance.now() - began) * SHARE)));
    }
  }

  /** Ends early when something changed, but never before the least rest. */
  async function rest(longest: number): Promise<void> {
    const changed = new Promise<void>((resolve) => (wake = resolve));
    await pause(REST_MS);
    await Promise.race([changed, pause(longest - REST_MS)]);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      controller.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }

  void run();
  return {
    close() {
      controller.abort();
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** Where the system cannot watch, looking is enough. */
function watcherOf(path: string, onChange: () => void): FSWatcher[] {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}
