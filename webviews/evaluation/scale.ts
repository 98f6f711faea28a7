/** A linear scale from values to pixels. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  (value: number): number;
  /** The value at a pixel. */
  back(pixel: number): number;
}

export function linear(low: number, high: number, from: number, to: number): Scale {
  const span = high - low || 1;
  const scale = (value: number): number => from + ((value - low) / span) * (to - from);
  return Object.assign(scale, { low, high, back: (pixel: number) => low + ((pixel - from) / (to - from)) * span });
}

/** About `count` round places between low and high (steps of 1, 2 or 5 times a power of ten). */
export function ticks(low: number, high: number, count: number): readonly number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) ?? power * 10;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A tick in few characters: `0.25`, `−20`, `1.2k`. */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  const text = size >= 1e5 ? value.toExponential(0).replace("e+", "e") : size >= 1e4 ? `${Number((value / 1000).toFixed(1))}k` : String(Number(value.toPrecision(4)));
  return text.replace("-", "−");
}
