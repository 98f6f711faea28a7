import { html, nothing, type TemplateResult } from "lit";
import type { Condition, EvaluationView, Mapping, Selection } from "../../engine/api/evaluation.ts";
import { configChanged } from "../../engine/api/config.ts";
import { hostCopy, hostFileChanged, hostManageTrust, hostOpenFile, hostOpenRun, hostTitle } from "../../engine/api/host.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import "../ui/answer-line.ts";
import { formatCount, plural } from "../ui/format.ts";
import { getState, rpc, setState } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { Panel, panelStyles } from "../ui/panel.ts";
import "../ui/keys-help.ts";
import "../ui/progress-line.ts";
import type { StateAction } from "../ui/state-view.ts";
import "../ui/state-view.ts";
import "../ui/tab-bar.ts";
import type { Tab } from "../ui/tab-bar.ts";
import { base } from "../ui/theme.ts";
import "./confusion-matrix.ts";
import type { Box } from "./density-plot.ts";
import type { EvaluationRowsView } from "./evaluation-rows.ts";
import "./evaluation-rows.ts";
import { EVALUATION_KEYS } from "./keys.ts";
import "./mapping-page.ts";
import { EvaluationModel } from "./model.ts";
import "./models-tab.ts";
import { evaluationNotices, type NoticeActions } from "./notices.ts";
import { overview } from "./overview.ts";
import "./quality-plots.ts";
import "./residual-view.ts";
import { slicesTab } from "./slices-tab.ts";
import { evaluationStyles } from "./styles.ts";
import { tagsTab } from "./tags-tab.ts";
import "./threshold-slider.ts";
import { shownPath, taskText, withCondition } from "./words.ts";

export type TabId = "overview" | "tags" | "slices" | "residuals" | "rows" | "models";
export type CurveTab = "calibration" | "roc" | "pr";

/** Evaluation of one predictions file: mapping, then views under one selection. */
class EvaluationPanel extends Panel {
  static override properties = { ...Panel.properties, tab: { state: true }, curveTab: { state: true }, help: { state: true } };
  static override styles = [base, panelStyles, evaluationStyles];
  declare tab: TabId;
  declare curveTab: CurveTab;
  declare help: boolean;
  #leave: readonly (() => void)[] = [];
  readonly model = new EvaluationModel(() => this.requestUpdate());

  constructor() {
    super();
    this.tab = "overview";
    this.curveTab = "calibration";
    this.help = false;
  }

  override show(subject: unknown): void {
    const { path, runId, mapping, folder } = subjectOf(subject);
    if (path === "" || (path === this.model.path && mapping !== true && this.model.phase !== "failed")) return;
    this.model.folder = folder;
    const kept = getState();
    const same = kept["shown"] === path;
    this.tab = same && isTab(kept["tab"]) ? kept["tab"] : "overview";
    // SAFETY: this page itself stored a selection here; the engine ignores conditions that it does not know.
    this.model.selection = same && Array.isArray(kept["selection"]) ? (kept["selection"] as Selection) : [];
    this.model.threshold = same && typeof kept["threshold"] === "number" ? kept["threshold"] : null;
    setState({ shown: path });
    void rpc.request(hostTitle, { title: `Evaluation: ${path.split(/[\\/]/).at(-1) ?? path}` });
    void this.model.open(path, runId, mapping === true);
  }

