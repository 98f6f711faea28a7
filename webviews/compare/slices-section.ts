import { html, nothing, svg, type TemplateResult } from "lit";
import type { ComparedSlice, ComparedSlices, RunComparison, SliceChange } from "../../engine/api/compare.ts";
import { exact, formatCount, formatNumber, formatPercent, formatSigned, MISSING } from "../ui/format.ts";
import { letter, others, runHeader } from "./sections.ts";
import { t } from "../ui/l10n.ts";

/** Where each run's predictions are better: the rate of each run, and the difference to the one held against with its 95 % interval. */
export function slicesSection(comparison: RunComparison, slices: ComparedSlices | undefined, openEvaluation: (index: number) => void): TemplateResult | typeof nothing {
  if (slices === undefined) return html`<section><h2 class="section">Slices <span class="two small">comparing the predictions…</span></h2></section>`;
  if (slices.rows.length === 0) return slices.note === null ? nothing : html`<section><h2 class="section">${t("Slices")}</h2><p class="two">${slices.note}</p>
    ${evaluatedLinks(comparison, slices, openEvaluation)}</section>`;
  const { against } = comparison;
  const rest = others(comparison).filter((index) => slices.rows.some(({ n }) => n[index] !== null && n[index] !== undefined));
  const order = [against, ...rest];
  const reach = Math.max(0, ...slices.rows.filter(isTested).flatMap(({ changes }) => changes.flatMap((change) => (change === null || change.difference.value === null ? [] : [Math.abs(change.difference.low), Math.abs(change.difference.high)]))));
  return html`<section class="slices"><h2 class="section">Slices <span class="two small">${slices.what} on ${slices.method}</span></h2>
    <table>
      <thead><tr><th scope="col">rows</th><th scope="col" class="num">n</th>${order.map((index) => html`<th scope="col" class="num">${runHeader(comparison, index)}</th>`)}
        ${rest.map((index) => html`<th scope="col" class="num">${letter(index)} − ${letter(against)}</th>${rest.length === 1 ? html`<th scope="col" class="num">95 %</th>` : nothing}`)}<th scope="col"><span class="hidden-text">difference drawn</span></th><th scope="col" class=${rest.length > 1 ? "roomy" : ""}>verdict</th></tr></thead>
      <tbody>${slices.rows.map((row) => sliceRow(row, slices, order, against, reach))}</tbody>
    </table>
    <p class="two small">${slices.note ?? ""} ${slices.rows.some(({ kind }) => kind === "tag") ? "Each interval stands for itself: of twenty tags in which nothing differs about one looks as if it did." : ""} ${slices.rows.every(isTested) ? "" : "Slices are shown without interval and verdict: each was found where a run errs most on these very rows, so a test on them would find differences between equal models. Declare one as a tag to test it on other rows."}</p>
    ${evaluatedLinks(comparison, slices, openEvaluation)}</section>`;
}

function sliceRow(row: ComparedSlice, { measure }: ComparedSlices, order: readonly number[], against: number, reach: number): TemplateResult {
  const known = order.flatMap((index) => row.rates[index]?.value ?? []);
  const best = Math.min(...known);
  const rate = (index: number): TemplateResult => {
    const found = row.rates[index] ?? null;
    if (found === null || found.value === null) return html`<td class="num three" title=${found === null ? "not evaluated" : found.reason}>${MISSING}</td>`;
    const text = measure === "errors" ? formatPercent(found.value) : formatNumber(found.value);
    return html`<td class="num" title="${exact(found.value)} [${exact(found.low)} – ${exact(found.high)}], n = ${found.n}${row.errors[index] === null ? "" : `, ${row.errors[index]} wrong`}">${found.value === best && known.length > 1 ? html`<b>${text}</b>` : text}</td>`;
  };
  const rest = order.filter((index) => index !== against);
  return html`<tr data-slice=${row.name}><th scope="row" class="cut ${row.kind === "all" ? "strong" : ""}" title=${row.kind === "tag" ? `tag ${row.name}` : row.name}>${row.kind === "tag" ? html`<span class="three">tag</span> ` : nothing}${row.name}</th>
    <td class="num two">${formatCount(row.n[against] ?? Math.max(...row.n.map((n) => n ?? 0)))}</td>${order.map(rate)}
    ${rest.map((index) => changeCells(row.changes[index] ?? null, measure, rest.length === 1, isTested(row)))}
    <td class="whisker">${isTested(row) ? whiskers(rest.map((index) => row.changes[index] ?? null), reach) : nothing}</td>
    <td class="two ${rest.length > 1 ? "roomy" : ""}">${verdictTexts(row, rest, against)}</td></tr>`;
}

