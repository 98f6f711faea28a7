import { html, nothing, type TemplateResult } from "lit";
import { runsCompare, runsCompareData, runsCompareSlices, type ComparedFileContent, type ComparedSlices, type RunComparison } from "../../engine/api/compare.ts";
import { hostCommand, hostCompareCode, hostOpenRun, hostTitle } from "../../engine/api/host.ts";
import { runsChanged } from "../../engine/api/runs.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import "../ui/answer-line.ts";
import "../ui/charts/curve-panel.ts";
import { curveSettings, type CurveRun, type CurveSettings } from "../ui/charts/curve-panel.ts";
import { plural } from "../ui/format.ts";
import { getState, rpc, setState } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { openMenu } from "../ui/menu.ts";
import { runDotClass } from "../ui/palette.ts";
import { Panel } from "../ui/panel.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";
import { runDots } from "../ui/theme.ts";
import { keepScroll } from "../ui/keep-scroll.ts";
import { dataSection } from "./data-section.ts";
import { codeSection, letter, metricsSection, valuesSection } from "./sections.ts";
import { slicesSection } from "./slices-section.ts";
import { compareStyles } from "./styles.ts";

const LIVE_MS = 500;

/** Runs side by side: `{runIds}`. */
class ComparePanel extends Panel {
  static override properties = { ...Panel.properties, comparison: { state: true }, error: { state: true }, all: { state: true }, settings: { state: true }, slices: { state: true }, contents: { state: true } };
  static override styles = [...Panel.styles, runDots, compareStyles];

  declare comparison: RunComparison | undefined;
  declare error: ErrorShape | undefined;
  declare all: boolean;
  declare settings: CurveSettings;
  declare slices: ComparedSlices | undefined;
  declare contents: readonly ComparedFileContent[] | undefined;

  #runIds: readonly string[] = [];
  #against: string | undefined;
  #curves: readonly CurveRun[] = [];
  #busy: AbortController | undefined;

