import type { LabelQueue } from "../api/labeling.ts";
import { answerOf, standingVote } from "./standing.ts";
import type { ItemVotes } from "./voteIndex.ts";

const OPEN = 0;
const DONE = 1;
const SKIPPED = 2;
const UNSURE = 3;

/**
 * How each place of a set stands for one annotator, one byte each, so that the next of a hundred thousand items is
 * found without looking at their votes.
 */
export class Places {
  readonly #mine: Uint8Array;
  readonly #conflict: Uint8Array;

  constructor(count: number) {
    this.#mine = new Uint8Array(count);
    this.#conflict = new Uint8Array(count);
  }

  set(place: number, votes: ItemVotes, by: string | null): void {
    const own = by === null ? null : standingVote(votes.get(by) ?? []);
    const state = own?.state ?? "retracted";
    this.#mine[place] = state === "retracted" ? OPEN : state === "skipped" ? SKIPPED : state === "unsure" ? UNSURE : DONE;
    const answers = new Set([...votes.values()].map((list) => answerOf(standingVote(list))));
    answers.delete(null);
    this.#conflict[place] = answers.size > 1 ? 1 : 0;
  }

  /** Up to `count` places of a queue that follow `after` (null: from the first), round once, `after` itself last. */
  next(queue: LabelQueue, after: number | null, count: number): number[] {
    const total = this.#mine.length;
    const start = after === null ? 0 : after + 1;
    const found: number[] = [];
    for (let step = 0; step < total && found.length < count; step++) {
      const place = (start + step) % total;
      if (this.#matches(place, queue)) found.push(place);
    }
    return found;
  }

  #matches(place: number, queue: LabelQueue): boolean {
    if (queue === "conflicts") return this.#conflict[place] === 1;
    return this.#mine[place] === (queue === "open" ? OPEN : queue === "skipped" ? SKIPPED : UNSURE);
  }
}
