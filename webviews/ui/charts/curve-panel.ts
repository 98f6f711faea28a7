import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { metricCurves, runsChanged, type Curve } from "../../../engine/api/runs.ts";
import { errorShape, isCancelled } from "../rpc.ts";
import { rpc } from "../host.ts";
import { icon } from "../icon.ts";
import { t } from "../l10n.ts";
import { openMenu } from "../menu.ts";
import { base } from "../theme.ts";
import "../state-view.ts";
import "./line-chart.ts";
import type { AxisKind, AxisRange, ChartSeries } from "./series.ts";
import type { ErrorShape } from "../../../engine/api/tokens.ts";

/** A run that takes part in the curves. */
export interface CurveRun {
  readonly runId: string;
  readonly label: string;
  readonly color: number;
  readonly front: boolean;
}

/** What the person set; kept with the panel. */
export interface CurveSettings {
  readonly key: string;
  readonly kind: AxisKind;
  readonly log: boolean;
  readonly smoothing: number;
  readonly table: boolean;
}

export const CURVE_SETTINGS: CurveSettings = { key: "", kind: "step", log: false, smoothing: 0, table: false };

/** What was kept of the settings before a reload; what is missing or foreign is as new. */
export function curveSettings(kept: unknown, fresh: CurveSettings = CURVE_SETTINGS): CurveSettings {
  if (typeof kept !== "object" || kept === null) return fresh;
  const { key, kind, log, smoothing, table }: Partial<Record<keyof CurveSettings, unknown>> = kept;
  return {
    key: typeof key === "string" ? key : fresh.key,
    kind: kind === "step" || kind === "time" || kind === "relative" ? kind : fresh.kind,
    log: log === true,
    smoothing: typeof smoothing === "number" && smoothing >= 0 && smoothing < 1 ? smoothing : fresh.smoothing,
    table: table === true,
  };
}

const SMOOTHINGS = [0, 0.5, 0.8, 0.9, 0.95, 0.99];
/** Points of a line, at most; of many lines each gets fewer, because they share the same pixels. */
const POINTS = { most: 1000, least: 300, together: 20_000 };

/**
 * `<curve-panel .runs .keys .settings .closable>`: one metric of some runs, fetched as the engine samples it (extremes kept), again
 * for the range that is looked at, and live. Fires `curve-settings` (CurveSettings) and `curve-close`.
 */
