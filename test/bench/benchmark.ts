export interface Figure {
  readonly what: string;
  readonly value: number;
  /** `ms`, `MB`, `calls/s`, `×`, … */
  readonly unit: string;
  /** As DESIGN 9 has it, in words: `< 300 ms`. */
  readonly budget?: string;
}

/** What a benchmark file exports as its default. */
export interface Benchmark {
  /** One line: what is measured, on which data. */
  readonly title: string;
  run(context: { readonly python: string; say(line: string): void }): Promise<readonly Figure[]>;
}

/** Medians of some calls: milliseconds on the clock, and of processor time, which a busy machine changes less. */
export function timed(repeats: number, action: () => unknown): { readonly clock: number; readonly processor: number } {
  const times = Array.from({ length: repeats }, () => {
    const [start, before] = [performance.now(), process.cpuUsage()];
    action();
    const { user, system } = process.cpuUsage(before);
    return { clock: performance.now() - start, processor: (user + system) / 1000 };
  });
  return { clock: median(times.map(({ clock }) => clock)), processor: median(times.map(({ processor }) => processor)) };
}

/** Middle of the values; the mean of the two middle ones where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
