import type { Plugin } from "chart.js";

export interface EndLabel {
  readonly text: string;
  readonly color: string;
  readonly bold: boolean;
  /** Of the line's last point, in the data's unit. */
  readonly value: number;
}

const LINE = 14;
const GAP = 8;

/** Moves labels apart so that each has `line` pixels, near to where they belong, between `top` and `bottom`. Takes and keeps ascending order. */
export function spread(wanted: readonly number[], line: number, top: number, bottom: number): number[] {
  // Clusters of touching labels are centred on the mean of what they want, as in isotonic regression.
  const clusters: { sum: number; count: number }[] = [];
  const start = ({ sum, count }: { sum: number; count: number }): number => Math.max(top, Math.min(sum / count - ((count - 1) * line) / 2, bottom - (count - 1) * line));
  for (const y of wanted) {
    clusters.push({ sum: y, count: 1 });
    for (;;) {
      const last = clusters.at(-1);
      const before = clusters.at(-2);
      if (last === undefined || before === undefined || start(before) + before.count * line <= start(last)) break;
      clusters.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  }
  return clusters.flatMap((cluster) => Array.from({ length: cluster.count }, (_, index) => start(cluster) + index * line));
}

/** Writes each line's name behind its end instead of a legend. `labels` is asked at every drawing. */
export function endLabels(labels: () => readonly EndLabel[], font: () => string): Plugin<"line"> {
  return {
    id: "endLabels",
    afterDatasetsDraw(chart) {
      const { ctx, chartArea, scales } = chart;
      const y = scales["y"];
      if (y === undefined) return;
      const room = chart.width - chartArea.right - GAP;
      const placed = labels()
        .map((label) => ({ label, at: Math.max(chartArea.top, Math.min(chartArea.bottom, y.getPixelForValue(label.value))) }))
        .filter(({ at }) => Number.isFinite(at))
        .sort((a, b) => a.at - b.at);
      const most = Math.max(1, Math.floor((chartArea.bottom - chartArea.top) / LINE) + 1);
      const kept = placed.length <= most ? placed : placed.filter(({ label }) => label.bold).slice(0, most);
      const places = spread(kept.map(({ at }) => at), LINE, chartArea.top, chartArea.bottom);
      ctx.save();
      ctx.textBaseline = "middle";
      for (const [index, { label }] of kept.entries()) {
        ctx.font = `${label.bold ? 600 : 400} 11px ${font()}`;
        ctx.fillStyle = label.color;
        ctx.fillText(fit(ctx, label.text, room), chartArea.right + GAP, places[index] ?? 0);
      }
      ctx.restore();
    },
  };
}

function fit(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  if (ctx.measureText(text).width <= room) return text;
  let end = text.length;
  while (end > 1 && ctx.measureText(`${text.slice(0, end)}…`).width > room) end -= 1;
  return `${text.slice(0, end)}…`;
}
