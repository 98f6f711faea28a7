import { html, nothing, type TemplateResult } from "lit";
import type { EvaluationView, SliceSettings } from "../../engine/api/evaluation.ts";
import { checkbox, select } from "../ui/controls.ts";
import { formatCount } from "../ui/format.ts";
import type { EvaluationModel } from "./model.ts";
import { selectedId } from "./overview.ts";
import { t } from "../ui/l10n.ts";

/** The search in a sentence whose parts are controls, and every slice that it found. */
export function slicesTab(view: EvaluationView, model: EvaluationModel): TemplateResult {
  const { slices, settings } = model;
  const change = (part: Partial<SliceSettings>): void => void model.search({ ...settings, ...part });
  return html`<div class="padded">
    <div class="settings small two"><span>${t("Slices of up to")}</span>${select("Conditions", String(settings.level ?? 2), [{ value: "1", label: "1 condition" }, { value: "2", label: "2 conditions" }], (level) => change({ level: Number(level) }))}
      <span>on ${slices?.features ?? "…"} features, holding at least ${slices === null ? "…" : formatCount(slices.support)} rows and at most</span>
      ${select("Largest slice", String(settings.most ?? 1), [{ value: "0.05", label: "5 % of them" }, { value: "0.1", label: "10 % of them" }, { value: "0.25", label: "25 % of them" }, { value: "1", label: "any share" }], (most) => change({ most: Number(most) }))}<span>ranked by</span>
      ${select("Ranking", String(settings.alpha ?? 0.95), [{ value: "0.99", label: "error" }, { value: "0.95", label: "error and size" }, { value: "0.7", label: "size and error" }], (alpha) => change({ alpha: Number(alpha) }))}
      ${checkbox("confirm on held-out rows", settings.confirm === true, (confirm) => change({ confirm }))}</div>
    <p class="small three">${slices === null ? "Searching…" : html`${formatCount(slices.tested)} slices tested: ${slices.reached}, in ${Math.max(1, Math.round(slices.elapsedMs))} ms; at most ${Math.round((settings.budgetMs ?? 10_000) / 1000)} s.${settings.confirm === true ? " One half was searched; q and “held out” come from the other." : " q counts every slice of the search."}`}
      ${view.cohort === null ? nothing : html` The search is over all ${formatCount(view.total)} rows, not over the cohort.`}</p>
    <failure-table detailed .tags=${[]} .result=${slices} .counted=${view.task !== "regression"} .most=${60} ?widen=${(settings.most ?? 1) < 1} .selected=${selectedId(model)}></failure-table>
  </div>`;
}

