import { setImmediate as nextTurn } from "node:timers/promises";
import type { Curve } from "../api/runs.ts";
import { type CurveBlock, type CurvePoint, inOrder, levelFor, widened } from "../store/blocks.ts";
import type { BlockedCurve, PointArrays } from "../store/read/metrics.ts";
import type { Readers } from "../store/store.ts";
import type { RunTable } from "./columns/runTable.ts";

export interface CurveRequest {
  readonly key: string;
  readonly x: "step" | "time" | "relative";
  /** Of one curve; more are thinned. */
  readonly maxPoints: number;
  /** Bounds of x, both inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Blocks of a curve that is drawn over time; with fewer, its steps say too little about its times. */
const FEWEST_BLOCKS = 100;

/** Whether blocks of steps are stretches of time as well. Steps that were logged again later, after a restart, are not: what was logged first would be hidden. */
function followsTime(blocks: readonly CurveBlock[]): boolean {
  return blocks.length >= FEWEST_BLOCKS && blocks.every(({ since }, i) => i === 0 || since >= (blocks[i - 1]?.until ?? since));
}

/**
 * One run's curve, thinned to the asked number of points; the least and the greatest value of every stretch stay. The whole of a
 * long curve comes from its blocks; a part of it is read in slices, with other work of the engine in between. Throws where
 * `signal` is aborted.
 */
export async function readCurve(table: RunTable, read: Readers, row: number, request: CurveRequest, signal?: AbortSignal): Promise<Curve> {
  const run = table.run(row);
  const byStep = request.x === "step";
  const blocked = request.from === undefined && request.to === undefined ? read.metrics.blocked(run.runKey, request.key) : null;
  if (blocked !== null && stretchesOf(request.maxPoints) <= blocked.blocks.length * 2 && blocked.points > request.maxPoints && (byStep || followsTime(blocked.blocks))) {
    const points = blockSample(blocked, request.maxPoints);
    // Of fifty curves each is short work; in between others get their turn.
    await nextTurn();
    signal?.throwIfAborted();
    const x = Float64Array.from(points, ({ step, time }) => (byStep ? step : request.x === "time" ? time : time - run.start));
    const y = Float64Array.from(points, ({ value }) => value);
    const [inX, inY] = byStep ? [x, y] : ordered(x, y);
    return { runId: run.runId, key: request.key, x: inX, y: inY, points: blocked.points };
  }
  const slices: PointArrays[] = [];
  for (const slice of byStep ? read.metrics.slices(run.runKey, request.key, request.from, request.to) : read.metrics.slices(run.runKey, request.key)) {
    slices.push(slice);
    await nextTurn();
    signal?.throwIfAborted();
  }
  let x = joined(slices.map((slice) => (byStep ? slice.step : slice.time)));
  if (request.x === "relative") x = x.map((at) => at - run.start);
  let y = joined(slices.map(({ value }) => value));
  if (!byStep) [x, y] = ordered(x, y);
  if (!byStep && (request.from !== undefined || request.to !== undefined)) [x, y] = within(x, y, request.from ?? Number.NEGATIVE_INFINITY, request.to ?? Number.POSITIVE_INFINITY);
  const kept = minMaxSample(x, y, request.maxPoints);
  return { runId: run.runId, key: request.key, x: kept.x, y: kept.y, points: x.length };
}

/** Stretches of a curve of which each keeps three points, beside the first and the last one. */
function stretchesOf(maxPoints: number): number {
  return Math.max(1, Math.floor((maxPoints - 2) / 3));
}

/**
 * A curve of at most `maxPoints` points: its first and last point, and of each stretch of 2^k steps, with the least k that does,
 * the first points with the least and the greatest finite value and the first value that is not finite.
 */
export function blockSample({ blocks, first, last }: Pick<BlockedCurve, "blocks" | "first" | "last">, maxPoints: number): CurvePoint[] {
  const from = blocks[0]?.block ?? 0;
  const to = blocks.at(-1)?.block ?? 0;
  const wide = widened(blocks, levelFor(from, to, stretchesOf(maxPoints)));
  const kept = [first];
  for (const { low, high, odd } of wide.values()) {
    const points = [low, high, odd].filter((point) => point !== null).sort(inOrder);
    for (const point of points) if (!samePoint(point, kept.at(-1)) && !samePoint(point, last)) kept.push(point);
  }
  if (!samePoint(last, kept.at(-1))) kept.push(last);
  return kept;
}

function samePoint(a: CurvePoint, b: CurvePoint | undefined): boolean {
  return b !== undefined && a.step === b.step && a.time === b.time && Object.is(a.value, b.value);
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Steps may be logged out of the order of time. */
function ordered(x: Float64Array, y: Float64Array): [Float64Array, Float64Array] {
  let sorted = true;
  for (let i = 1; i < x.length && sorted; i++) sorted = (x[i - 1] ?? 0) <= (x[i] ?? 0);
  if (sorted) return [x, y];
  const order = Uint32Array.from(x, (_, i) => i).sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0) || a - b);
  return [Float64Array.from(order, (i) => x[i] ?? 0), Float64Array.from(order, (i) => y[i] ?? 0)];
}

function within(x: Float64Array, y: Float64Array, from: number, to: number): [Float64Array, Float64Array] {
  let first = 0;
  while (first < x.length && (x[first] ?? 0) < from) first++;
  let end = x.length;
  while (end > first && (x[end - 1] ?? 0) > to) end--;
  return [x.subarray(first, end), y.subarray(first, end)];
}

/**
 * Thins a curve whose x is in order to at most `maxPoints` (at least 4): x is cut into equal stretches, and of each
 * the points with the least and the greatest value stay, at their own x, so that no peak is lost. First and last point
 * stay. Of values that are not finite one in a stretch stays, so that a NaN is seen.
 */
export function minMaxSample(x: Float64Array, y: Float64Array, maxPoints: number): { x: Float64Array; y: Float64Array } {
  const n = x.length;
  if (n <= Math.max(4, maxPoints)) return { x, y };
  const stretches = stretchesOf(maxPoints);
  const x0 = x[0] ?? 0;
  const width = ((x[n - 1] ?? 0) - x0) / stretches || 1;
  const kept = new Set<number>([0]);
  let start = 0;
  for (let k = 0; k < stretches && start < n; k++) {
    const limit = k === stretches - 1 ? Number.POSITIVE_INFINITY : x0 + (k + 1) * width;
    let low = -1;
    let high = -1;
    let odd = -1;
    let i = start;
    for (; i < n && (x[i] ?? 0) < limit; i++) {
      const value = y[i] ?? Number.NaN;
      if (!Number.isFinite(value)) {
        if (odd === -1) odd = i;
        continue;
      }
      if (low === -1 || value < (y[low] ?? 0)) low = i;
      if (high === -1 || value > (y[high] ?? 0)) high = i;
    }
    for (const at of [low, high, odd].sort((a, b) => a - b)) if (at !== -1) kept.add(at);
    start = i;
  }
  kept.add(n - 1);
  const order = [...kept].sort((a, b) => a - b);
  return { x: Float64Array.from(order, (i) => x[i] ?? 0), y: Float64Array.from(order, (i) => y[i] ?? 0) };
}
