// The reference is a search of every slice of one or two predicates, written from the definitions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../statistics/random.ts";
import { NumberColumn } from "../tables/columns.ts";
import { cutFeature, type Feature } from "./features.ts";
import { findSlices } from "./find.ts";
import { rowsOf } from "./rowSets.ts";
import { score } from "./score.ts";

function randomTable(random: () => number, n: number, m: number, values: number): readonly Feature[] {
  return Array.from({ length: m }, (_, f) => {
    const codes = Int32Array.from({ length: n }, () => Math.floor(random() ** 2 * values) - (random() < 0.05 ? 100 : 0));
    return cutFeature(`f${f}`, { kind: "coded", codes: codes.map((code) => Math.max(-1, code)), values: Array.from({ length: values }, (__, v) => `v${v}`) });
  }).filter((feature) => feature !== null);
}

/** Scores of the distinct row sets, best first. */
function exhaustive(features: readonly Feature[], errors: Float64Array, k: number, alpha: number, support: number): { score: number; size: number }[] {
  const n = errors.length;
  const mean = errors.reduce((sum, e) => sum + e, 0) / n;
  const sets = new Map<string, { score: number; size: number }>();
  const scratch = new Uint32Array(n);
  const offer = (terms: (readonly [number, number])[]) => {
    const rows = rowsOf(features, terms, scratch).slice();
    if (rows.length < support || rows.length === n) return;
    const sum = rows.reduce((total, row) => total + errors[row]!, 0);
    const value = score({ n, mean, alpha, support }, rows.length, sum);
    if (value > 1e-12) sets.set(rows.join(), { score: value, size: rows.length });
  };
  features.forEach((feature, a) =>
    feature.predicates.forEach((_, u) => {
      offer([[a, u]]);
      for (let b = a + 1; b < features.length; b++) features[b]!.predicates.forEach((__, v) => offer([[a, u], [b, v]]));
    }),
  );
  return [...sets.values()].sort((x, y) => y.score - x.score || y.size - x.size).slice(0, k);
}

test("the k best distinct slices are those of an exhaustive search: random tables, also with more values than rows", () => {
  const random = createRandom(42);
  for (let round = 0; round < (process.env["TOUCHSTONE_LONG"] === "1" ? 600 : 100); round++) {
    const wide = round % 3 === 0;
    const n = wide ? 60 : 40 + Math.floor(random() * 160);
    const features = randomTable(random, n, wide ? 12 : 2 + Math.floor(random() * 4), wide ? 14 : 2 + Math.floor(random() * 5));
    const real = round % 2 === 1;
    const errors = Float64Array.from({ length: n }, (_, i) => (real ? -Math.log(1 - random()) : 1) * (random() < (features[0]?.codes[i] === 1 ? 0.5 : 0.15) ? 1 : 0));
    if (errors.every((e) => e === 0)) continue;
    const [k, alpha, support] = [1 + Math.floor(random() * 8), [0.5, 0.95, 1][round % 3]!, 3 + Math.floor(random() * 8)];
    const result = findSlices({ features, errors, counted: !real, rowNumbers: Uint32Array.from(errors.keys()), cancelled: () => false, onProgress: () => undefined }, { k, alpha, support });
    const expected = exhaustive(features, errors, k, alpha, support);
    assert.equal(result.slices.length, expected.length, `round ${round}`);
    result.slices.forEach((slice, i) => {
      assert.ok(Math.abs(slice.score - expected[i]!.score) < 1e-9, `round ${round}, slice ${i}: ${slice.score} ${expected[i]!.score}`);
      assert.equal(slice.size, expected[i]!.size);
    });
    assert.equal(new Set(result.slices.map((slice) => slice.rowsDigest)).size, result.slices.length);
  }
});

