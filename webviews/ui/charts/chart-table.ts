import { css, html, type TemplateResult } from "lit";
import { columnDecimals, exact, formatNumber } from "../format.ts";
import { axisText } from "./axis-format.ts";
import type { AxisKind, ChartSeries } from "./series.ts";

const MOST_ROWS = 500;

export const tableStyles = css`
  .values { height: 100%; overflow: auto; }
  .values table { border-collapse: collapse; font-size: 12px; }
  .values th, .values td { height: 22px; padding: 0 10px; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; font-weight: 400; }
  .values thead th { position: sticky; top: 0; background: var(--ts-bg); color: var(--ts-fg2); }
  .values caption { padding: 2px 10px; text-align: left; color: var(--ts-fg2); }
`;

/** The chart's numbers: a row per place on the axis, a column per line; what was left out is said. */
export function chartTable(series: readonly ChartSeries[], label: string, kind: AxisKind): TemplateResult {
  const places = [...new Set(series.flatMap(({ x }) => Array.from(x)))].sort((a, b) => a - b);
  const shown = places.length <= MOST_ROWS ? places : places.slice(places.length - MOST_ROWS);
  const byPlace = series.map(({ x, y }) => new Map(Array.from(x, (at, index) => [at, y[index] ?? Number.NaN])));
  const decimals = columnDecimals(series.flatMap(({ y }) => Array.from(y)));
  return html`<div class="values scroll" tabindex="0" role="region" aria-label="${label} as a table">
    <table>
      <caption>${label}${shown.length < places.length ? html`: the last ${shown.length} of ${places.length} places` : ""}</caption>
      <thead><tr><th scope="col">${kind}</th>${series.map((one) => html`<th scope="col">${one.label}</th>`)}</tr></thead>
      <tbody>${shown.map(
        (at) => html`<tr><th scope="row">${axisText(kind, at)}</th>${byPlace.map((values) => {
          const value = values.get(at);
          return html`<td title=${value === undefined ? "" : exact(value)}>${value === undefined ? "" : formatNumber(value, decimals)}</td>`;
        })}</tr>`,
      )}</tbody>
    </table>
  </div>`;
}
