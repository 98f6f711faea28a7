import assert from "node:assert/strict";
import { test } from "node:test";
import { answerParts } from "./answer-parts.ts";

const tones = (sentence: string): string[] => answerParts(sentence).map(({ text, tone }) => `${tone}:${text}`);

test("names are bold, real changes coloured, uncertainty and asides soft", () => {
  assert.deepEqual(tones("**lr 0.05** is best: 0.7102 ± 0.0055 (5 seeds), [+0.0513] over the baseline."), [
    "strong:lr 0.05",
    "plain: is best: 0.7102 ",
    "soft:± 0.0055",
    "plain: ",
    "soft:(5 seeds)",
    "plain:, ",
    "good:+0.0513",
    "plain: over the baseline.",
  ]);
});

test("a metric that should fall is better with a minus and worse with a plus", () => {
  assert.deepEqual(tones("[+|−0.02] and [-|+0.01] and [-0.3]"), ["good:−0.02", "plain: and ", "bad:+0.01", "plain: and ", "bad:−0.3"]);
});

test("a sentence without marks stays whole", () => {
  assert.deepEqual(tones("No run has finished yet."), ["plain:No run has finished yet."]);
});