  override refresh(): void {
    const { model } = this;
    if (model.phase === "ready" && model.described) void model.evaluate(model.described.mapping);
    else if (model.phase === "failed") void model.open(model.path, model.runId, false);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leave = [
      rpc.on(hostFileChanged, ({ path, gone }) => path === this.model.path && this.model.fileChanged(gone)),
      rpc.on(configChanged, () => this.model.tagsChanged()),
    ];
    this.addEventListener("keydown", this.#onKey);
    document.addEventListener("keydown", this.#onDocumentKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const leave of this.#leave) leave();
    document.removeEventListener("keydown", this.#onDocumentKey);
    this.model.cancel();
  }

  override render(): TemplateResult {
    // Nothing is connected to where nothing may be read.
    const refused = this.model.phase === "failed" && this.model.error?.code === "UNTRUSTED";
    return html`${refused ? nothing : this.notices()}${this.#phase(this.model)}${this.help ? html`<keys-help .keys=${EVALUATION_KEYS} @help-close=${() => (this.help = false)}></keys-help>` : nothing}`;
  }

  #phase(model: EvaluationModel): TemplateResult {
    const { described, view, error } = model;
    if (model.phase === "failed") return html`<header><h1>${shownPath(model.path).name}</h1></header><state-view kind="error" .error=${error ?? undefined} .action=${this.#wayOut(model, error)}></state-view>`;
    if (model.phase === "mapping" && described) {
      return html`<mapping-page .shape=${described.shape} .mapping=${described.mapping} .remembered=${described.remembered} .leavable=${view !== null}
        @mapping-done=${(event: CustomEvent<Mapping>) => void model.evaluate(event.detail)} @mapping-cancel=${() => model.leaveMapping()}></mapping-page>`;
    }
    if (view) return this.#ready(view);
    return html`<header><h1>${shownPath(model.path).name}</h1></header>
      <div class="padded"><progress-line label=${model.phase === "describing" ? "Looking at the file" : "Evaluating"} .progress=${model.progress} cancellable @progress-cancel=${() => model.stop()}></progress-line></div>`;
  }

  /** The one action that most likely mends what went wrong. */
  #wayOut(model: EvaluationModel, error: ErrorShape | null): StateAction {
    if (error?.code === "UNTRUSTED") return { label: "Manage Trust", run: () => void this.act(() => rpc.request(hostManageTrust, null)) };
    if (model.described && error?.code !== "NO_FILE" && error?.code !== "EMPTY_FILE") return { label: "Choose columns…", run: () => model.remap() };
    return { label: "Try again", run: () => void model.open(model.path, model.runId, false) };
  }

  #ready(view: EvaluationView): TemplateResult {
    const { model } = this;
    const { name, artifact } = shownPath(view.path);
    const run = model.runId === null ? nothing : html` · ${artifact ? "artifact of " : ""}<button class="link" @click=${() => void this.act(() => rpc.request(hostOpenRun, { runId: model.runId ?? "" }))}>run</button>`;
    const tool = (label: string, picture: string, act: () => void): TemplateResult => html`<button class="tool" title=${label} aria-label=${label} @click=${act}>${icon(picture)}</button>`;
    return html`${evaluationNotices(view, model, this.#noticeActions)}
      <header><h1 title=${view.path}>${name}</h1><span class="about">${plural(view.total, "row")} · ${taskText(view.task, view.classes.length)}${run}</span>
        ${view.thresholdCurve === null ? nothing : html`<threshold-slider class="threshold" .value=${model.threshold ?? view.threshold} .curve=${view.thresholdCurve} .best=${view.bestThreshold} @threshold=${(event: CustomEvent<number>) => this.#threshold(event.detail)}></threshold-slider>`}
        <span class="switch ${view.thresholdCurve === null ? "threshold" : ""}">
          ${model.threshold === null ? nothing : tool("Predictions as in the file", "discard", () => this.#threshold(null))}
          ${tool("What the columns mean", "settings-gear", () => model.remap())}${tool("Evaluate the file again (r)", "refresh", () => this.refresh())}
          ${tool("Open the file", "go-to-file", () => void this.act(() => rpc.request(hostOpenFile, { path: view.path, beside: true })))}${tool("Keys (?)", "question", () => (this.help = true))}</span></header>
      <div class="bar"><tab-bar label="Views of the evaluation" .tabs=${tabsOf(view)} .active=${this.#tabOf(view)} @tab-change=${(event: CustomEvent<string>) => isTab(event.detail) && this.#show(event.detail)}></tab-bar>
        <div class="cohort">${icon("filter")}<span class="two">cohort</span>${view.cohort === null ? html`<span class="chip">all rows</span>` : html`<span class="chip" title=${view.cohort}><span class="cut">${view.cohort}</span></span><button class="link" title=${t("Esc")} @click=${() => this.#select([])}>${t("Clear")}</button>`}
          <span class="two">${formatCount(view.n)} of ${formatCount(view.total)}</span></div></div>
      <div class="answer"><answer-line .text=${this.#answer(view)}></answer-line></div>
      <div class="body" aria-busy=${model.pending ? "true" : "false"} @pick-cell=${this.#onPick("cell")} @pick-tag=${this.#onPick("tag")} @pick-slice=${this.#onPick("slice")} @pick-rows=${this.#onPick("rows")} @pick-range=${this.#onPick("range")} @pick-hexagon=${this.#onPick("hexagon")} @brush-box=${this.#onBrush}
        @rows-failed=${(event: CustomEvent<ErrorShape>) => this.#failed(event.detail)} @widen=${() => void model.search({ ...model.settings, most: 1 })} @leave-cohort=${() => this.model.selection.length > 0 && this.#select([])} @pick-feature=${(event: CustomEvent<string>) => void model.look({ feature: event.detail })}>${this.#tabBody(view)}</div>`;
  }

  readonly #noticeActions: NoticeActions = {
    recompute: () => this.refresh(),
    remap: () => this.model.remap(),
    dismiss: () => this.#failed(null),
    copy: (error) => void this.act(() => rpc.request(hostCopy, { text: JSON.stringify(error, null, 2) })),
    open: ({ file, line }) => void this.act(() => rpc.request(hostOpenFile, { path: file ?? "", ...(line === undefined ? {} : { line }), beside: true })),
  };

  #tabOf(view: EvaluationView): TabId {
    return tabsOf(view).some(({ id }) => id === this.tab) ? this.tab : "overview";
  }

  #answer(view: EvaluationView): string {
    const { model } = this;
    if (this.tab === "residuals" && model.residuals) return model.residuals.answer;
    return view.cohort === null && model.slices !== null ? `${view.answer} ${model.slices.answer}` : view.answer;
  }

  #tabBody(view: EvaluationView): TemplateResult {
    const { model } = this;
    const rows = html`<evaluation-rows .evaluationId=${view.evaluationId} .selection=${model.selection} .threshold=${model.threshold} .view=${view}></evaluation-rows>`;
    switch (this.#tabOf(view)) {
      case "tags":
        return html`${tagsTab(view, model, () => void this.act(() => rpc.request(hostOpenFile, { path: "touchstone.yaml", beside: true })))}<div class="full">${rows}</div>`;
      case "slices":
        return html`${slicesTab(view, model)}<div class="full">${rows}</div>`;
      case "residuals":
        return html`<residual-view .residuals=${model.residuals}></residual-view>${model.selection.length > 0 ? html`<div class="full">${rows}</div>` : nothing}`;
      case "rows":
        return html`<div class="full">${rows}</div>`;
      case "models":
        return html`<models-tab .view=${view}></models-tab>`;
      default:
        return overview(view, model, rows, this.curveTab, (tab) => (this.curveTab = tab), (tab) => this.#show(tab));
    }
  }

  #show(tab: TabId): void {
    this.tab = tab;
    setState({ tab });
  }

  /** Keys of the whole panel: nothing that a field, a list or the grid has taken. */
  readonly #onKey = (event: KeyboardEvent): void => {
    const { view, phase } = this.model;
    const from = event.composedPath()[0];
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || this.help || view === null || phase === "mapping") return;
    if (from instanceof Element && from.matches("input:not([type=range]), select, textarea, [role=combobox], [role=listbox], [role=option]")) return;
    const tab = tabsOf(view)[Number(event.key) - 1]?.id;
    const act = isTab(tab) ? () => this.#show(tab) : this.#keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };

  /** Without a focus in the page, keys are the panel's too. */
  readonly #onDocumentKey = (event: KeyboardEvent): void => {
    if (event.target === document.body) this.#onKey(event);
  };

  readonly #keys: Readonly<Record<string, () => void>> = {
    "?": () => (this.help = true),
    Escape: () => this.#rows()?.clear() !== true && this.model.selection.length > 0 && this.#select([]),
    l: () => this.#rows()?.label(),
    t: () => this.#rows()?.tag(),
    n: () => this.#rows()?.cohort(),
    o: () => this.#rows()?.open(),
    r: () => this.refresh(),
  };