/** Whether the rows were chosen without a look at the errors that are compared. */
function isTested({ kind }: ComparedSlice): boolean {
  return kind !== "slice";
}

function changeCells(change: SliceChange | null, measure: "errors" | "loss", roomy: boolean, tested: boolean): TemplateResult {
  if (change === null || change.difference.value === null) return html`<td class="num three" title=${change?.difference.value === null ? change.difference.reason : nothing}>${MISSING}</td>${roomy ? html`<td></td>` : nothing}`;
  const { value, low, high, method, n } = change.difference;
  // Points of a percentage: "+2.3" reads as 2.3 points.
  const scale = measure === "errors" ? 100 : 1;
  const decimals = measure === "errors" ? 1 : undefined;
  const tone = change.verdict === "better" ? "good" : change.verdict === "worse" ? "bad" : "two";
  const p = change.p === null ? "" : `, p ${change.p < 0.001 ? "< 0.001" : `= ${change.p.toPrecision(2)}`}`;
  const interval = `${formatSigned(low * scale, decimals)} … ${formatSigned(high * scale, decimals)}`;
  return html`<td class="num"><span class=${tone} title=${tested ? `${exact(value)} [${interval}]; ${method}, n = ${n}${p}` : exact(value)}>${formatSigned(value * scale, decimals)}${value > 0 ? " ▴" : value < 0 ? " ▾" : ""}</span></td>
    ${roomy ? html`<td class="num two">${tested ? interval : ""}</td>` : nothing}`;
}

/** Who beats whom by more than chance; where nobody does, that. */
function verdictTexts({ changes }: ComparedSlice, rest: readonly number[], against: number): readonly (TemplateResult | string)[] | string {
  const clear = rest.flatMap((index) => {
    const verdict = changes[index]?.verdict;
    if (verdict !== "better" && verdict !== "worse") return [];
    const [winner, loser] = verdict === "better" ? [index, against] : [against, index];
    return [html`<span class=${verdict === "better" ? "good" : "bad"}>${letter(winner)} beats ${letter(loser)} </span>`];
  });
  return clear.length > 0 ? clear : rest.some((index) => changes[index]?.verdict === "chance") ? "within chance" : "";
}

const WIDTH = 96;

/** Intervals on one axis, zero in the middle. */
function whiskers(changes: readonly (SliceChange | null)[], reach: number): TemplateResult {
  const x = (value: number): number => WIDTH / 2 + (reach === 0 ? 0 : (value / reach) * (WIDTH / 2 - 4));
  const height = Math.max(14, changes.length * 8);
  return html`<svg width=${WIDTH} height=${height} viewBox="0 0 ${WIDTH} ${height}" aria-hidden="true"><line class="zero" x1=${WIDTH / 2} x2=${WIDTH / 2} y1="0" y2=${height}></line>
    ${changes.map((change, place) => {
      if (change === null || change.difference.value === null) return nothing;
      const y = ((place + 0.5) * height) / changes.length;
      const { value, low, high } = change.difference;
      return svg`<g class=${change.verdict}><line x1=${x(low)} x2=${x(high)} y1=${y} y2=${y}></line><circle cx=${x(value)} cy=${y} r="3"></circle></g>`;
    })}</svg>`;
}

/** From the numbers to the evaluations behind them. */
function evaluatedLinks({ heads }: RunComparison, { paths }: ComparedSlices, open: (index: number) => void): TemplateResult | typeof nothing {
  const known = paths.flatMap((path, index) => (path === null ? [] : [{ path, index }]));
  if (known.length === 0) return nothing;
  return html`<p class="small">${known.map(({ path, index }, place) => html`${place === 0 ? "" : " · "}<button class="link" title="Open the evaluations of ${heads[index]?.title ?? ""}" @click=${() => open(index)}>${letter(index)}: ${path}</button>`)}</p>`;
}
