import { html, nothing, type TemplateResult } from "lit";
import type { Condition, EvaluationView, Mapping, Selection } from "../../engine/api/evaluation.ts";
import { hostOpenFile, hostOpenRun, hostTitle } from "../../engine/api/host.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import "../ui/answer-line.ts";
import { formatCount, plural } from "../ui/format.ts";
import { getState, rpc, setState } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { Panel, panelStyles } from "../ui/panel.ts";
import "../ui/progress-line.ts";
import "../ui/state-view.ts";
import "../ui/tab-bar.ts";
import type { Tab } from "../ui/tab-bar.ts";
import { base } from "../ui/theme.ts";
import "./confusion-matrix.ts";
import type { Box } from "./density-plot.ts";
import "./evaluation-rows.ts";
import "./failure-table.ts";
import "./mapping-page.ts";
import { EvaluationModel } from "./model.ts";
import { overview } from "./overview.ts";
import "./quality-plots.ts";
import "./residual-view.ts";
import { slicesTab } from "./slices-tab.ts";
import { evaluationStyles } from "./styles.ts";
import "./threshold-slider.ts";
import { taskText, withCondition } from "./words.ts";

export type TabId = "overview" | "tags" | "slices" | "residuals" | "rows";
export type CurveTab = "calibration" | "roc" | "pr";

/** Evaluation of one predictions file: mapping, then views under one selection. */
class EvaluationPanel extends Panel {
  static override properties = { ...Panel.properties, tab: { state: true }, curveTab: { state: true } };
  static override styles = [base, panelStyles, evaluationStyles];
  declare tab: TabId;
  declare curveTab: CurveTab;
  readonly model = new EvaluationModel(() => this.requestUpdate());

  constructor() {
    super();
    this.tab = "overview";
    this.curveTab = "calibration";
  }

  override show(subject: unknown): void {
    const { path, runId, mapping } = subjectOf(subject);
    if (path === "" || (path === this.model.path && mapping !== true && this.model.phase !== "failed")) return;
    const kept = getState();
    const same = kept["shown"] === path;
    this.tab = same && isTab(kept["tab"]) ? kept["tab"] : "overview";
    // SAFETY: this page itself stored a selection here; the engine ignores conditions that it does not know.
    this.model.selection = same && Array.isArray(kept["selection"]) ? (kept["selection"] as Selection) : [];
    this.model.threshold = same && typeof kept["threshold"] === "number" ? kept["threshold"] : null;
    setState({ shown: path });
    void rpc.request(hostTitle, { title: `Evaluation: ${path.split("/").at(-1) ?? path}` });
    void this.model.open(path, runId, mapping === true);
  }

  override refresh(): void {
    const { model } = this;
    if (model.phase === "ready" && model.described) void model.evaluate(model.described.mapping);
    else if (model.phase === "failed") void model.open(model.path, model.runId, false);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.model.cancel();
  }

  override render(): TemplateResult {
    const { model } = this;
    return html`${this.notices()}${this.#phase(model)}`;
  }

