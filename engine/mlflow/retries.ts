import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";

/** What became of the last call with the same words. */
interface Earlier {
  /** Its answer is still under way. */
  open: boolean;
  /** It was answered, and not with a failure of ours. */
  delivered: boolean;
  readonly done: Promise<unknown>;
}

/** Milliseconds after which the same words are no repeated call any more: clients repeat for about four minutes. */
const REPEATED_WITHIN = 10 * 60_000;

/** What the same words made, for `find`: after a restart only its age tells a repeated call from one of the next day. */
export function madeJustNow<T extends { readonly created: number }>(found: T | undefined): T | undefined {
  return found !== undefined && Date.now() - found.created < REPEATED_WITHIN ? found : undefined;
}

/** How many calls are remembered: far more than can be under way. */
const REMEMBERED = 2_000;

/**
 * Tells a repeated call from a second one. A client repeats, word for word, a call whose answer it did not get or whose
 * answer was that it failed here (5xx). Another process of the same launch may say the same words in the same
 * millisecond, but then the first call's answer was delivered or its connection still stands.
 */
export class Retries {
  readonly #calls = new Map<string, Earlier>();

  /** A name of the call: who said what. */
  digest(owner: string, path: string, body: string): string {
    return createHash("sha256").update(`${owner}\n${path}\n${body}`).digest("base64url").slice(0, 22);
  }

  /**
   * Runs `make`, unless this call repeats one whose answer was lost: then gives what `find` has of that one. After a
   * restart nothing is remembered, and only what `find` has can tell.
   */
  async once<T>(digest: string, response: ServerResponse, find: () => T | undefined, make: () => Promise<T>): Promise<T> {
    const earlier = this.#calls.get(digest);
    if (earlier === undefined || (!earlier.open && !earlier.delivered)) {
      // The first call may still wait for its commit although its client hung up.
      await earlier?.done.catch(() => undefined);
      const found = find();
      if (found !== undefined) {
        this.#remember(digest, response, Promise.resolve());
        return found;
      }
    }
    const done = make();
    this.#remember(digest, response, done);
    return done;
  }

  #remember(digest: string, response: ServerResponse, done: Promise<unknown>): void {
    const call: Earlier = { open: !response.destroyed, delivered: false, done };
    // A client repeats what failed here as well, e.g. while the disk is full.
    response.once("finish", () => (call.delivered = response.statusCode < 500));
    response.once("close", () => (call.open = false));
    this.#calls.delete(digest);
    this.#calls.set(digest, call);
    for (const oldest of this.#calls.keys()) {
      if (this.#calls.size <= REMEMBERED) break;
      this.#calls.delete(oldest);
    }
  }
}
