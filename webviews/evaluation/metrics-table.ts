import { html, nothing, type TemplateResult } from "lit";
import type { ClassRow, MetricRow } from "../../engine/api/evaluation.ts";
import type { Estimated } from "../../engine/api/tokens.ts";
import { columnDecimals, exact, formatCount, formatNumber, MISSING } from "../ui/format.ts";
import { t } from "../ui/l10n.ts";

const ARROWS = { up: "↑", down: "↓", zero: "→0" } as const;
const BETTER = { up: "higher is better", down: "lower is better", zero: "zero is best" } as const;

/** Value, 95 % interval and what a featureless answer would reach, a row a metric. */
export function metricsTable(metrics: readonly MetricRow[], baselineName: string, task: string): TemplateResult {
  // Scores below 1 share four decimals; errors in the units of the label have their own scale each.
  const decimals = (metric: MetricRow): number => (task === "regression" ? columnDecimals([metric.estimate.value]) : 4);
  return html`<table class="plain" aria-label=${t("Metrics")}>
    <thead><tr><th scope="col">metric</th><th scope="col" class="n">value</th><th scope="col" class="n">95 % interval</th><th scope="col" class="n baseline">${baselineName}</th></tr></thead>
    <tbody>${metrics.map((metric) => {
      const { estimate } = metric;
      const places = decimals(metric);
      return html`<tr data-metric=${metric.key} title=${metric.note ?? nothing}>
        <td>${metric.label} <span class="three" title=${BETTER[metric.direction]}>${ARROWS[metric.direction]}</span></td>
        <td class="n" title=${estimate.value === null ? estimate.reason : exact(estimate.value)}><b>${estimate.value === null ? MISSING : formatNumber(estimate.value, places)}</b></td>
        <td class="n two" title=${estimate.value === null ? estimate.reason : `${estimate.method}, n = ${estimate.n}`}>${intervalText(estimate, places)}</td>
        <td class="n two baseline" title=${exact(metric.baseline)}>${metric.baseline === null ? MISSING : formatNumber(metric.baseline, places)}</td>
      </tr>`;
    })}</tbody></table>`;
}

function intervalText(estimate: Estimated, places: number): string {
  return estimate.value === null ? `n = ${formatCount(estimate.n)}` : `${formatNumber(estimate.low, places)} – ${formatNumber(estimate.high, places)}`;
}

/** Sends an event up from where another one came. */
export function tell(event: Event, name: string, detail: unknown): void {
  event.stopPropagation();
  event.target?.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
}

/** Precision, recall and F1 of each class; a row opens the rows of that class (`pick-cell`). */
export function classTable(classes: readonly ClassRow[]): TemplateResult {
  const share = (estimate: Estimated): TemplateResult =>
    estimate.value === null ? html`<td class="n" title=${estimate.reason}>${MISSING}</td>` : html`<td class="n" title="${exact(estimate.value)} [${estimate.low.toFixed(4)} – ${estimate.high.toFixed(4)}], n = ${estimate.n}">${formatNumber(estimate.value, 3)} <span class="three">±${formatNumber((estimate.high - estimate.low) / 2, 3).replace(/^0\./, ".")}</span></td>`;
  return html`<table class="plain" aria-label=${t("Classes")}>
    <thead><tr><th scope="col">class</th><th scope="col" class="n">n</th><th scope="col" class="n">precision</th><th scope="col" class="n">recall</th><th scope="col" class="n">F1</th></tr></thead>
    <tbody>${classes.map(
      (row) => html`<tr class="act" @click=${(event: Event) => tell(event, "pick-cell", { label: row.label, prediction: null })}>
        <td class="wide"><button class="rowlink">${row.label}</button></td>
        <td class="n">${formatCount(row.n)}</td>${share(row.precision)}${share(row.recall)}${share(row.f1)}</tr>`,
    )}</tbody></table>`;
}
