import type { Vote } from "./vote.ts";

/** The votes of the person who labels, in the order of their decisions: what undo walks back through. */
export class OwnVotes {
  readonly #votes: Vote[];
  readonly #undone = new Set<string>();
  readonly #undoLines = new Map<string, Vote>();

  constructor(votes: readonly Vote[]) {
    this.#votes = [];
    for (const vote of [...votes].sort((a, b) => a.at - b.at)) this.add(vote);
  }

  add(vote: Vote): void {
    if (vote.undo === null) this.#votes.push(vote);
    else {
      this.#undone.add(vote.undo);
      this.#undoLines.set(vote.id, vote);
    }
  }

  /** The latest answer that was not taken back; null where there is none. */
  last(): Vote | null {
    for (let index = this.#votes.length - 1; index >= 0; index--) {
      const vote = this.#votes[index];
      if (vote && !this.#undone.has(vote.id)) return vote;
    }
    return null;
  }

  /** The undo line with this id, so that a repeated request takes nothing more back. */
  byId(id: string): Vote | null {
    return this.#undoLines.get(id) ?? null;
  }

  /** Median milliseconds from shown to decided of the latest 50 answers; null where none has a time. */
  medianMs(): number | null {
    const times: number[] = [];
    for (let index = this.#votes.length - 1; index >= 0 && times.length < 50; index--) {
      const vote = this.#votes[index];
      if (vote && vote.source === "human" && vote.shown !== null && vote.at >= vote.shown && !this.#undone.has(vote.id)) times.push(vote.at - vote.shown);
    }
    times.sort((a, b) => a - b);
    const upper = times[times.length >> 1];
    const lower = times[(times.length - 1) >> 1];
    return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
  }
}
