import type { Vote } from "./vote.ts";

/**
 * The vote of one annotator that counts for an item: of those that no other vote replaces the latest, and of equally
 * late ones the one with the greater id, so that every machine decides alike whatever order it read the lines in.
 * Null for none. A retracted vote is returned as such.
 */
export function standingVote(votes: readonly Vote[]): Vote | null {
  if (votes.length === 1) return votes[0] ?? null;
  const replaced = new Set(votes.map((vote) => vote.replaces));
  // Two lines that replace each other are nobody's doing but a hand's; then the latest of all counts.
  const heads = votes.filter((vote) => !replaced.has(vote.id));
  let best: Vote | null = null;
  for (const vote of heads.length > 0 ? heads : votes) {
    if (best === null || vote.at > best.at || (vote.at === best.at && vote.id > best.id)) best = vote;
  }
  return best;
}

/** What an annotator holds an item to be: a class id, `out-of-scope`, or null (no answer, unsure, skipped, retracted). */
export function answerOf(vote: Vote | null): string | null {
  if (vote === null) return null;
  if (vote.state === "labelled") return vote.class;
  return vote.state === "out-of-scope" ? "out-of-scope" : null;
}
