import { loadedNumber, storedNumber } from "./records.ts";

/**
 * Blocks of a long curve: all points whose step lies in the same stretch of 2^level steps, with the points that a chart must not
 * lose. Blocks of one level fold into blocks of a higher one, so a curve keeps between 166 and 332 of them however long it grows.
 */

/** A point of a curve. */
export interface CurvePoint {
  readonly step: number;
  readonly time: number;
  readonly value: number;
}

export interface CurveBlock {
  /** floor(step / 2^level) */
  readonly block: number;
  /** The least and the greatest finite value, each of the first point (by step, time) that has it; null where none is finite. */
  readonly low: CurvePoint | null;
  readonly high: CurvePoint | null;
  /** The first value that is NaN or infinite. */
  readonly odd: CurvePoint | null;
  /** The least and the greatest time of its points, UTC ms. */
  readonly since: number;
  readonly until: number;
}

/** A curve with more points has blocks; a shorter one is read as it is. */
export const BLOCKS_FROM = 2048;
/** Blocks of a curve, at most: what a chart of a thousand points has room for, its first and last point and three of each block. */
const MOST_BLOCKS = 332;

/** The block in which a step lies. */
export function blockOf(step: number, level: number): number {
  return Math.floor(step / 2 ** level);
}

/** The lowest level at which steps from `first` to `last` lie in at most `most` blocks. */
export function levelFor(first: number, last: number, most = MOST_BLOCKS): number {
  let level = 0;
  while (blockOf(last, level) - blockOf(first, level) >= most) level++;
  return level;
}

/** The block of one point. */
export function blockOfPoint(point: CurvePoint, level: number): CurveBlock {
  const block = blockOf(point.step, level);
  const finite = Number.isFinite(point.value);
  return { block, low: finite ? point : null, high: finite ? point : null, odd: finite ? null : point, since: point.time, until: point.time };
}

/** Two parts of one block, in any order. */
export function joined(a: CurveBlock, b: CurveBlock): CurveBlock {
  return {
    block: a.block,
    low: better(a.low, b.low, (x, y) => x.value - y.value),
    high: better(a.high, b.high, (x, y) => y.value - x.value),
    odd: better(a.odd, b.odd, () => 0),
    since: Math.min(a.since, b.since),
    until: Math.max(a.until, b.until),
  };
}

/** Adds a block to those of its level. */
export function addBlock(blocks: Map<number, CurveBlock>, block: CurveBlock): void {
  const there = blocks.get(block.block);
  blocks.set(block.block, there ? joined(there, block) : block);
}

/** The same curve in blocks that are 2^by times as wide. */
export function widened(blocks: Iterable<CurveBlock>, by: number): Map<number, CurveBlock> {
  const wide = new Map<number, CurveBlock>();
  for (const one of blocks) addBlock(wide, { ...one, block: blockOf(one.block, by) });
  return wide;
}

/** The order in which the store keeps points: by step, time and value, NaN last. */
export function inOrder(a: CurvePoint, b: CurvePoint): number {
  return a.step - b.step || a.time - b.time || Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) || Number(a.value > b.value) - Number(a.value < b.value);
}

/** The one that `compare` puts first; of equals the one that the store has first. */
function better(a: CurvePoint | null, b: CurvePoint | null, compare: (a: CurvePoint, b: CurvePoint) => number): CurvePoint | null {
  if (a === null || b === null) return a ?? b;
  return (compare(a, b) || inOrder(a, b)) <= 0 ? a : b;
}

export const BLOCK_COLUMNS = "block, low, low_step, low_time, high, high_step, high_time, odd, odd_step, odd_time, since, until";

type StoredPoint = [value: number | string | null, step: number | null, time: number | null];

/** A row of `curve_blocks` in the order of `BLOCK_COLUMNS`. */
export type BlockRow = [block: number, ...low: StoredPoint, ...high: StoredPoint, ...odd: StoredPoint, since: number, until: number];

export function rowOfBlock({ block, low, high, odd, since, until }: CurveBlock): BlockRow {
  return [block, ...storedPoint(low), ...storedPoint(high), ...storedPoint(odd), since, until];
}

export function blockOfRow([block, low, lowStep, lowTime, high, highStep, highTime, odd, oddStep, oddTime, since, until]: BlockRow): CurveBlock {
  return { block, low: loadedPoint(low, lowStep, lowTime), high: loadedPoint(high, highStep, highTime), odd: loadedPoint(odd, oddStep, oddTime), since, until };
}

function storedPoint(point: CurvePoint | null): StoredPoint {
  return point === null ? [null, null, null] : [storedNumber(point.value), point.step, point.time];
}

function loadedPoint(value: number | string | null, step: number | null, time: number | null): CurvePoint | null {
  return value === null || step === null || time === null ? null : { step, time, value: loadedNumber(value) };
}
