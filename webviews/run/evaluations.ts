import { html, type TemplateResult } from "lit";
import type { EvaluationHead } from "../../engine/api/evaluation.ts";
import type { FileUse } from "../../engine/api/runs.ts";
import type { Estimated } from "../../engine/api/tokens.ts";
import { isTable } from "../../engine/api/tables.ts";
import { formatAge, formatCount, formatNumber, MISSING, plural } from "../ui/format.ts";
import "../ui/state-view.ts";

/** The evaluations of a run's predictions; without one, the outputs that could be evaluated. */
export function evaluations(heads: readonly EvaluationHead[], outputs: readonly FileUse[], open: (path: string) => void): TemplateResult {
  if (heads.length > 0) {
    return html`<section><table>
      <thead><tr><th scope="col">file</th><th scope="col">task</th><th scope="col" class="num">rows</th><th scope="col">first metric</th><th scope="col">worst slice</th><th scope="col">evaluated</th></tr></thead>
      <tbody>${heads.map(({ path, task, n, metric, worst, created }) => html`<tr><th scope="row"><button class="link" @click=${() => open(path)}>${path}</button></th><td class="two">${task}</td><td class="num">${formatCount(n)}</td>
        <td>${metric.label} ${estimated(metric.estimate)}</td><td class="cut">${worst ?? MISSING}</td><td class="two">${formatAge(created, Date.now())} ago</td></tr>`)}</tbody>
    </table></section>`;
  }
  const tables = outputs.filter(({ path }) => isTable(path));
  if (tables.length === 0) return html`<state-view kind="empty" .message=${"Nothing of this run has been evaluated."} .hint=${"Write predictions as CSV, Parquet or JSON Lines (label and prediction in columns); they then stand here."}></state-view>`;
  return html`<section><h2 class="section">Not evaluated yet <span class="two small">${plural(tables.length, "table")} among the outputs</span></h2>${tables.map(({ path }) => html`<p><button class="link" @click=${() => open(path)}>Evaluate ${path}</button></p>`)}</section>`;
}

function estimated(estimate: Estimated): TemplateResult {
  if (estimate.value === null) return html`<span class="three" title=${estimate.reason}>${MISSING}</span>`;
  return html`<b>${formatNumber(estimate.value, 4)}</b> <span class="two">${formatNumber(estimate.low, 4)} … ${formatNumber(estimate.high, 4)}</span>`;
}
