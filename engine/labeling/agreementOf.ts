import type { LabelAgreement, PairAgreement } from "../api/labeling.ts";
import type { Estimated } from "../api/tokens.ts";
import { estimate, unknown } from "../statistics/estimate.ts";
import { bootstrapCells } from "../statistics/multinomial.ts";
import { measures, Patterns } from "./patterns.ts";
import type { DeclaredClass } from "./setFile.ts";
import { answerOf, standingVote } from "./standing.ts";
import type { VoteIndex } from "./voteIndex.ts";

/**
 * Agreement of a set: all annotators together, each pair, each class against the rest. "Out of scope" is an answer
 * like a class; unsure, skipped and retracted are missing. Percent is the mean over items of the share of agreeing
 * pairs (Fleiss' P_o); intervals resample items.
 */
export function agreementOf(set: string, classes: readonly DeclaredClass[], index: VoteIndex, has: (item: string) => boolean): LabelAgreement {
  const all = new Patterns();
  const pairs = new Map<string, Patterns>();
  const perClass = new Map(classes.map((one) => [one.id, new Patterns()]));
  const annotators = new Set<string>();
  for (const [item, votes] of index.items()) {
    if (!has(item)) continue;
    const answers: [by: string, answer: string][] = [];
    for (const [by, own] of votes) {
      const answer = answerOf(standingVote(own));
      if (answer !== null) answers.push([by, answer]);
    }
    answers.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [by] of answers) annotators.add(by);
    if (answers.length < 2) continue;
    all.add(answers.map(([, answer]) => answer), 1);
    for (const [id, patterns] of perClass) patterns.add(answers.map(([, answer]) => (answer === id ? "yes" : "no")), 1);
    answers.forEach(([a, first], i) => {
      for (const [b, second] of answers.slice(i + 1)) {
        const key = `${a}\n${b}`;
        const pair = pairs.get(key) ?? new Patterns();
        pairs.set(key, pair);
        pair.add([first, second], 1);
      }
    });
  }
  return {
    set,
    annotators: [...annotators].sort(),
    ...estimates(all),
    pairs: [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, patterns]): PairAgreement => {
      const [a = "", b = ""] = key.split("\n");
      return { a, b, ...estimates(patterns) };
    }),
    perClass: classes.map((one) => ({ class: one.id, name: one.name, alpha: estimates(perClass.get(one.id) ?? new Patterns()).alpha })),
    conflicts: all.conflicts,
  };
}

function estimates(patterns: Patterns): { readonly percent: Estimated; readonly alpha: Estimated } {
  const entries = patterns.entries();
  const n = patterns.items;
  if (n === 0) return { percent: unknown("no item has the answers of two people", 0), alpha: unknown("no item has the answers of two people", 0) };
  const measure = measures(entries.map((entry) => entry.counts));
  const counts = entries.map((entry) => entry.items);
  const [alpha, percent] = measure(counts);
  const [alphaRange, percentRange] = bootstrapCells(counts, measure);
  const of = (value: number, range: { readonly low: number; readonly high: number } | null | undefined, reason: string): Estimated =>
    Number.isNaN(value) || !range ? unknown(reason, n) : estimate(value, range.low, range.high, n, "bootstrap-multinomial");
  return {
    percent: of(percent, percentRange, "too few items"),
    alpha: of(alpha, alphaRange, Number.isNaN(alpha) ? "everyone gave the same answer throughout, so agreement by chance is certain" : "too few items"),
  };
}
