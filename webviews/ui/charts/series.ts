/** A line of a chart: a run's curve as the engine sampled it. */
export interface ChartSeries {
  readonly id: string;
  readonly label: string;
  /** Index into the run palette. */
  readonly color: number;
  readonly x: ArrayLike<number>;
  /** NaN and ±Infinity are gaps. */
  readonly y: ArrayLike<number>;
  /** Drawn in full tone and last; the others step back when any series is in front. */
  readonly front: boolean;
}

/** What the horizontal axis counts. */
export type AxisKind = "step" | "time" | "relative";

/** A range of the horizontal axis in its own unit. */
export interface AxisRange {
  readonly from: number;
  readonly to: number;
}

export interface SeriesFacts {
  readonly last: number;
  readonly lastX: number;
  readonly low: number;
  readonly lowX: number;
  readonly high: number;
  readonly highX: number;
  /** Values that are NaN or infinite. */
  readonly gaps: number;
}

/** Last, lowest and highest value with their places; null when no value is finite. */
export function seriesFacts(x: ArrayLike<number>, y: ArrayLike<number>): SeriesFacts | null {
  let last = -1;
  let low = -1;
  let high = -1;
  let gaps = 0;
  const value = (index: number): number => y[index] ?? Number.NaN;
  const place = (index: number): number => x[index] ?? Number.NaN;
  for (let index = 0; index < y.length; index += 1) {
    if (!Number.isFinite(value(index))) {
      gaps += 1;
      continue;
    }
    last = index;
    if (low === -1 || value(index) < value(low)) low = index;
    if (high === -1 || value(index) > value(high)) high = index;
  }
  if (last === -1) return null;
  return { last: value(last), lastX: place(last), low: value(low), lowX: place(low), high: value(high), highX: place(high), gaps };
}

/** Index of the value of a sorted list that lies nearest to `target`; -1 for an empty list. */
export function nearestIndex(x: ArrayLike<number>, target: number): number {
  let low = 0;
  let high = x.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) < target) low = middle + 1;
    else high = middle;
  }
  return low > 0 && target - (x[low - 1] ?? 0) <= (x[low] ?? 0) - target ? low - 1 : low;
}
