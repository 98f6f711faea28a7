import { setImmediate } from "node:timers/promises";

/** Milliseconds after which work that takes turns lets others have theirs; a step, and what comes in between, are added to it, and a small request may wait 20. */
const TURN_MS = 2;

let lastTurn: Promise<void> = Promise.resolve();

/**
 * Waits for a turn of one's own: of all who wait, one goes on in each round of the event loop, in the order in which they
 * came. So the pieces of several long works never add up to one long hold of the thread.
 */
export function ownTurn(): Promise<void> {
  return (lastTurn = lastTurn.then(() => setImmediate()));
}

/** Work in steps: each `yield` is a place where others may have their turn. */
export type Steps<T> = Generator<undefined, T>;

/** Does the work, and answers other requests in between. Throws the signal's reason once it is aborted. */
export async function inTurns<T>(steps: Steps<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    await ownTurn();
    signal.throwIfAborted();
    const since = performance.now();
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() - since < TURN_MS);
  }
}

/** Does the work without a break. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
