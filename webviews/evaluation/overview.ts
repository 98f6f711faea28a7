import { html, nothing, type TemplateResult } from "lit";
import type { EvaluationView } from "../../engine/api/evaluation.ts";
import { formatCount, plural } from "../ui/format.ts";
import type { CellPick } from "./confusion-matrix.ts";
import type { CurveTab, TabId } from "./evaluation-panel.ts";
import { classTable, metricsTable, tell } from "./metrics-table.ts";
import type { EvaluationModel } from "./model.ts";
import { noCurve } from "./quality-plots.ts";
import { t } from "../ui/l10n.ts";

/** How good, what kind of error, where: three columns; below, how far probabilities can be trusted, and the rows. */
export function overview(view: EvaluationView, model: EvaluationModel, rows: TemplateResult, curveTab: CurveTab, setCurve: (tab: CurveTab) => void, show: (tab: TabId) => void): TemplateResult {
  const selected = model.selection.find((condition) => condition.kind === "cell");
  return html`<div class="top ${view.task === "regression" ? "numbers" : ""}">
      <section aria-label=${t("Metrics")}><div class="head"><h2 class="section">${t("Metrics")}</h2><span class="two small">${view.threshold === null ? (view.task === "regression" ? "" : "predictions of the file") : `at ${view.threshold.toFixed(2)}`}</span></div>
        ${view.metrics.length === 0 ? html`<p class="two">${view.answer}</p>` : metricsTable(view.metrics, view.baselineName, view.task)}</section>
      <section aria-label=${t("Kinds of error")}>${view.task === "regression" ? residualGlance(model, show) : confusionSection(view, selected?.kind === "cell" ? selected : null)}</section>
      <section aria-label=${t("Where it fails")}><div class="head"><h2 class="section">${t("Where it fails")}</h2><span class="two small">${searched(view, model)}${view.cohort === null ? "" : ", over all rows"}</span><span class="grow"></span><button class="link" @click=${() => show("slices")}>${t("All slices")}</button></div>
        <failure-table .tags=${view.tags} .result=${model.slices} .counted=${view.task !== "regression"} .most=${8} ?widen=${(model.settings.most ?? 1) < 1} .selected=${selectedId(model)}></failure-table></section>
    </div>
    <div class="low">
      <section aria-label=${t("How far it can be trusted")}>${view.task === "regression" ? residualHistogram(model) : curves(view, curveTab, setCurve)}</section>
      <section aria-label=${t("Rows")}>${rows}</section>
    </div>
    ${view.notes.length === 0 ? nothing : html`<ul class="notes">${view.notes.map((note) => html`<li>${note}</li>`)}</ul>`}`;
}

function searched(view: EvaluationView, model: EvaluationModel): string {
  const tags = view.tags.length > 0 ? `${plural(view.tags.length, "tag")}, ` : "";
  if (model.slices === null) return `${tags}searching…`;
  return `${tags}${plural(model.slices.slices.filter((slice, i) => i === 0 || slice.overlap < 0.5).length, "slice")} of ${formatCount(model.slices.tested)} tested${model.slices.exact ? "" : ", not all"}`;
}

/** The id of the chosen tag or slice in the table of failures. */
export function selectedId(model: EvaluationModel): string {
  const slice = model.selection.find((condition) => condition.kind === "slice");
  const tag = model.selection.find((condition) => condition.kind === "tag");
  return slice?.kind === "slice" ? JSON.stringify(slice.predicates) : tag?.kind === "tag" ? `tag ${tag.tag}` : "";
}

function confusionSection(view: EvaluationView, selected: CellPick | null): TemplateResult {
  return html`<div class="head"><h2 class="section">${t("Confusion")}</h2><span class="two small">rows are the truth</span></div>
    <confusion-matrix .confusion=${view.confusion} .selected=${selected}></confusion-matrix>
    ${view.task === "multiclass" ? html`<div class="head"><h2 class="section">${t("Classes")}</h2></div>${classTable(view.perClass.slice(0, 30))}` : nothing}`;
}

