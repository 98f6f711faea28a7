import type { Density } from "../api/evaluation.ts";
import { argsort } from "../statistics/argsort.ts";
import { lowess } from "../statistics/lowess.ts";
import { createRandom } from "../statistics/random.ts";

const COLUMNS = 44;
/** More points than this are sampled for the smooth line (not for the counts). */
const SMOOTH = 5000;

/** Counts in hexagons over the whole range, and a LOWESS line on top. Rows in which either is missing are left out. */
export function densityOf(x: Float64Array, y: Float64Array): Density {
  const rows = finiteRows(x, y);
  const xRange = rangeOf(x, rows);
  const yRange = rangeOf(y, rows);
  // Hexagons with the point up: width w, rows 1.5 radii apart; the page draws them at 16 : 11.
  const width = (xRange[1] - xRange[0]) / COLUMNS;
  const radius = (yRange[1] - yRange[0]) / (COLUMNS * 0.62);
  const counts = new Float64Array(4096 * 128);
  for (let i = 0; i < rows.length; i++) counts[hexagon((x[rows[i]!]! - xRange[0]) / width, (y[rows[i]!]! - yRange[0]) / radius)]!++;
  const cells: number[] = [];
  for (let cell = 0; cell < counts.length; cell++) if (counts[cell]! > 0) cells.push(cell);
  const centres = cells.map((cell) => {
    const line = Math.floor(cell / 4096);
    return [xRange[0] + ((cell % 4096) - 8 + (line % 2 === 0 ? 0 : 0.5)) * width, yRange[0] + (line - 8) * 1.5 * radius] as const;
  });
  return {
    x: centres.map(([cx]) => cx),
    y: centres.map(([, cy]) => cy),
    count: cells.map((cell) => counts[cell]!),
    xRange,
    yRange,
    cell: [width / 2, radius],
    smooth: smoothOf(x, y, rows),
    smoothNote: rows.length > SMOOTH ? `LOWESS over ⅔ of ${SMOOTH} sampled rows` : "LOWESS over ⅔ of the rows",
  };
}

/** Whether a point lies in the hexagon whose centre is `at`, of the density with this origin (xRange[0], yRange[0]) and cell. */
export function inHexagon(x: number, y: number, { origin, cell, at }: { readonly origin: readonly [number, number]; readonly cell: readonly [number, number]; readonly at: readonly [number, number] }): boolean {
  const place = (px: number, py: number): number => hexagon((px - origin[0]) / (2 * cell[0]), (py - origin[1]) / cell[1]);
  return place(x, y) === place(at[0], at[1]);
}

/** The hexagon (line, column packed as line · 4096 + column, both plus 8) that holds a point, in units of width and radius. */
function hexagon(u: number, v: number): number {
  const line = Math.round(v / 1.5);
  const column = Math.round(u - (line & 1) / 2);
  // The nearest centre lies on this line or on the one beyond it.
  const other = v / 1.5 >= line ? line + 1 : line - 1;
  const shifted = Math.round(u - (other & 1) / 2);
  return distance(u, v, other, shifted) < distance(u, v, line, column) ? (other + 8) * 4096 + shifted + 8 : (line + 8) * 4096 + column + 8;
}

function distance(u: number, v: number, line: number, column: number): number {
  const du = (u - column - (line & 1) / 2) * Math.sqrt(3);
  const dv = v - 1.5 * line;
  return du * du + dv * dv;
}

function finiteRows(x: Float64Array, y: Float64Array): Uint32Array {
  const rows = new Uint32Array(x.length);
  let count = 0;
  for (let i = 0; i < x.length; i++) if (Number.isFinite(x[i]!) && Number.isFinite(y[i]!)) rows[count++] = i;
  return rows.slice(0, count);
}

function rangeOf(values: Float64Array, rows: Uint32Array): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i]!]!;
    if (value < low) low = value;
    if (value > high) high = value;
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
