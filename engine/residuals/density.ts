import type { Density } from "../api/evaluation.ts";
import { argsort } from "../statistics/argsort.ts";
import { lowess } from "../statistics/lowess.ts";
import { createRandom } from "../statistics/random.ts";

const COLUMNS = 44;
/** More points than this are sampled for the smooth line (not for the counts). */
const SMOOTH = 5000;

/** Counts in hexagons over the whole range, and a LOWESS line on top. Rows in which either is missing are left out. */
export function densityOf(x: Float64Array, y: Float64Array): Density {
  const rows = Uint32Array.from(x.keys()).filter((i) => Number.isFinite(x[i]!) && Number.isFinite(y[i]!));
  const xRange = rangeOf(x, rows);
  const yRange = rangeOf(y, rows);
  // Hexagons with the point up: width w, rows 1.5 radii apart; the page draws them at 16 : 11.
  const width = (xRange[1] - xRange[0]) / COLUMNS;
  const radius = (yRange[1] - yRange[0]) / (COLUMNS * 0.62);
  const counts = new Map<number, number>();
  for (const row of rows) {
    const cell = hexagon((x[row]! - xRange[0]) / width, (y[row]! - yRange[0]) / radius);
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const cells = [...counts.keys()].sort((a, b) => a - b);
  const centres = cells.map((cell) => {
    const line = Math.floor(cell / 4096);
    return [xRange[0] + ((cell % 4096) - 8 + (line % 2 === 0 ? 0 : 0.5)) * width, yRange[0] + (line - 8) * 1.5 * radius] as const;
  });
  return {
    x: centres.map(([cx]) => cx),
    y: centres.map(([, cy]) => cy),
    count: cells.map((cell) => counts.get(cell)!),
    xRange,
    yRange,
    cell: [width / 2, radius],
    smooth: smoothOf(x, y, rows),
    smoothNote: rows.length > SMOOTH ? `LOWESS over ⅔ of ${SMOOTH} sampled rows` : "LOWESS over ⅔ of the rows",
  };
}

/** The hexagon (line, column packed as line · 4096 + column, both plus 8) that holds a point, in units of width and radius. */
function hexagon(u: number, v: number): number {
  const line = Math.round(v / 1.5);
  const column = Math.round(u - (Math.abs(line % 2) === 1 ? 0.5 : 0));
  let best = [line, column, distance(u, v, line, column)] as const;
  for (const other of [line - 1, line + 1]) {
    const shifted = Math.round(u - (Math.abs(other % 2) === 1 ? 0.5 : 0));
    const away = distance(u, v, other, shifted);
    if (away < best[2]) best = [other, shifted, away];
  }
  return (best[0] + 8) * 4096 + best[1] + 8;
}

function distance(u: number, v: number, line: number, column: number): number {
  const du = (u - column - (Math.abs(line % 2) === 1 ? 0.5 : 0)) * Math.sqrt(3);
  const dv = v - 1.5 * line;
  return du * du + dv * dv;
}

function rangeOf(values: Float64Array, rows: Uint32Array): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    low = Math.min(low, values[row]!);
    high = Math.max(high, values[row]!);
  }
  if (rows.length === 0) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function smoothOf(x: Float64Array, y: Float64Array, rows: Uint32Array): { x: number[]; y: number[] } {
  const random = createRandom(7);
  const share = SMOOTH / rows.length;
  const used = rows.length > SMOOTH ? rows.filter(() => random() < share) : rows;
  if (used.length < 10) return { x: [], y: [] };
  const order = argsort(Float64Array.from(used, (row) => x[row]!));
  const sx = Float64Array.from(order, (at) => x[used[at]!]!);
  const sy = Float64Array.from(order, (at) => y[used[at]!]!);
  const smooth = lowess(sx, sy, 2 / 3, 3, (sx.at(-1)! - sx[0]!) / 100);
  const step = Math.max(1, Math.floor(sx.length / 120));
  const picked = Array.from(sx.keys()).filter((i) => i % step === 0 || i === sx.length - 1);
  return { x: picked.map((i) => sx[i]!), y: picked.map((i) => smooth[i]!) };
}
