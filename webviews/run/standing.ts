import { html, nothing, svg, type TemplateResult } from "lit";
import { formatNumber, plural } from "../ui/format.ts";
import type { Standing } from "./run-data.ts";

const WIDTH = 340;
const DOT = 7;
const MOST_STACKED = 7;

/** Where this run stands among all runs by its first key metric: a dot a run, those that lie together above each other. */
export function standingSection(standing: Standing | null, color: number, openRun: (runId: string) => void): TemplateResult | typeof nothing {
  if (standing === null || standing.others.length === 0) return nothing;
  const { key, own, others, interval, newestOf } = standing;
  const values = [own, ...others.map(({ value }) => value), ...(interval === null ? [] : [interval.low, interval.high])];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (value: number): number => (high === low ? WIDTH / 2 : 10 + ((value - low) / (high - low)) * (WIDTH - 20));
  const columns = new Map<number, number>();
  const placed = others
    .toSorted((a, b) => a.value - b.value)
    .map((other) => {
      const column = Math.round(x(other.value) / DOT);
      const height = columns.get(column) ?? 0;
      columns.set(column, height + 1);
      return { ...other, cx: x(other.value), height: Math.min(height, MOST_STACKED - 1) };
    });
  const base = 22 + (1 + Math.max(0, ...placed.map(({ height }) => height))) * DOT;
  const better = others.filter(({ value }) => (standing.direction === "down" ? value < own : value > own)).length;
  const place = standing.direction === "unknown" ? "" : `, place ${better + 1} of ${newestOf === null ? "" : "the newest "}${others.length + 1}`;
  return html`<section><h2 class="section">${newestOf === null ? "Among all runs" : `Among the newest of ${plural(newestOf, "run")}`} <span class="two small">${key}, ${plural(others.length + 1, "run")}</span></h2>
    <svg class="strip" viewBox="0 0 ${WIDTH} ${base + 22}" role="img" aria-label="${key}: this run ${formatNumber(own)}${place}; all from ${formatNumber(low)} to ${formatNumber(high)}">
      <line class="axis" x1="4" x2=${WIDTH - 4} y1=${base} y2=${base}></line>
      ${placed.map(({ runId, title, value, cx, height }) => svg`<circle class="other" cx=${cx} cy=${base - 5 - height * DOT} r="3" @click=${() => openRun(runId)}><title>${title}: ${formatNumber(value)}</title></circle>`)}
      ${interval === null ? nothing : svg`<g class="own r${color % 10}"><line x1=${x(interval.low)} x2=${x(interval.high)} y1="12" y2="12"></line><line x1=${x(interval.low)} x2=${x(interval.low)} y1="8" y2="16"></line><line x1=${x(interval.high)} x2=${x(interval.high)} y1="8" y2="16"></line></g>`}
      ${svg`<g class="own r${color % 10}"><circle cx=${x(own)} cy=${base - 5} r="5"><title>this run: ${formatNumber(own)}</title></circle></g>`}
      <text x="4" y=${base + 16}>${formatNumber(low)}</text><text x=${WIDTH - 4} y=${base + 16} text-anchor="end">${formatNumber(high)}</text>
    </svg>
    <p class="two small">${interval === null ? `This run ${formatNumber(own)}${place}. One run of this configuration: no interval.` : `This run ${formatNumber(own)}${place}; mean of its ${interval.n} seeds and 95 % interval above.`}</p></section>`;
}