  constructor() {
    super();
    this.comparison = undefined;
    this.error = undefined;
    this.all = getState()["all"] === true;
    this.settings = curveSettings(getState()["curves"]);
    const against = getState()["against"];
    this.#against = typeof against === "string" ? against : undefined;
    this.slices = undefined;
    this.contents = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.refreshAfter(runsChanged, LIVE_MS, ({ changed, removed }) => [...changed.map(({ runId }) => runId), ...removed].some((id) => this.#runIds.includes(id)));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#busy?.abort();
  }

  show(subject: unknown): void {
    const ids = typeof subject === "object" && subject !== null && "runIds" in subject && Array.isArray(subject.runIds) ? subject.runIds.map(String) : [];
    // Taking a run out of the comparison is kept with the panel, not with the subject.
    const kept = getState()["compared"];
    const shown = Array.isArray(kept) && kept.length >= 2 && kept.every((id) => ids.includes(String(id))) ? kept.map(String) : ids;
    if (shown.join() === this.#runIds.join() && this.comparison !== undefined) return;
    this.#runIds = shown;
    this.refresh();
  }

  refresh(): void {
    if (this.#runIds.length > 0) void this.#load();
  }

  override render(): TemplateResult {
    const { comparison, error } = this;
    if (error !== undefined || comparison === undefined) return this.instead(error, t("Comparing…"));
    const state = { comparison, all: this.all };
    const sections = [metricsSection(state), valuesSection("Params", "param", comparison.params, state), codeSection(state, (from, to) => this.#openDiff(from, to)), valuesSection("Environment", "package", comparison.environment, state)];
    const same = this.#same(comparison);
    const keys = comparison.metrics.filter(({ key }) => !key.startsWith("system/")).map(({ key }) => key);
    return html`${this.notices()}${this.#chips(comparison)}
      <answer-line .text=${`${this.slices === undefined || this.slices.answer === "" ? "" : `${this.slices.answer} `}${comparison.answer}`}></answer-line>
      <div class="page scroll" tabindex="0" role="region" aria-label=${t("Comparison")} ${keepScroll("compare")}><div class="columns">
        <div>${sections}${same === "" || this.all ? nothing : html`<section><p class="two">${same}</p></section>`}</div>
        <div><section class="chart"><curve-panel .runs=${this.#curves} .keys=${keys} .settings=${this.settings} @curve-settings=${this.#onCurves}></curve-panel></section>
          ${dataSection(state, this.contents)}${slicesSection(comparison, this.slices, (index) => this.#openEvaluation(comparison, index))}</div>
      </div></div>`;
  }

  #chips({ heads, against }: RunComparison): TemplateResult {
    return html`<div class="top">
      ${heads.map(
        (head, index) => html`<span class="run"><span class=${runDotClass(head.color)}></span><b>${letter(index)}</b><button class="link cut" title="Open ${head.title}" @click=${() => void this.act(() => rpc.request(hostOpenRun, { runId: head.runId }))}>${head.title}</button>
          <button class="tool" aria-label="Take ${head.title} out" ?disabled=${heads.length <= 2} @click=${() => this.#takeOut(head.runId)}>${icon("close")}</button></span>`,
      )}
      <button class="tool" @click=${() => void this.act(() => rpc.request(hostCommand, { command: "touchstone.openTable", args: [] }))}>${icon("add")}Add run</button>
      <span class="grow"></span>
      <span class="how"><button class="button secondary" aria-haspopup="menu" @click=${this.#pickAgainst}>against <b>${letter(against)}</b>${icon("chevron-down")}</button>
      <label><input type="checkbox" .checked=${this.all} @change=${this.#toggleAll} />${t("Show all")}</label></span>
    </div>`;
  }

  /** What a page of differences leaves out, in one line. */
  #same({ params, code, data, environment }: RunComparison): string {
    const none = (values: readonly { readonly differs: boolean }[]): boolean => values.length > 0 && values.every(({ differs }) => !differs);
    const names = [none(params) ? "params" : "", code.differs === false ? "code" : "", none(data) ? "data" : "", none(environment) ? "environment" : ""].filter((name) => name !== "");
    return names.length === 0 ? "" : `The same in all: ${names.join(", ")}.`;
  }

  async #load(): Promise<void> {
    this.#busy?.abort();
    const busy = new AbortController();
    this.#busy = busy;
    try {
      const comparison = await rpc.request(runsCompare, { runIds: this.#runIds, ...(this.#against === undefined ? {} : { against: this.#against }) }, { signal: busy.signal });
      this.#curves = comparison.heads.map(({ runId, title, color }, index) => ({ runId, label: `${letter(index)}  ${title}`, color, front: false }));
      if (this.comparison === undefined) void this.act(() => rpc.request(hostTitle, { title: `Compare ${plural(comparison.heads.length, "run")}` }));
      this.comparison = comparison;
      this.error = undefined;
      void this.#loadRest(comparison, busy.signal);
    } catch (error) {
      if (!isCancelled(error)) this.error = errorShape(error);
    }
  }

  /** What takes longer than the page may wait: predictions item by item, and the contents of data files. */
  async #loadRest({ heads, against }: RunComparison, signal: AbortSignal): Promise<void> {
    const runIds = heads.map(({ runId }) => runId);
    const params = { runIds, against: runIds[against] ?? "" };
    const slices = rpc.request(runsCompareSlices, params, { signal }).then((found) => (this.slices = found));
    const contents = rpc.request(runsCompareData, params, { signal }).then(({ files }) => (this.contents = files));
    for (const result of await Promise.allSettled([slices, contents])) if (result.status === "rejected" && !isCancelled(result.reason)) this.failure = errorShape(result.reason);
  }

  #openEvaluation({ heads }: RunComparison, index: number): void {
    const runId = heads[index]?.runId;
    if (runId !== undefined) void this.act(() => rpc.request(hostOpenRun, { runId, tab: "evaluations" }));
  }

  #onCurves(event: CustomEvent<CurveSettings>): void {
    this.settings = event.detail;
    setState({ curves: event.detail });
  }

  #takeOut(runId: string): void {
    this.#runIds = this.#runIds.filter((id) => id !== runId);
    if (this.#against === runId) this.#against = undefined;
    setState({ compared: this.#runIds });
    this.slices = undefined;
    this.refresh();
  }

  async #pickAgainst(event: Event): Promise<void> {
    const heads = this.comparison?.heads ?? [];
    if (!(event.currentTarget instanceof HTMLElement)) return;
    const chosen = await openMenu(heads.map(({ runId, title }, index) => ({ id: runId, label: `${letter(index)}  ${title}`, checked: index === this.comparison?.against })), event.currentTarget.getBoundingClientRect());
    if (chosen === null) return;
    this.#against = chosen;
    setState({ against: chosen });
    this.slices = undefined;
    this.refresh();
  }

  #toggleAll(event: Event): void {
    this.all = event.target instanceof HTMLInputElement && event.target.checked;
    setState({ all: this.all });
  }

  #openDiff(from: number, to: number): void {
    const a = this.comparison?.heads[to]?.runId;
    const b = this.comparison?.heads[from]?.runId;
    if (a !== undefined && b !== undefined) void this.act(() => rpc.request(hostCompareCode, { runIds: [a, b] }));
  }
}

customElements.define("touchstone-compare", ComparePanel);