class CurvePanel extends LitElement {
  static override properties = {
    runs: { attribute: false },
    keys: { attribute: false },
    settings: { attribute: false },
    closable: { type: Boolean },
    heading: { type: String },
    note: { type: String },
    curves: { state: true },
    range: { state: true },
    error: { state: true },
  };
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; container-type: inline-size; }
      .bar { display: flex; align-items: center; gap: 4px; flex: none; min-height: 30px; padding: 2px 12px 2px 16px; overflow: hidden; }
      .bar .section { flex: 0 1 auto; margin-right: 8px; min-width: 48px; }
      .bar .note { flex: 1 1 0; min-width: 0; text-align: right; }
      .lacks { display: flex; align-items: center; gap: 6px; flex: none; padding: 2px 16px; }
      line-chart { flex: 1 1 0; min-height: 80px; margin: 0 8px 6px 12px; }
      state-view { flex: 1 1 0; min-height: 0; }
      @container (max-width: 520px) {
        .roomy { display: none; }
        .bar { gap: 2px; padding: 2px 8px 2px 16px; }
      }
    `,
  ];

  declare runs: readonly CurveRun[];
  declare keys: readonly string[];
  declare settings: CurveSettings;
  declare closable: boolean;
  /** What stands above it. */
  declare heading: string;
  declare note: string;
  declare curves: readonly Curve[] | undefined;
  declare range: AxisRange | null;
  declare error: ErrorShape | undefined;

  #asked = "";
  #busy: AbortController | undefined;
  #again = false;
  #leave: (() => void) | undefined;

  constructor() {
    super();
    this.runs = [];
    this.keys = [];
    this.settings = CURVE_SETTINGS;
    this.closable = false;
    this.heading = "Curves";
    this.note = "";
    this.curves = undefined;
    this.range = null;
    this.error = undefined;
  }

  /** The metric that is shown: the chosen one while it exists, else the first. */
  get key(): string {
    return this.keys.includes(this.settings.key) ? this.settings.key : (this.keys[0] ?? "");
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leave = rpc.on(runsChanged, ({ changed }) => {
      const ids = new Set(this.runs.map(({ runId }) => runId));
      if (changed.some(({ runId, cells }) => ids.has(runId) && `metrics.${this.key}` in cells)) void this.#fetch();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave?.();
    this.#busy?.abort();
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const asked = JSON.stringify([this.runs.map(({ runId }) => runId), this.key, this.settings.kind, this.range]);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#busy?.abort();
    this.#busy = undefined;
    if (this.key !== "" && this.runs.length > 0) void this.#fetch();
    else this.curves = undefined;
  }

  override render(): TemplateResult {
    const { kind, log, smoothing, table } = this.settings;
    const names: Record<AxisKind, string> = { step: "step", relative: "time since start", time: "time of day" };
    return html`<div class="bar" @keydown=${this.#onKey}>
        <h2 class="section cut">${this.heading}</h2>
        ${this.keys.length < 2 ? nothing : html`<button class="tool" aria-haspopup="menu" aria-label="Metric: ${this.key}" @click=${this.#pickKey}>${this.key || "no metric"}${icon("chevron-down")}</button>`}
        <button class="tool" aria-haspopup="menu" aria-label="Horizontal axis: ${names[kind]}" @click=${this.#pickKind}>${names[kind]}${icon("chevron-down")}</button>
        <button class="tool roomy" aria-pressed=${!log} title="Linear axis (l)" @click=${() => this.#set({ log: false })}>linear</button>
        <button class="tool" aria-pressed=${log} title="Log axis (l)" @click=${() => this.#set({ log: true })}>log</button>
        <button class="tool" aria-haspopup="menu" aria-label="Smoothing ${smoothing}" title="Smoothing. Exponential moving average with the start's bias taken out: s_t = w·s_(t−1) + (1−w)·y_t, over 1 − w^t (s)" @click=${this.#pickSmoothing}><span class="two roomy">smoothing</span> ${smoothing === 0 ? html`<span class="two">0</span>` : smoothing}</button>
        <button class="tool" aria-pressed=${table} @click=${() => this.#set({ table: !table })}>${icon("table")} <span class="hidden-text">Show as table</span></button>
        ${this.range === null ? nothing : html`<button class="tool" @click=${this.#all}>${icon("screen-normal")} whole axis</button>`}
        <span class="note small two cut roomy">${this.note}</span>
        ${this.closable ? html`<button class="tool" aria-label="Close the curves" @click=${() => this.dispatchEvent(new CustomEvent("curve-close", { bubbles: true, composed: true }))}>${icon("close")}</button>` : nothing}
      </div>
      ${this.#lacks()}${this.#body()}`;
  }

  /** Of which runs points may be missing, and why: a curve that breaks off is not to look like a run that did. */
  #lacks(): TemplateResult | typeof nothing {
    const labels = new Map(this.runs.map(({ runId, label }) => [runId, label]));
    const lines = (this.curves ?? []).flatMap(({ runId, lacks }) => (lacks === undefined ? [] : [`${labels.get(runId) ?? runId}: ${lacks}`]));
    const [first] = lines;
    if (first === undefined || this.error !== undefined) return nothing;
    const more = lines.length - 1;
    return html`<div class="lacks small two" role="status" title=${lines.join("\n")}>${icon("warning")}<span class="cut">${more === 0 ? t("Points may be missing. {0}", first) : t("Points may be missing of {0} curves. {1}", lines.length, first)}</span></div>`;
  }

  #body(): TemplateResult {
    if (this.error !== undefined) return html`<state-view kind="error" .error=${this.error} .action=${{ label: "Try again", run: () => void this.#fetch() }}></state-view>`;
    if (this.key === "") return html`<state-view kind="empty" .message=${"These runs have logged no metric yet."} .hint=${'Print "loss=0.2 step=3", call touchstone.log({"loss": 0.2}), or use the MLflow client.'}></state-view>`;
    if (this.runs.length === 0) return html`<state-view kind="empty" .message=${"No run is in sight."}></state-view>`;
    const { kind, log, smoothing, table } = this.settings;
    const series = this.#series();
    if (this.curves !== undefined && series.length === 0) return html`<state-view kind="empty" .message=${`None of these runs has logged ${this.key}.`}></state-view>`;
    return html`<line-chart .series=${series} .label=${this.key} .kind=${kind} .log=${log} .smoothing=${smoothing} .range=${this.range} .table=${table} @chart-range=${this.#onRange} @keydown=${this.#onKey}></line-chart>`;
  }

  #seriesFrom: unknown[] = [];
  #made: readonly ChartSeries[] = [];

  /** The same array for the same curves, so that the chart draws only what changed. */
  #series(): readonly ChartSeries[] {
    if (this.#seriesFrom[0] === this.curves && this.#seriesFrom[1] === this.runs) return this.#made;
    this.#seriesFrom = [this.curves, this.runs];
    const byRun = new Map(this.runs.map((run) => [run.runId, run]));
    this.#made = (this.curves ?? []).flatMap(({ runId, x, y }) => {
      const run = byRun.get(runId);
      return run === undefined || y.length === 0 ? [] : [{ id: runId, label: run.label, color: run.color, front: run.front, x, y }];
    });
    return this.#made;
  }

  async #fetch(): Promise<void> {
    if (this.#busy !== undefined) {
      this.#again = true;
      return;
    }
    const busy = new AbortController();
    this.#busy = busy;
    try {
      const runIds = this.runs.map(({ runId }) => runId);
      const params = { runIds, key: this.key, x: this.settings.kind, maxPoints: Math.max(POINTS.least, Math.min(POINTS.most, Math.floor(POINTS.together / this.runs.length))), ...(this.range ?? {}) };
      this.curves = (await rpc.request(metricCurves, params, { signal: busy.signal })).curves;
      this.error = undefined;
    } catch (error) {
      if (!isCancelled(error)) this.error = errorShape(error);
    }
    if (this.#busy !== busy) return;
    this.#busy = undefined;
    if (this.#again) {
      this.#again = false;
      void this.#fetch();
    }
  }

  #set(part: Partial<CurveSettings>): void {
    if (part.kind !== undefined) this.range = null;
    this.settings = { ...this.settings, key: this.key, ...part };
    this.dispatchEvent(new CustomEvent("curve-settings", { detail: this.settings, bubbles: true, composed: true }));
  }

  async #pick(event: Event, choices: readonly { id: string; label: string }[], now: string): Promise<string | null> {
    const button = event.currentTarget;
    if (!(button instanceof HTMLElement)) return null;
    return openMenu(choices.map((choice) => ({ ...choice, checked: choice.id === now })), button.getBoundingClientRect());
  }

  async #pickKey(event: Event): Promise<void> {
    const key = await this.#pick(event, this.keys.map((id) => ({ id, label: id })), this.key);
    if (key !== null) this.#set({ key });
  }

  async #pickKind(event: Event): Promise<void> {
    const kind = await this.#pick(event, [{ id: "step", label: "step" }, { id: "relative", label: "time since start" }, { id: "time", label: "time of day" }], this.settings.kind);
    if (kind === "step" || kind === "relative" || kind === "time") this.#set({ kind });
  }

  async #pickSmoothing(event: Event): Promise<void> {
    const weight = await this.#pick(event, SMOOTHINGS.map((w) => ({ id: String(w), label: w === 0 ? "none" : String(w) })), String(this.settings.smoothing));
    if (weight !== null) this.#set({ smoothing: Number(weight) });
  }

  #all(): void {
    this.range = null;
  }

  #onRange(event: CustomEvent<AxisRange | null>): void {
    this.range = event.detail;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "l") this.#set({ log: !this.settings.log });
    else if (event.key === "s") this.#set({ smoothing: SMOOTHINGS[(SMOOTHINGS.indexOf(this.settings.smoothing) + 1) % SMOOTHINGS.length] ?? 0 });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

customElements.define("curve-panel", CurvePanel);
