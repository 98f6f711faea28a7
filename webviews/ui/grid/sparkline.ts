import { nothing, svg, html, type TemplateResult } from "lit";

/**
 * The points of a small curve as an SVG `points` list in a box of 100 × `height`; non-finite values are left out.
 * `low` and `high` fix the vertical scale, so that the curves of a column can be compared.
 */
export function sparkPoints(y: ArrayLike<number>, height: number, low: number, high: number): string {
  const span = high > low ? high - low : 1;
  const last = Math.max(1, y.length - 1);
  const points: string[] = [];
  for (let index = 0; index < y.length; index += 1) {
    const value = y[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const inside = Math.min(1, Math.max(0, (value - low) / span));
    points.push(`${((index / last) * 100).toFixed(1)},${(height - 3 - inside * (height - 6)).toFixed(1)}`);
  }
  return points.join(" ");
}

/** A sparkline that fills its cell; the value beside it says what it means, so it is hidden from screen readers. */
export function sparkline(y: ArrayLike<number>, low: number, high: number): TemplateResult | typeof nothing {
  const points = sparkPoints(y, 22, low, high);
  if (points === "") return nothing;
  return html`<svg class="spark" viewBox="0 0 100 22" preserveAspectRatio="none" aria-hidden="true">${svg`<polyline points=${points}></polyline>`}</svg>`;
}
