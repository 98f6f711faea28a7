import { setImmediate } from "node:timers/promises";
import { sortRows } from "../runs/columns/sort.ts";
import type { PointArrays } from "../store/read/metrics.ts";
import type { Readers } from "../store/store.ts";
import { wireNumber } from "./shapes.ts";

/** The points of one metric, by (time, step, value) as MLflow has them. */
interface History {
  readonly count: number;
  /** The text of one point. */
  json(index: number): string;
}

/** Some of a history, and whose it is where an answer has several. */
interface Part {
  readonly history: History;
  readonly from: number;
  readonly to: number;
}

/** Letters of a piece: some milliseconds, after which others get their turn. */
const PIECE = 128 * 1024;

/**
 * Reads a metric's points, slice by slice: between two of them others get their turn. The store has them by step, which
 * nearly always is their order in time; otherwise they are sorted.
 * @param runId - Written into each point, as answers with several runs have it.
 */
export async function readHistory(read: Readers, runKey: number, key: string, runId?: string): Promise<History> {
  const slices: PointArrays[] = [];
  const starts: number[] = [];
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  let inOrder = true;
  for (const slice of read.metrics.slices(runKey, key)) {
    if (slices.length > 0) await setImmediate();
    slices.push(slice);
    starts.push(count);
    count += slice.time.length;
    for (const time of slice.time) {
      inOrder &&= time >= last;
      last = time;
    }
  }
  const width = slices[0]?.time.length ?? 0;
  const place = (index: number): { slice: PointArrays | undefined; at: number } => {
    const which = width === 0 ? 0 : Math.floor(index / width);
    return { slice: slices[which], at: index - (starts[which] ?? 0) };
  };
  const order = inOrder ? null : Uint32Array.from({ length: count }, (_, i) => i);
  if (order) {
    sortRows(order, (index) => {
      const { slice, at } = place(index);
      return slice?.time[at] ?? 0;
    }, false);
  }
  const named = `{"key":${JSON.stringify(key)},"value":`;
  const owner = runId === undefined ? "" : `,"run_id":${JSON.stringify(runId)}`;
  return {
    count,
    json(index) {
      const { slice, at } = place(order?.[index] ?? index);
      const value = wireNumber(slice?.value[at] ?? 0);
      return `${named}${typeof value === "number" ? String(value) : `"${value}"`},"timestamp":${slice?.time[at] ?? 0},"step":${slice?.step[at] ?? 0}${owner}}`;
    },
  };
}

/** `{"metrics":[…]}`, in pieces. */
export function* historyPieces(parts: readonly Part[], next?: string): Generator<string> {
  let piece = '{"metrics":[';
  let first = true;
  for (const { history, from, to } of parts) {
    for (let i = from; i < to; i++) {
      piece += (first ? "" : ",") + history.json(i);
      first = false;
      if (piece.length < PIECE) continue;
      yield piece;
      piece = "";
    }
  }
  yield `${piece}]${next === undefined ? "" : `,"next_page_token":${JSON.stringify(next)}`}}`;
}
