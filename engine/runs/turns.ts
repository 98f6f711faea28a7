import { setImmediate } from "node:timers/promises";

/** Milliseconds after which work that takes turns lets others have theirs: several such turns and what comes in between stay below the 20 that a small request may wait. */
const TURN_MS = 4;

/** Work in steps: each `yield` is a place where others may have their turn. */
export type Steps<T> = Generator<undefined, T>;

/** Does the work, and answers other requests in between. Throws the signal's reason once it is aborted. */
export async function inTurns<T>(steps: Steps<T>, signal: AbortSignal): Promise<T> {
  let since = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - since < TURN_MS) continue;
    await setImmediate();
    signal.throwIfAborted();
    since = performance.now();
  }
}

/** Does the work without a break. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
