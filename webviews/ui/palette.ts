/** Runs in the palette before patterns begin. */
export const RUN_COLORS = 10;

/** How a run is drawn everywhere: its colour, and past the tenth a pattern that does not rest on colour. */
export interface RunLook {
  /** A CSS colour that follows the theme. */
  readonly color: string;
  /** 0 solid, 1 … 3 ring, half, square: each ten runs the next pattern. */
  readonly pattern: number;
  /** Canvas dash of its line, in CSS pixels. */
  readonly dash: readonly number[];
}

const DASHES: readonly (readonly number[])[] = [[], [5, 3], [2, 2], [8, 3, 2, 3]];

/** The look of a palette index, which the engine assigned once (`RunHead.color`). */
export function runLook(index: number): RunLook {
  const place = Math.max(0, Math.floor(index));
  const pattern = Math.floor(place / RUN_COLORS) % DASHES.length;
  return { color: `var(--ts-run-${place % RUN_COLORS})`, pattern, dash: DASHES[pattern] ?? [] };
}

/** Class names of the dot that stands for a run; `runDotStyles` in theme.ts draws them. */
export function runDotClass(index: number): string {
  return `dot r${Math.max(0, Math.floor(index)) % RUN_COLORS} p${runLook(index).pattern}`;
}