  #phase(model: EvaluationModel): TemplateResult {
    const { described, view, error } = model;
    if (model.phase === "failed") return html`<state-view kind="error" .error=${error ?? undefined} .action=${described ? { label: "Choose columns…", run: () => model.remap() } : { label: "Try again", run: () => void model.open(model.path, model.runId, false) }}></state-view>`;
    if (model.phase === "mapping" && described) {
      return html`<mapping-page .shape=${described.shape} .mapping=${described.mapping} .remembered=${described.remembered} .leavable=${view !== null}
        @mapping-done=${(event: CustomEvent<Mapping>) => void model.evaluate(event.detail)} @mapping-cancel=${() => model.leaveMapping()}></mapping-page>`;
    }
    if (model.phase === "ready" && view) return this.#ready(view);
    return html`<header><h1>${model.path}</h1></header>
      <div class="padded"><progress-line label=${model.phase === "describing" ? "Looking at the file" : "Evaluating"} .progress=${model.progress} cancellable @progress-cancel=${() => model.stop()}></progress-line></div>`;
  }

  #ready(view: EvaluationView): TemplateResult {
    const { model } = this;
    const tabs: readonly Tab[] = [
      { id: "overview", label: "Overview" },
      ...(view.tags.length > 0 ? [{ id: "tags", label: "Tags", count: view.tags.length }] : []),
      { id: "slices", label: "Slices" },
      ...(view.task === "regression" ? [{ id: "residuals", label: "Residuals" }] : []),
      { id: "rows", label: "Rows", count: formatCount(view.n) },
    ];
    return html`${view.stale ? html`<div class="notice" role="status">${icon("warning")}<span class="grow">${view.path} has changed since it was evaluated.</span><button class="link" @click=${() => this.refresh()}>Recompute</button></div>` : nothing}
      ${model.error === null ? nothing : html`<div class="notice error" role="alert">${icon("error")}<span class="grow">${model.error.message} ${model.error.hint ?? ""}</span><button class="tool" aria-label="Dismiss" @click=${() => this.#failed(null)}>${icon("close")}</button></div>`}
      <header><h1>${view.path}</h1><span class="about">${plural(view.total, "row")} · ${taskText(view.task, view.classes.length)}${model.runId === null ? nothing : html` · <button class="link" @click=${() => void this.act(() => rpc.request(hostOpenRun, { runId: model.runId ?? "" }))}>run</button>`}</span>
        ${view.thresholdCurve === null ? nothing : html`<threshold-slider class="threshold" .value=${model.threshold ?? view.threshold} .curve=${view.thresholdCurve} .best=${view.bestThreshold} @threshold=${(event: CustomEvent<number>) => this.#threshold(event.detail)}></threshold-slider>`}
        <span class="switch ${view.thresholdCurve === null ? "threshold" : ""}">
          ${model.threshold === null ? nothing : html`<button class="tool" title="Predictions as in the file" @click=${() => this.#threshold(null)}>${icon("discard")}<span class="hidden-text">Predictions as in the file</span></button>`}
          <button class="tool" title="What the columns mean" aria-label="What the columns mean" @click=${() => model.remap()}>${icon("settings-gear")}</button>
          <button class="tool" title="Evaluate the file again" aria-label="Evaluate the file again" @click=${() => this.refresh()}>${icon("refresh")}</button>
          <button class="tool" title="Open the file" aria-label="Open the file" @click=${() => void this.act(() => rpc.request(hostOpenFile, { path: view.path, beside: true }))}>${icon("go-to-file")}</button></span></header>
      <div class="bar"><tab-bar label="Views of the evaluation" .tabs=${tabs} .active=${tabs.some(({ id }) => id === this.tab) ? this.tab : "overview"} @tab-change=${(event: CustomEvent<string>) => isTab(event.detail) && this.#show(event.detail)}></tab-bar>
        <div class="cohort">${icon("filter")}<span class="two">cohort</span>${view.cohort === null ? html`<span class="chip">all rows</span>` : html`<span class="chip" title=${view.cohort}><span class="cut">${view.cohort}</span></span><button class="link" @click=${() => this.#select([])}>Clear</button>`}
          <span class="two">${formatCount(view.n)} of ${formatCount(view.total)}</span></div></div>
      <div class="answer"><answer-line .text=${this.#answer(view)}></answer-line></div>
      <div class="body" aria-busy=${model.pending ? "true" : "false"} @pick-cell=${this.#onPick("cell")} @pick-tag=${this.#onPick("tag")} @pick-slice=${this.#onPick("slice")} @pick-rows=${this.#onPick("rows")} @pick-range=${this.#onPick("range")} @pick-hexagon=${this.#onPick("hexagon")} @brush-box=${this.#onBrush}
        @rows-failed=${(event: CustomEvent<ErrorShape>) => this.#failed(event.detail)} @tags-changed=${() => this.refresh()} @pick-feature=${(event: CustomEvent<string>) => void model.look({ feature: event.detail })}>${this.#tabBody(view)}</div>`;
  }

  #answer(view: EvaluationView): string {
    const { model } = this;
    if (this.tab === "residuals" && model.residuals) return model.residuals.answer;
    return view.cohort === null && model.slices !== null ? `${view.answer} ${model.slices.answer}` : view.answer;
  }

  #tabBody(view: EvaluationView): TemplateResult {
    const { model } = this;
    const rows = html`<evaluation-rows .evaluationId=${view.evaluationId} .selection=${model.selection} .threshold=${model.threshold} .view=${view}></evaluation-rows>`;
    if (this.tab === "tags" && view.tags.length > 0) return html`<div class="padded"><failure-table .tags=${view.tags} .result=${null} .counted=${view.task !== "regression"} .most=${200}></failure-table></div>${rows}`;
    if (this.tab === "slices") return html`${slicesTab(view, model)}<div class="full">${rows}</div>`;
    if (this.tab === "residuals" && view.task === "regression") return html`<residual-view .residuals=${model.residuals}></residual-view>${model.selection.length > 0 ? html`<div class="full">${rows}</div>` : nothing}`;
    if (this.tab === "rows") return html`<div class="full">${rows}</div>`;
    return overview(view, model, rows, this.curveTab, (tab) => (this.curveTab = tab), (tab) => this.#show(tab));
  }

  #show(tab: TabId): void {
    this.tab = tab;
    setState({ tab });
  }

  #threshold(value: number | null): void {
    setState({ threshold: value });
    void this.model.look({ threshold: value });
  }

  #select(selection: Selection): void {
    setState({ selection });
    void this.model.look({ selection });
  }

  #onPick(kind: "cell" | "tag" | "slice" | "rows" | "range" | "hexagon") {
    return (event: CustomEvent): void => {
      event.stopPropagation();
      const conditions: Readonly<Record<typeof kind, () => Condition>> = {
        cell: () => ({ kind: "cell", ...event.detail }),
        tag: () => ({ kind: "tag", tag: event.detail }),
        slice: () => ({ kind: "slice", predicates: event.detail }),
        rows: () => ({ kind: "rows", rows: event.detail }),
        range: () => ({ kind: "range", ...event.detail }),
        hexagon: () => ({ kind: "hexagon", ...event.detail }),
      };
      this.#select(withCondition(this.model.selection, conditions[kind]()));
    };
  }

  /** A rectangle of a residual plot: a range of its column, or the texts that it covers, and a range of the residual. */
  #onBrush = (event: CustomEvent<{ column: string; categories: readonly string[] | null; box: Box }>): void => {
    const { column, categories, box } = event.detail;
    const others = this.model.selection.filter(({ kind }) => kind !== "range" && kind !== "hexagon" && kind !== "values");
    const along: Condition = categories === null ? { kind: "range", column, low: box.x[0], high: box.x[1] } : { kind: "values", column, values: categories.filter((_, i) => i >= box.x[0] && i <= box.x[1]) };
    this.#select([...others, along, { kind: "range", column: "@residual", low: box.y[0], high: box.y[1] }]);
  };

  #failed(error: ErrorShape | null): void {
    this.model.error = error;
    this.requestUpdate();
  }
}

function subjectOf(subject: unknown): { path: string; runId: string | null; mapping: boolean } {
  if (typeof subject !== "object" || subject === null) return { path: "", runId: null, mapping: false };
  return {
    path: "path" in subject && typeof subject.path === "string" ? subject.path : "",
    runId: "runId" in subject && typeof subject.runId === "string" ? subject.runId : null,
    mapping: "mapping" in subject && subject.mapping === true,
  };
}

function isTab(value: unknown): value is TabId {
  return value === "overview" || value === "tags" || value === "slices" || value === "residuals" || value === "rows";
}

customElements.define("touchstone-evaluation", EvaluationPanel);
