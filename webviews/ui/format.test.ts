import assert from "node:assert/strict";
import { test } from "node:test";
import { columnDecimals, exact, formatAge, formatBytes, formatCount, formatDuration, formatError, formatNumber, formatPercent, formatSigned, shortId } from "./format.ts";

const plain = (text: string): string => text.replaceAll("\u2060\u2009\u2060", " ").replaceAll("\u202f", " ");

test("a column has the decimals that give its median four significant digits", () => {
  assert.equal(columnDecimals([0.7102, 0.6931, 0.2]), 4);
  assert.equal(columnDecimals([1234.5, 2000.25, 3]), 0);
  assert.equal(columnDecimals([12.345, 99.1]), 2);
  assert.equal(columnDecimals([0.012345]), 5);
  assert.equal(columnDecimals([1, 2, 1000]), 0);
  assert.equal(columnDecimals([null, "NaN", "Infinity"]), 0);
  assert.equal(columnDecimals([null, "NaN", 0.5]), 4);
});

test("numbers keep the column's decimals, and what is not a number differs visibly", () => {
  assert.equal(formatNumber(0.7, 4), "0.7000");
  assert.equal(plain(formatNumber(1234567.891, 1)), "1 234 567.9");
  assert.equal(formatNumber(-0.25, 2), "−0.25");
  assert.equal(formatNumber(0, 2), "0.00");
  assert.equal(formatNumber("NaN", 2), "NaN");
  assert.equal(formatNumber("Infinity"), "∞");
  assert.equal(formatNumber("-Infinity"), "−∞");
  assert.equal(formatNumber(null), "—");
});

test("a value that its column's decimals would hide is written in powers of ten", () => {
  assert.equal(formatNumber(0.0000031, 4), "3.10e−6");
  assert.equal(formatNumber(2.5e15, 0), "2.50e15");
  assert.equal(formatNumber(-0.00004, 4), "−4.00e−5");
});

test("thousands are kept on one line by word joiners", () => {
  assert.equal(formatCount(32561), "32\u2060\u2009\u2060561");
  assert.equal(formatCount(999), "999");
});

test("differences carry their sign, errors lose the zero before the point", () => {
  assert.equal(formatSigned(0.0513, 4), "+0.0513");
  assert.equal(formatSigned(-0.0365, 4), "−0.0365");
  assert.equal(formatSigned(0, 4), "0.0000");
  assert.equal(formatSigned(null), "—");
  assert.equal(formatError(0.0055, 4), "±.0055");
});

test("durations", () => {
  const cases: [number | null, string][] = [[null, "—"], [320, "320 ms"], [9_400, "9.4s"], [14_200, "14s"], [59_999, "1m 00s"], [192_000, "3m 12s"], [7_500_000, "2h 05m"], [273_600_000, "3d 4h"]];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});

test("ages", () => {
  const now = 1_000_000_000_000;
  const cases: [number, string][] = [[2, "now"], [40, "40 s"], [330, "5 min"], [7_300, "2 h"], [3 * 86_400 + 5, "3 d"], [100 * 86_400, "3 mo"], [800 * 86_400, "2 y"], [-60, "now"]];
  for (const [seconds, text] of cases) assert.equal(formatAge(now - seconds * 1000, now), text);
});

test("sizes step up before they would print 1000", () => {
  const cases: [number, string][] = [[640, "640 B"], [1400, "1.4 kB"], [46_000, "46 kB"], [999_400, "999 kB"], [999_600, "1.0 MB"], [3_500_000, "3.5 MB"]];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

test("shares, ids and copies", () => {
  assert.equal(plain(formatPercent(0.1424)), "14.2 %");
  assert.equal(formatPercent("NaN"), "NaN");
  assert.equal(shortId("sha256:9e04b1aa77"), "9e04b1a");
  assert.equal(exact(0.1 + 0.2), "0.30000000000000004");
  assert.equal(exact(null), "");
});
