import { Chart, LinearScale, LineController, LineElement, LogarithmicScale, PointElement, type Plugin } from "chart.js";
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { columnDecimals, formatNumber } from "../format.ts";
import { runDotClass, runLook } from "../palette.ts";
import { styleVars } from "../style-vars.ts";
import { base, onThemeChange, runDots, themeColor } from "../theme.ts";
import { axisText } from "./axis-format.ts";
import { chartConfig, faint } from "./chart-config.ts";
import { chartTable, tableStyles } from "./chart-table.ts";
import { endLabels, type EndLabel } from "./end-labels.ts";
import { followPointer } from "./pointer.ts";
import { nearestIndex, seriesFacts, type AxisKind, type AxisRange, type ChartSeries } from "./series.ts";
import { smooth } from "./smoothing.ts";

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale);

const LABEL_ROOM = 180;
const MOST_IN_TIP = 10;

/**
 * `<line-chart .series .label .kind .log .smoothing .range .table>`: lines with their names at their ends. Fires
 * `chart-range` (AxisRange or null) when a range was marked or zoomed. With the focus on it, ← and → walk the points.
 * `table` shows the same numbers as a table.
 */
export class LineChart extends LitElement {
  static override properties = {
    series: { attribute: false },
    label: { type: String },
    kind: { type: String },
    log: { type: Boolean },
    smoothing: { type: Number },
    range: { attribute: false },
    table: { type: Boolean },
    at: { state: true },
    brush: { state: true },
  };
  static override styles = [
    base,
    runDots,
    tableStyles,
    css`
      :host { display: block; position: relative; min-height: 0; }
      .plot { position: absolute; inset: 0; }
      canvas { display: block; touch-action: pan-y; }
      .tip { position: absolute; z-index: 4; top: 8px; left: var(--x); max-width: 340px; padding: 6px 8px; border: 1px solid var(--vscode-editorHoverWidget-border, var(--ts-line)); border-radius: 4px; background: var(--vscode-editorHoverWidget-background, var(--ts-bg)); font-size: 12px; box-shadow: 0 2px 8px var(--vscode-widget-shadow); pointer-events: none; }
      .tip.left { transform: translateX(-100%); }
      .tip div { display: flex; align-items: center; gap: 8px; }
      .brush { position: absolute; z-index: 2; top: 0; bottom: 20px; left: var(--from); width: var(--width); background: var(--vscode-editor-selectionBackground, var(--ts-grid)); opacity: 0.4; pointer-events: none; }
    `,
  ];

  declare series: readonly ChartSeries[];
  declare label: string;
  declare kind: AxisKind;
  declare log: boolean;
  declare smoothing: number;
  declare range: AxisRange | null;
  declare table: boolean;
  declare at: number | null;
  declare brush: AxisRange | null;

  #chart: Chart<"line", { readonly x: number; readonly y: number }[]> | undefined;
  #leave: (() => void)[] = [];
  #labelled = false;

  constructor() {
    super();
    this.series = [];
    this.label = "";
    this.kind = "step";
    this.log = false;
    this.smoothing = 0;
    this.range = null;
    this.table = false;
    this.at = null;
    this.brush = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leave.push(onThemeChange(() => this.requestUpdate("series")));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const leave of this.#leave.splice(0)) leave();
    this.#destroy();
  }

  override render(): TemplateResult {
    if (this.table) return chartTable(this.series, this.label, this.kind);
    const brush = this.brush;
    return html`<div class="plot" tabindex="0" role="img" aria-label=${this.summary()} @keydown=${this.#onKey}><canvas></canvas></div>
      ${brush === null ? nothing : html`<div class="brush" ${styleVars({ "--from": `${brush.from}px`, "--width": `${brush.to - brush.from}px` })}></div>`}
      ${this.at === null ? nothing : this.#tip(this.at)}`;
  }

  /** The chart in a sentence, for those who do not see it. */
  summary(): string {
    const facts = this.series.slice(0, 5).map(({ label, x, y }) => {
      const found = seriesFacts(x, y);
      return found === null ? `${label}: no value` : `${label}: last ${formatNumber(found.last)}, lowest ${formatNumber(found.low)} at ${axisText(this.kind, found.lowX)}, highest ${formatNumber(found.high)}`;
    });
    const more = this.series.length > 5 ? `; and ${this.series.length - 5} more` : "";
    return `${this.label} by ${this.kind}, ${this.series.length} ${this.series.length === 1 ? "line" : "lines"}. ${facts.join("; ")}${more}. Show as table gives all values.`;
  }

  protected override updated(changed: PropertyValues): void {
    if (this.table) return this.#destroy();
    const redraw = ["series", "kind", "log", "smoothing", "range", "table"].some((name) => changed.has(name));
    if (redraw) this.#draw();
    else this.#chart?.draw();
  }

