import { css, html, LitElement, nothing, svg, type CSSResult, type SVGTemplateResult, type TemplateResult } from "lit";
import type { Condition } from "../../engine/api/evaluation.ts";
import { exact, formatNumber } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { base } from "../ui/theme.ts";
import { linear, tickLabel, ticks, type Scale } from "./scale.ts";

export const plotStyles: CSSResult = css`
  :host { display: flex; flex-direction: column; position: relative; min-width: 0; min-height: 120px; }
  .keys { display: flex; flex-direction: column; flex: 1 1 0; min-width: 0; min-height: 0; }
  .canvas { flex: 1 1 0; min-height: 0; position: relative; }
  svg { position: absolute; inset: 0; width: 100%; height: 100%; display: block; overflow: hidden; }
  svg:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
  text { fill: var(--ts-fg2); font-size: 11px; font-variant-numeric: tabular-nums; }
  .axis { stroke: var(--ts-grid); stroke-width: 1; shape-rendering: crispEdges; }
  .zero { stroke: var(--ts-fg3); stroke-width: 1; }
  .expected { stroke: var(--ts-fg3); stroke-dasharray: 3 3; fill: none; }
  .line { fill: none; stroke: var(--ts-data); stroke-width: 1.5; }
  .dot { fill: var(--ts-bg); stroke: var(--ts-data); stroke-width: 1.5; }
  .full { fill: var(--ts-data); }
  .whisker { stroke: var(--ts-data); stroke-width: 1; }
  .bar { fill: color-mix(in srgb, var(--ts-fg) 30%, var(--ts-bg)); }
  .bar.act { cursor: pointer; }
  .bar.act:hover, .bar.act:focus-visible { fill: var(--ts-data); }
  .smooth { fill: none; stroke: var(--ts-run-1); stroke-width: 2; }
  .band { fill: color-mix(in srgb, var(--ts-fg) 10%, transparent); }
  .brush { fill: color-mix(in srgb, var(--vscode-focusBorder) 16%, transparent); stroke: var(--vscode-focusBorder); }
  .cursor { fill: none; stroke: var(--vscode-focusBorder); stroke-width: 2; }
  .as-table { position: absolute; top: -2px; right: 0; z-index: 2; opacity: 0; }
  :host(:hover) .as-table, :host(:focus-within) .as-table, .as-table[aria-pressed="true"] { opacity: 1; }
  .values { flex: 1 1 0; min-height: 0; overflow: auto; }
  .values table { border-collapse: collapse; font-size: 12px; }
  .values th, .values td { padding: 0 10px; height: 22px; text-align: right; font-weight: 400; font-variant-numeric: tabular-nums; white-space: nowrap; }
  .values thead th { position: sticky; top: 0; background: var(--ts-bg); color: var(--ts-fg2); }
  .values caption { padding: 2px 10px; text-align: left; color: var(--ts-fg2); white-space: nowrap; }
`;

/** Columns of numbers that a plot shows, for its table view. */
export interface PlotTable {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (number | string | null)[])[];
}

/** The rows of one bar, in the words of the condition that the engine knows. */
export type RangePick = Omit<Condition & { kind: "range" }, "kind">;

/** Enter and Space on a drawn button do what a click does. */
export function onPress(event: KeyboardEvent, act: () => void): void {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  act();
}

/** Pixels around the drawing. */
export interface Margin {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** What every plot of this panel shares: it follows its size, draws axes, and shows its numbers as a table. */
export abstract class Plot extends LitElement {
  static override properties = { width: { state: true }, height: { state: true }, asTable: { state: true }, label: { type: String } };
  static override styles: CSSResult[] = [base, plotStyles];

  declare width: number;
  declare height: number;
  declare asTable: boolean;
  declare label: string;
  #observer: ResizeObserver | null = null;

  constructor() {
    super();
    this.width = 0;
    this.height = 0;
    this.asTable = false;
    this.label = "";
  }

  protected abstract drawing(): SVGTemplateResult | typeof nothing;
  protected abstract table(): PlotTable;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer?.disconnect();
    this.#observer = null;
  }

  protected override updated(): void {
    const canvas = this.renderRoot.querySelector(".canvas");
    if (canvas === null || this.#observer !== null) return;
    this.#observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      this.width = Math.round(entry.contentRect.width);
      this.height = Math.round(entry.contentRect.height);
    });
    this.#observer.observe(canvas);
  }

  override render(): TemplateResult {
    // The drawing in focus answers v; so does its table.
    return html`<div class="keys" @keydown=${this.#onKey}><button class="tool as-table" aria-label="${this.label} as a table" title=${t("Show the values as a table")} aria-pressed=${this.asTable ? "true" : "false"} @click=${this.#toggle}>${icon(this.asTable ? "graph-line" : "table")}</button>
      ${this.asTable ? this.#values() : html`<div class="canvas">${this.width > 40 && this.height > 40 ? this.drawing() : nothing}</div>`}</div>`;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== "v" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#toggle();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".as-table")?.focus());
  }

  #toggle(): void {
    this.asTable = !this.asTable;
    this.#observer?.disconnect();
    this.#observer = null;
  }

  #values(): TemplateResult {
    const { caption, head, rows } = this.table();
    return html`<div class="values scroll" tabindex="0" role="region" aria-label="${this.label} as a table"><table><caption>${caption}</caption>
      <thead><tr>${head.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
      <tbody>${rows.slice(0, 500).map((row) => html`<tr>${row.map((cell) => html`<td title=${exact(cell)}>${typeof cell === "string" ? cell : formatNumber(cell)}</td>`)}</tr>`)}</tbody></table></div>`;
  }

  /** Grid lines with their labels, and the names of both axes. */
  protected axes(x: Scale, y: Scale, margin: Margin, names: { readonly x: string; readonly y?: string }, xLabel: (value: number) => string = tickLabel): SVGTemplateResult {
    const bottom = this.height - margin.bottom;
    const right = this.width - margin.right;
    return svg`${ticks(y.low, y.high, Math.max(2, Math.floor((bottom - margin.top) / 45))).map(
      (value) => svg`<line class=${value === 0 && y.low < 0 ? "zero" : "axis"} x1=${margin.left} x2=${right} y1=${y(value)} y2=${y(value)}></line><text x=${margin.left - 6} y=${y(value) + 4} text-anchor="end">${tickLabel(value)}</text>`,
    )}
    ${ticks(x.low, x.high, Math.max(2, Math.floor((right - margin.left) / 70))).map((value) => svg`<text x=${x(value)} y=${bottom + 15} text-anchor="middle">${xLabel(value)}</text>`)}
    <text x=${right} y=${bottom + 29} text-anchor="end">${names.x}</text>
    ${names.y === undefined ? nothing : svg`<text x=${margin.left - 6} y=${margin.top - 6} text-anchor="start">${names.y}</text>`}`;
  }

  /** Scales over the drawing's inside. */
  protected scales(xRange: readonly [number, number], yRange: readonly [number, number], margin: Margin): { x: Scale; y: Scale } {
    return { x: linear(xRange[0], xRange[1], margin.left, this.width - margin.right), y: linear(yRange[0], yRange[1], this.height - margin.bottom, margin.top) };
  }

  protected emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** Points as an SVG path. */
export function pathOf(x: readonly number[], y: readonly number[], sx: Scale, sy: Scale): string {
  return x.map((value, i) => `${i === 0 ? "M" : "L"}${sx(value).toFixed(1)} ${sy(y[i] ?? 0).toFixed(1)}`).join("");
}