test("no error, too few rows, no feature: no slice, with the reason", () => {
  const base = { counted: true, rowNumbers: Uint32Array.from({ length: 100 }, (_, i) => i), cancelled: () => false, onProgress: () => undefined };
  const features = randomTable(createRandom(1), 100, 2, 3);
  assert.equal(findSlices({ ...base, features, errors: new Float64Array(100) }).reason, "There is no error to explain.");
  assert.equal(findSlices({ ...base, features, errors: new Float64Array(100).fill(1) }, { support: 60 }).reason, "100 rows are too few: a slice needs 60.");
  assert.equal(findSlices({ ...base, features: [], errors: new Float64Array(100).fill(1) }).reason, "No column is a feature that can be searched.");
});

test("two columns with the same meaning give one slice and its other description", () => {
  const codes = Int32Array.from({ length: 400 }, (_, i) => i % 4);
  const first = cutFeature("country", { kind: "coded", codes, values: ["de", "fr", "it", "es"] });
  const second = cutFeature("language", { kind: "coded", codes, values: ["German", "French", "Italian", "Spanish"] });
  assert.ok(first && second);
  const errors = Float64Array.from(codes, (code, i) => (code === 2 && i % 3 > 0 ? 1 : i % 40 === 0 ? 1 : 0));
  const { slices } = findSlices({ features: [first, second], errors, counted: true, rowNumbers: Uint32Array.from(errors.keys()), cancelled: () => false, onProgress: () => undefined });
  assert.deepEqual(slices[0]?.predicates, [{ feature: "country", op: "=", value: "it" }]);
  assert.equal(slices[0]?.size, 100);
  assert.equal(slices[0]?.errors, 67);
  assert.deepEqual(slices[0]?.equivalent[0], [{ feature: "language", op: "=", value: "Italian" }]);
  assert.equal(slices[0]?.equivalent.length, 2);
  assert.ok(slices[0].q! < 1e-9);
});

test("noise: searching is paid for, so that random errors seldom give a small q", () => {
  const random = createRandom(9);
  let alarms = 0;
  for (let round = 0; round < 40; round++) {
    const features = randomTable(random, 1000, 6, 5);
    const errors = Float64Array.from({ length: 1000 }, () => (random() < 0.2 ? 1 : 0));
    const { slices } = findSlices({ features, errors, counted: true, rowNumbers: Uint32Array.from(errors.keys()), cancelled: () => false, onProgress: () => undefined });
    if (slices.some((slice) => slice.q !== null && slice.q < 0.1)) alarms++;
  }
  assert.ok(alarms <= 8, `${alarms} of 40`);
});

test("confirm: what one half found is measured on the other", () => {
  const random = createRandom(4);
  const features = randomTable(random, 2000, 4, 4);
  const errors = Float64Array.from({ length: 2000 }, (_, i) => (random() < (features[0]!.codes[i] === 1 ? 0.6 : 0.1) ? 1 : 0));
  const { slices } = findSlices({ features, errors, counted: true, rowNumbers: Uint32Array.from(errors.keys()), cancelled: () => false, onProgress: () => undefined }, { confirm: true });
  const [first] = slices;
  assert.ok(first?.heldOut?.value != null && first.rate.value !== null);
  assert.ok(first.heldOut.n < first.rate.n && first.heldOut.n > first.rate.n / 4);
  assert.ok(first.q !== null && first.q < 1e-6);
});

test("numbers are cut at edges of equal mass, missing is a value, few numbers stay numbers", () => {
  const many = cutFeature("age", new NumberColumn(Float64Array.from({ length: 101 }, (_, i) => (i === 100 ? Number.NaN : i))));
  assert.equal(many?.predicates.length, 11);
  assert.deepEqual(many?.predicates[0], { feature: "age", op: "in", value: [null, 10] });
  assert.deepEqual(many?.predicates.at(-1), { feature: "age", op: "missing", value: null });
  assert.equal(many?.codes[10], 1);
  const few = cutFeature("rooms", new NumberColumn(Float64Array.of(1, 2, 2, 3)));
  assert.deepEqual(few?.predicates.map((predicate) => predicate.value), ["1", "2", "3"]);
  assert.equal(cutFeature("constant", new NumberColumn(new Float64Array(5))), null);
});
