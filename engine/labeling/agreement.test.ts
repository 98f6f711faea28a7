import { test } from "node:test";
import assert from "node:assert/strict";
import { krippendorffAlpha, pairAgreement } from "./agreement.ts";

/** Rows are annotators, `*` is missing: the 3 × 15 matrix in the docstring of fast-krippendorff's krippendorff.py. */
const docstring = ["* * * * * 3 4 1 2 1 1 3 3 * 3", "1 * 2 1 3 3 4 3 * * * * * * *", "* * 2 1 3 4 4 * 2 1 1 3 3 * 4"].map((row) => row.split(" "));

function counts(rows: readonly (readonly string[])[], values: readonly string[]): number[][] {
  return (rows[0] ?? []).map((_, unit) => values.map((value) => rows.filter((row) => row[unit] === value).length));
}

const near = (actual: number | null, expected: number, digits: number) => assert.equal(actual?.toFixed(digits), expected.toFixed(digits));

test("Krippendorff's α matches fast-krippendorff on its own example, at every level", () => {
  const data = { counts: counts(docstring, ["1", "2", "3", "4"]) };
  near(krippendorffAlpha(data), 0.691358024691358, 12);
  near(krippendorffAlpha(data, "ordinal"), 0.8067214199, 10);
  near(krippendorffAlpha(data, "interval", [1, 2, 3, 4]), 0.8108448928, 10);
  near(krippendorffAlpha(data, "ratio", [1, 2, 3, 4]), 0.8089436708, 10);
});

test("percent agreement and α of the sets in prodigy-iaa's tests", () => {
  // pmbaumgartner/prodigy-iaa tests: percent .8182, α .7434 for Gwet's example (12 units, 4 annotators, 5 categories)
  const gwet = ["1 2 3 3 2 1 4 1 2 * * *", "1 2 3 3 2 2 4 1 2 5 * 3", "* 3 3 3 2 3 4 2 2 5 1 *", "1 2 3 3 2 4 4 1 2 5 1 *"].map((row) => row.split(" "));
  const units = counts(gwet, ["1", "2", "3", "4", "5"]);
  near(krippendorffAlpha({ counts: units }), 0.7434, 4);
  const shares = units.map(pairAgreement).filter((share) => share !== null);
  near(shares.reduce((sum, share) => sum + share, 0) / shares.length, 0.8182, 4);
});

test("α is undefined where nothing could disagree, not 1", () => {
  assert.equal(krippendorffAlpha({ counts: [[2, 0], [3, 0]] }), null);
  assert.equal(krippendorffAlpha({ counts: [[1, 0], [0, 1]] }), null);
  assert.equal(krippendorffAlpha({ counts: [] }), null);
  assert.equal(pairAgreement([1, 0]), null);
});

test("weights stand for that many equal units", () => {
  const spelled = krippendorffAlpha({ counts: [[2, 0], [2, 0], [1, 1], [0, 2], [0, 2], [0, 2]] });
  assert.equal(krippendorffAlpha({ counts: [[2, 0], [1, 1], [0, 2]], weights: [2, 1, 3] }), spelled);
});
