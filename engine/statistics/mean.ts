import type { Estimated } from "../api/tokens.ts";
import { estimate, LEVEL, unknown } from "./estimate.ts";
import { tQuantile } from "./distributions.ts";

export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Unbiased (n − 1); NaN below two values. */
  readonly variance: number;
}

/** Sum, mean and variance in one stable pass (Welford 1962). */
export class Running {
  n = 0;
  sum = 0;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.n++;
    this.sum += value;
    const delta = value - this.#mean;
    this.#mean += delta / this.n;
    this.#squares += delta * (value - this.#mean);
  }

  get moments(): Moments {
    return { n: this.n, mean: this.n === 0 ? Number.NaN : this.#mean, variance: this.n > 1 ? this.#squares / (this.n - 1) : Number.NaN };
  }
}

export function moments(values: Float64Array): Moments {
  return momentsOf(values.length, (i) => values[i]!);
}

/** The moments of `count` values that are computed one by one. */
export function momentsOf(count: number, valueAt: (i: number) => number): Moments {
  const running = new Running();
  for (let i = 0; i < count; i++) running.add(valueAt(i));
  return running.moments;
}

/** The mean with Student's t interval. */
export function meanInterval({ n, mean, variance }: Moments): Estimated {
  if (n === 0) return unknown("no rows", 0);
  if (n === 1) return unknown("one row has no spread to build an interval from", 1);
  const half = tQuantile((1 + LEVEL) / 2, n - 1) * Math.sqrt(variance / n);
  return estimate(mean, mean - half, mean + half, n, "t");
}
