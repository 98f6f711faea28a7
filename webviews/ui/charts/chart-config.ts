import type { ChartConfiguration, ChartDataset, Plugin } from "chart.js";
import { runLook } from "../palette.ts";
import { themeColor } from "../theme.ts";
import { tickText, valueTick } from "./axis-format.ts";
import type { AxisKind, AxisRange, ChartSeries } from "./series.ts";
import { smooth } from "./smoothing.ts";

/** What decides how the lines are drawn. */
export interface ChartLook {
  readonly kind: AxisKind;
  readonly log: boolean;
  readonly smoothing: number;
  readonly range: AxisRange | null;
  readonly font: string;
  /** Pixels kept free on the right for the names of the lines. */
  readonly labels: number;
}

type Point = { readonly x: number; readonly y: number };

function points(x: ArrayLike<number>, y: ArrayLike<number>, log: boolean): Point[] {
  return Array.from(y, (value, index) => ({ x: x[index] ?? Number.NaN, y: Number.isFinite(value) && (!log || value > 0) ? value : Number.NaN }));
}

/** One line per series, its raw values faintly behind where it is smoothed; those in front come last, so on top. */
export function datasets(series: readonly ChartSeries[], look: ChartLook): ChartDataset<"line", Point[]>[] {
  const anyFront = series.some(({ front }) => front);
  const ordered = [...series].sort((a, b) => Number(a.front) - Number(b.front));
  return ordered.flatMap((one) => {
    const { color, dash } = runLook(one.color);
    const solid = themeColor(color, "#4e9cf5");
    const back = anyFront && !one.front;
    const line = { label: one.label, borderColor: back ? faint(solid, 0.4) : solid, borderWidth: one.front ? 2 : 1.25, borderDash: [...dash], pointRadius: alone(one) ? 3 : 0, pointBackgroundColor: solid, pointHitRadius: 0 };
    if (look.smoothing <= 0) return [{ ...line, data: points(one.x, one.y, look.log) }];
    const raw = { ...line, label: `${one.label} raw`, borderColor: faint(solid, back ? 0.12 : 0.25), borderWidth: 1, data: points(one.x, one.y, look.log) };
    return [raw, { ...line, data: points(one.x, smooth(one.y, look.smoothing), look.log) }];
  });
}

/** A whole chart in the colours of the theme. */
export function chartConfig(series: readonly ChartSeries[], look: ChartLook, plugins: Plugin<"line">[]): ChartConfiguration<"line", Point[]> {
  const grid = themeColor("--ts-grid", "#333333");
  const text = themeColor("--ts-fg2", "#999999");
  const ticks = { color: text, font: { size: 11, family: look.font }, maxRotation: 0, autoSkipPadding: 24 };
  return {
    type: "line",
    data: { datasets: datasets(series, look) },
    plugins,
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      spanGaps: false,
      events: [],
      layout: { padding: { top: 6, right: look.labels } },
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: {
        x: {
          type: "linear",
          bounds: "data",
          ...(look.range === null ? {} : { min: look.range.from, max: look.range.to }),
          grid: { display: false },
          border: { color: themeColor("--ts-line", "#333333") },
          ticks: { ...ticks, includeBounds: false, callback: (value) => tickText(look.kind, Number(value)) },
        },
        y: {
          type: look.log ? "logarithmic" : "linear",
          grid: { color: grid, tickLength: 0 },
          border: { display: false },
          ticks: { ...ticks, padding: 8, maxTicksLimit: 7, callback: (value, _index, ticks) => valueTick(look.log, Number(value), ticks.map((tick) => tick.value)) },
        },
      },
    },
  };
}

function alone({ y }: ChartSeries): boolean {
  return y.length === 1;
}

/** The same colour with less weight; `color` is what getComputedStyle gives. */
export function faint(color: string, share: number): string {
  return `color-mix(in srgb, ${color} ${Math.round(share * 100)}%, transparent)`;
}