function curves(view: EvaluationView, tab: CurveTab, setTab: (tab: CurveTab) => void): TemplateResult {
  if (view.calibration === null && view.roc === null) return html`<div class="head"><h2 class="section">${t("Calibration, ROC, PR")}</h2></div>${noCurve}`;
  const shown: CurveTab = tab === "calibration" && view.calibration === null ? "roc" : tab !== "calibration" && view.roc === null ? "calibration" : tab;
  const button = (id: CurveTab, name: string, there: boolean): TemplateResult | typeof nothing => (there ? html`<button class="tool" aria-pressed=${shown === id ? "true" : "false"} @click=${() => setTab(id)}>${name}</button>` : nothing);
  return html`<div class="switch" role="group" aria-label=${t("Plot")}>${button("calibration", "Calibration", view.calibration !== null)}${button("roc", "ROC", view.roc !== null)}${button("pr", "PR", view.pr !== null)}<span class="grow"></span>
      ${view.calibration === null ? nothing : html`<span class="two small" title=${t("Expected calibration error, 15 equal-width bins")}>ECE ${view.calibration.ece.toFixed(4).replace(/^0/, "")}</span>`}</div>
    <div class="plotbox">${
      shown !== "calibration" && (view.roc?.x.length ?? 0) === 0
        ? html`<p class="two small">${oneClass(view)}</p>`
        : shown === "calibration"
        ? html`<calibration-plot label=${t("Calibration")} .calibration=${view.calibration} column=${view.task === "binary" ? "@probability" : "@confidence"}></calibration-plot>`
        : shown === "roc"
          ? html`<curve-plot label=${t("ROC curve")} xName="false positive rate" yName="true positive rate" .curve=${view.roc} .expected=${[0, 1]}></curve-plot>`
          : html`<curve-plot label=${t("Precision–recall curve")} xName="recall" yName="precision" .curve=${view.pr} .expected=${[prevalence(view), prevalence(view)]}></curve-plot>`
    }</div>`;
}

/** Why rows of one class have no curve. */
function oneClass(view: EvaluationView): string {
  const there = view.perClass.filter((row) => row.n > 0).map((row) => row.label);
  return `${there.length === 1 ? `All ${plural(view.n, "row")} of this cohort are ${there[0]}` : "Not every class stands in this cohort"}; a curve needs rows of both classes. Clear the cohort to see it.`;
}

function prevalence(view: EvaluationView): number {
  const positive = view.perClass.find((row) => row.label === view.mapping.positive);
  return positive === undefined || view.n === 0 ? 0 : positive.n / view.n;
}

function residualGlance(model: EvaluationModel, show: (tab: TabId) => void): TemplateResult {
  return html`<div class="head"><h2 class="section">${t("Residual by prediction")}</h2><span class="grow"></span><button class="link" @click=${() => show("residuals")}>${t("All residuals")}</button></div>
    <div class="plotbox">${model.residuals === null ? html`<p class="two">${t("Counting…")}</p>` : html`<density-plot label=${t("Residual by prediction")} xName="prediction" yName="residual" .density=${model.residuals.byPrediction}
      @brush=${(event: CustomEvent) => tell(event, "brush-box", { column: "@prediction", categories: null, box: event.detail })} @hexagon=${(event: CustomEvent) => tell(event, "pick-hexagon", { column: "@prediction", categories: null, ...event.detail })}></density-plot>`}</div>`;
}

function residualHistogram(model: EvaluationModel): TemplateResult {
  return html`<div class="head"><h2 class="section">${t("Residuals")}</h2></div><div class="plotbox">${model.residuals === null ? nothing : html`<histogram-plot label=${t("Residuals")} xName="residual" .histogram=${model.residuals.histogram}></histogram-plot>`}</div>`;
}
