import type { LabelProgress } from "../api/labeling.ts";
import { measures, Patterns } from "./patterns.ts";
import { answerOf, standingVote } from "./standing.ts";
import type { Vote } from "./vote.ts";
import type { ItemVotes, VoteIndex } from "./voteIndex.ts";

/** Answers of one annotator over the items of the set. */
export interface AnnotatorCounts {
  labelled: number;
  outOfScope: number;
  unsure: number;
  skipped: number;
}

/**
 * The counts of a set, kept up with each vote: nothing here walks the items again. Votes on items that the set does
 * not have (any more) are not counted.
 */
export class Tally {
  readonly #has: (item: string) => boolean;
  readonly #annotators = new Map<string, AnnotatorCounts>();
  readonly #classes = new Map<string, number>();
  readonly #patterns = new Patterns();
  #answered = 0;

  constructor(index: VoteIndex, has: (item: string) => boolean) {
    this.#has = has;
    for (const [item, votes] of index.items()) this.count(item, votes, 1);
  }

  /** Adds an item as it stands, or takes it away (−1) before it changes. */
  count(item: string, votes: ItemVotes, delta: 1 | -1): void {
    if (!this.#has(item)) return;
    const answers: string[] = [];
    for (const [by, own] of votes) {
      const vote = standingVote(own);
      if (vote === null || vote.state === "retracted") continue;
      this.#countVote(by, vote, delta);
      const answer = answerOf(vote);
      if (answer !== null) answers.push(answer);
    }
    if (answers.length > 0) this.#answered += delta;
    this.#patterns.add(answers, delta);
  }

  annotator(by: string): AnnotatorCounts {
    return this.#annotators.get(by) ?? { labelled: 0, outOfScope: 0, unsure: 0, skipped: 0 };
  }

  /** Everyone with a standing vote, by name. */
  get annotators(): readonly string[] {
    const some = [...this.#annotators].filter(([, counts]) => counts.labelled + counts.outOfScope + counts.unsure + counts.skipped > 0);
    return some.map(([by]) => by).sort();
  }

  /** Items with a label or "out of scope" from anyone. */
  get answered(): number {
    return this.#answered;
  }

  get patterns(): Patterns {
    return this.#patterns;
  }

  votesFor(classId: string): number {
    return this.#classes.get(classId) ?? 0;
  }

  progress(by: string | null, total: number, medianMs: number | null): LabelProgress {
    const own = this.annotator(by ?? "");
    const entries = this.#patterns.entries();
    const n = this.#patterns.items;
    const [alpha] = measures(entries.map((entry) => entry.counts))(entries.map((entry) => entry.items));
    return {
      total,
      // Before anyone said who labels here, what is answered at all is what there is to say.
      done: by === null ? this.#answered : own.labelled + own.outOfScope + own.unsure,
      ...own,
      conflicts: this.#patterns.conflicts,
      annotators: this.annotators,
      alpha: Number.isNaN(alpha) ? { value: null, n } : { value: alpha, n },
      medianMs,
    };
  }

  #countVote(by: string, vote: Vote, delta: 1 | -1): void {
    let own = this.#annotators.get(by);
    if (!own) this.#annotators.set(by, (own = { labelled: 0, outOfScope: 0, unsure: 0, skipped: 0 }));
    if (vote.state === "labelled" && vote.class !== null) {
      own.labelled += delta;
      this.#classes.set(vote.class, (this.#classes.get(vote.class) ?? 0) + delta);
    } else if (vote.state === "out-of-scope") own.outOfScope += delta;
    else if (vote.state === "unsure") own.unsure += delta;
    else own.skipped += delta;
  }
}