  #destroy(): void {
    this.#chart?.destroy();
    this.#chart = undefined;
  }

  #draw(): void {
    const canvas = this.renderRoot.querySelector("canvas");
    if (canvas === null) return;
    const font = getComputedStyle(this).fontFamily;
    const look = { kind: this.kind, log: this.log, smoothing: this.smoothing, range: this.range, font, labels: this.series.length < 2 || this.clientWidth < 420 ? 16 : LABEL_ROOM };
    // The plugins outlive this drawing: they read what is current.
    this.#labelled = look.labels === LABEL_ROOM;
    const config = chartConfig(this.series, look, [endLabels(() => (this.#labelled ? this.#labels() : []), () => font), this.#crossHair()]);
    if (this.#chart !== undefined && this.#chart.canvas === canvas) {
      this.#chart.data = config.data;
      if (config.options) this.#chart.options = config.options;
      this.#chart.update("none");
      return;
    }
    this.#destroy();
    this.#chart = new Chart(canvas, config);
    this.#leave.push(
      followPointer(canvas, () => this.#chart, {
        hover: (x) => (this.at = x),
        zoom: (range) => this.#tellRange(range),
        brush: (pixels) => (this.brush = pixels),
        whole: () => this.#whole(),
      }),
    );
  }

  #labels(): EndLabel[] {
    const anyFront = this.series.some(({ front }) => front);
    return this.series.flatMap(({ label, color, front, x, y }) => {
      const facts = seriesFacts(x, this.smoothing > 0 ? smooth(y, this.smoothing) : y);
      const solid = themeColor(runLook(color).color, "#4e9cf5");
      return facts === null ? [] : [{ text: label, color: anyFront && !front ? faint(solid, 0.75) : solid, bold: front || !anyFront, value: facts.last }];
    });
  }

  #crossHair(): Plugin<"line"> {
    return {
      id: "crossHair",
      afterDatasetsDraw: (chart) => {
        const x = chart.scales["x"];
        if (this.at === null || x === undefined) return;
        const { ctx, chartArea } = chart;
        const pixel = x.getPixelForValue(this.at);
        ctx.save();
        ctx.strokeStyle = themeColor("--ts-fg3", "#888888");
        ctx.beginPath();
        ctx.moveTo(pixel, chartArea.top);
        ctx.lineTo(pixel, chartArea.bottom);
        ctx.stroke();
        ctx.restore();
      },
    };
  }

  #tip(at: number): TemplateResult | typeof nothing {
    const x = this.#chart?.scales["x"];
    const area = this.#chart?.chartArea;
    if (x === undefined || area === undefined) return nothing;
    const anyFront = this.series.some(({ front }) => front);
    const values = this.series
      .filter(({ front }) => front || !anyFront)
      .map((one) => {
        const index = nearestIndex(one.x, at);
        return { one, x: one.x[index] ?? at, y: one.y[index] ?? Number.NaN };
      });
    const decimals = columnDecimals(values.map(({ y }) => y));
    const pixel = x.getPixelForValue(at);
    const left = pixel > (area.left + area.right) / 2;
    return html`<div class="tip ${left ? "left" : ""}" ${styleVars({ "--x": `${pixel + (left ? -10 : 10)}px` })}>
      <div class="two">${this.kind === "step" ? "step " : ""}${axisText(this.kind, values[0]?.x ?? at)}</div>
      ${values.slice(0, MOST_IN_TIP).map(({ one, y }) => html`<div><span class=${runDotClass(one.color)}></span><span class="grow cut">${one.label}</span><span class="num">${formatNumber(y, decimals)}</span></div>`)}
      ${values.length > MOST_IN_TIP ? html`<div class="three">and ${values.length - MOST_IN_TIP} more</div>` : nothing}
    </div>`;
  }

  #whole(): AxisRange {
    const ends = this.series.flatMap(({ x }) => (x.length === 0 ? [] : [x[0] ?? 0, x[x.length - 1] ?? 0]));
    return { from: Math.min(...ends), to: Math.max(...ends) };
  }

  #tellRange(range: AxisRange | null): void {
    this.dispatchEvent(new CustomEvent("chart-range", { detail: range, bubbles: true, composed: true }));
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === "Escape" && (this.at !== null || this.range !== null)) {
      event.stopPropagation();
      if (this.at !== null) this.at = null;
      else this.#tellRange(null);
      return;
    }
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const guide = this.series.find(({ front }) => front) ?? this.series[0];
    if (by === 0 || guide === undefined || guide.x.length === 0) return;
    event.preventDefault();
    const now = this.at === null ? (by > 0 ? -1 : guide.x.length) : nearestIndex(guide.x, this.at);
    this.at = guide.x[Math.max(0, Math.min(guide.x.length - 1, now + by))] ?? null;
  }
}

customElements.define("line-chart", LineChart);