  #rows(): EvaluationRowsView | null {
    return this.renderRoot.querySelector("evaluation-rows");
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
      this.#reveal();
    };
  }

  /** Rows that were opened are seen: in a low window they stand below what was clicked. */
  #reveal(): void {
    const body = this.renderRoot.querySelector(".body")?.getBoundingClientRect();
    const rows = this.#rows();
    if (rows !== null && body !== undefined && body.bottom - rows.getBoundingClientRect().top < SEEN) rows.scrollIntoView({ block: "nearest" });
  }

  /** A rectangle of a residual plot: a range of its column, or the texts that it covers, and a range of the residual. */
  #onBrush = (event: CustomEvent<{ column: string; categories: readonly string[] | null; box: Box }>): void => {
    const { column, categories, box } = event.detail;
    const others = this.model.selection.filter(({ kind }) => kind !== "range" && kind !== "hexagon" && kind !== "values");
    const along: Condition = categories === null ? { kind: "range", column, low: box.x[0], high: box.x[1] } : { kind: "values", column, values: categories.filter((_, i) => i >= box.x[0] && i <= box.x[1]) };
    this.#select([...others, along, { kind: "range", column: "@residual", low: box.y[0], high: box.y[1] }]);
    this.#reveal();
  };

  #failed(error: ErrorShape | null): void {
    this.model.error = error;
    this.requestUpdate();
  }
}

function subjectOf(subject: unknown): { path: string; runId: string | null; mapping: boolean; folder: string } {
  if (typeof subject !== "object" || subject === null) return { path: "", runId: null, mapping: false, folder: "" };
  return {
    path: "path" in subject && typeof subject.path === "string" ? subject.path : "",
    runId: "runId" in subject && typeof subject.runId === "string" ? subject.runId : null,
    mapping: "mapping" in subject && subject.mapping === true,
    folder: "folder" in subject && typeof subject.folder === "string" ? subject.folder : "",
  };
}

/** Fewer pixels of the rows than this show hardly any row. */
const SEEN = 180;

const TABS: readonly TabId[] = ["overview", "tags", "slices", "residuals", "rows", "models"];

function isTab(value: unknown): value is TabId {
  return TABS.some((tab) => tab === value);
}

/** Residuals exist for numbers only; every other view has something to say of any file. */
function tabsOf(view: EvaluationView): readonly Tab[] {
  return [
    { id: "overview", label: "Overview" },
    { id: "tags", label: "Tags", ...(view.tags.length > 0 ? { count: view.tags.length } : {}) },
    { id: "slices", label: "Slices" },
    ...(view.task === "regression" ? [{ id: "residuals", label: "Residuals" }] : []),
    { id: "rows", label: "Rows", count: formatCount(view.n) },
    { id: "models", label: "Models" },
  ];
}

customElements.define("touchstone-evaluation", EvaluationPanel);
