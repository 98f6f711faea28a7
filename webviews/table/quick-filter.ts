import { css, html, LitElement, nothing, svg, type TemplateResult } from "lit";
import type { ColumnId } from "../../engine/api/runs.ts";
import type { ColumnSpread } from "../../engine/api/views.ts";
import { formatCount, formatDuration, formatNumber, formatTime, plural } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import type { Anchor } from "../ui/menu.ts";
import { base } from "../ui/theme.ts";
import { brushEnds, rangeCondition, valuesCondition } from "./conditions.ts";

const WIDTH = 264;
const HEIGHT = 72;

/**
 * `<quick-filter .column .name .spread .anchor>`: a column's histogram to brush over, or its values to choose from. Fires
 * `quick-change` (the condition in the grammar, empty for none) and `quick-close`.
 */
class QuickFilter extends LitElement {
  static override properties = { column: { type: String }, name: { type: String }, spread: { attribute: false }, anchor: { attribute: false }, bins: { state: true }, low: { state: true }, high: { state: true }, chosen: { state: true }, missing: { state: true }, search: { state: true } };
  static override styles = [
    base,
    css`
      :host { position: fixed; z-index: 45; left: var(--left, 0); top: var(--top, 0); display: block; }
      .box { width: 288px; max-width: 96vw; padding: 8px 12px 12px; border: 1px solid var(--vscode-menu-border, var(--ts-line)); border-radius: 6px; background: var(--vscode-menu-background, var(--ts-bg)); box-shadow: 0 2px 8px var(--vscode-widget-shadow); }
      .line { display: flex; align-items: center; gap: 6px; min-height: 26px; }
      h2 { flex: 1 1 auto; min-width: 0; margin: 0; font-size: 13px; font-weight: 600; }
      svg { display: block; width: 100%; height: 72px; cursor: crosshair; touch-action: none; }
      rect { fill: color-mix(in srgb, var(--vscode-charts-blue) 35%, transparent); }
      rect.in { fill: var(--vscode-charts-blue); }
      .ends { display: flex; justify-content: space-between; }
      .field { width: 0; flex: 1 1 0; }
      .list { max-height: 240px; overflow: auto; }
      label.value { display: flex; align-items: center; gap: 6px; height: 22px; cursor: pointer; }
      label.value .small { margin-left: auto; padding-left: 12px; }
      .buttons { justify-content: flex-end; margin-top: 8px; }
    `,
  ];

  declare column: ColumnId;
  declare name: string;
  declare spread: ColumnSpread | undefined;
  declare anchor: Anchor;
  /** First and last bin of the brush. */
  declare bins: readonly [number, number] | null;
  declare low: string;
  declare high: string;
  declare chosen: ReadonlySet<string>;
  declare missing: boolean;
  declare search: string;

  constructor() {
    super();
    this.column = "";
    this.name = "";
    this.spread = undefined;
    this.anchor = { left: 0, top: 0, bottom: 0 };
    this.bins = null;
    this.low = "";
    this.high = "";
    this.chosen = new Set();
    this.missing = false;
    this.search = "";
  }

  override render(): TemplateResult {
    const { spread } = this;
    return html`<div class="box" role="dialog" aria-label="Filter by ${this.name}" @keydown=${this.#onKey}>
        <div class="line"><h2 class="cut">${this.name}</h2><button class="tool" aria-label=${t("Close")} @click=${this.#close}>${icon("close")}</button></div>
        ${spread === undefined ? html`<div class="two">${t("Counting…")}</div>` : spread.kind === "numbers" ? this.#numbers(spread) : this.#values(spread)}
        ${spread === undefined || spread.missing === 0 ? nothing : html`<label class="value"><input type="checkbox" .checked=${this.missing} @change=${this.#onMissing} />missing<span class="small two">${formatCount(spread.missing)}</span></label>`}
        <div class="line buttons"><button class="button secondary small" @click=${() => this.#tell("")}>${t("Clear")}</button><button class="button small" ?disabled=${this.#condition() === ""} @click=${() => this.#tell(this.#condition())}>${t("Apply")}</button></div>
      </div>`;
  }

  protected override updated(): void {
    // The policy of the page allows no style attribute; the host's place is set through the CSSOM.
    this.style.setProperty("--left", `${Math.max(4, Math.min(this.anchor.left, window.innerWidth - 296))}px`);
    const room = window.innerHeight - 8 - (this.renderRoot.querySelector(".box")?.clientHeight ?? 0);
    this.style.setProperty("--top", `${Math.max(4, Math.min(this.anchor.bottom, room))}px`);
  }

  protected override firstUpdated(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("input, button")?.focus());
  }

  #numbers(spread: ColumnSpread & { kind: "numbers" }): TemplateResult {
    const { counts, edges, n, nan, infinite, log } = spread;
    if (n === 0) return html`<div class="two">No run has a finite number here${nan > 0 ? ` (${plural(nan, "run")} with NaN)` : ""}.</div>`;
    const most = Math.max(...counts, 1);
    const width = WIDTH / counts.length;
    const inBrush = (bin: number): boolean => this.bins === null || (bin >= this.bins[0] && bin <= this.bins[1]);
    const others = [nan > 0 ? `${formatCount(nan)} NaN` : "", infinite > 0 ? `${formatCount(infinite)} ∞` : ""].filter((text) => text !== "").join(", ");
    const inside = counts.reduce((sum, count, bin) => sum + (inBrush(bin) ? count : 0), 0);
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Histogram of ${this.name}: ${counts.length} bins from ${this.#shown(edges[0] ?? 0)} to ${this.#shown(edges.at(-1) ?? 0)}"
        @pointerdown=${this.#onPress} @pointermove=${this.#onMove}>
        ${counts.map((count, bin) => svg`<rect class=${inBrush(bin) ? "in" : ""} x=${bin * width + 0.5} width=${Math.max(1, width - 1)} y=${HEIGHT - (count / most) * (HEIGHT - 2)} height=${(count / most) * (HEIGHT - 2)}><title>${this.#shown(edges[bin] ?? 0)} … ${this.#shown(edges[bin + 1] ?? 0)}: ${plural(count, "run")}</title></rect>`)}
      </svg>
      <div class="ends small two"><span>${this.#shown(edges[0] ?? 0)}</span><span>${log ? "log scale" : ""}</span><span>${this.#shown(edges.at(-1) ?? 0)}</span></div>
      <div class="line"><input class="field" type="text" aria-label=${t("At least")} placeholder="at least" .value=${this.low} @input=${(event: Event) => this.#onEnd(event, "low")} /><span class="two">to</span><input class="field" type="text" aria-label=${t("At most")} placeholder="at most" .value=${this.high} @input=${(event: Event) => this.#onEnd(event, "high")} /></div>
      <div class="small two" role="status">${this.bins === null ? plural(n, "run") : `${formatCount(inside)} of ${plural(n, "run")}`}${others === "" ? "" : `, and ${others}`}</div>`;
  }

  #values(spread: ColumnSpread & { kind: "values" }): TemplateResult {
    const found = spread.values.filter(({ value }) => value.toLowerCase().includes(this.search.toLowerCase()));
    return html`${spread.values.length > 8 ? html`<div class="line"><input class="field" type="text" aria-label=${t("Search values")} placeholder="Search ${formatCount(spread.distinct)} values" .value=${this.search} @input=${this.#onSearch} /></div>` : nothing}
      <div class="list scroll">
        ${found.map(({ value, runs }) => html`<label class="value"><input type="checkbox" .checked=${this.chosen.has(value)} @change=${() => this.#toggle(value)} /><span class="cut">${value === "" ? "(empty)" : value}</span><span class="small two">${formatCount(runs)}</span></label>`)}
      </div>
      ${spread.distinct > spread.values.length ? html`<div class="small two">the ${spread.values.length} most frequent of ${formatCount(spread.distinct)} values</div>` : nothing}`;
  }

  #condition(): string {
    const { spread, column } = this;
    if (spread === undefined) return "";
    return spread.kind === "values" ? valuesCondition(column, [...this.chosen], this.missing) : rangeCondition(column, spread.unit, this.bins === null ? { low: this.low, high: this.high, below: false } : brushEnds(spread, ...this.bins), this.missing);
  }

  #shown(value: number): string {
    const unit = this.spread?.kind === "numbers" ? this.spread.unit : "number";
    return unit === "time" ? formatTime(value) : unit === "duration" ? formatDuration(value) : formatNumber(value);
  }

  #binAt(event: PointerEvent): number {
    const box = event.currentTarget instanceof Element ? event.currentTarget.getBoundingClientRect() : null;
    const count = this.spread?.kind === "numbers" ? this.spread.counts.length : 1;
    return box === null ? 0 : Math.max(0, Math.min(count - 1, Math.floor(((event.clientX - box.left) / box.width) * count)));
  }

  #onPress(event: PointerEvent): void {
    if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId);
    const bin = this.#binAt(event);
    this.#start = bin;
    this.#brush(bin, bin);
  }

  #start = 0;

  #onMove(event: PointerEvent): void {
    if (event.buttons !== 1) return;
    const bin = this.#binAt(event);
    this.#brush(Math.min(bin, this.#start), Math.max(bin, this.#start));
  }

  #brush(from: number, to: number): void {
    if (this.spread?.kind !== "numbers") return;
    this.bins = [from, to];
    ({ low: this.low, high: this.high } = brushEnds(this.spread, from, to));
  }

  #onEnd(event: Event, end: "low" | "high"): void {
    if (event.target instanceof HTMLInputElement) this[end] = event.target.value;
    this.bins = null;
  }

  #onSearch(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.search = event.target.value;
  }

  #onMissing(event: Event): void {
    this.missing = event.target instanceof HTMLInputElement && event.target.checked;
  }

  #toggle(value: string): void {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(value)) chosen.add(value);
    this.chosen = chosen;
  }

  #onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Escape") this.#close();
    else if (event.key === "Enter" && event.target instanceof HTMLInputElement && this.#condition() !== "") this.#tell(this.#condition());
  }

  #tell(condition: string): void {
    this.dispatchEvent(new CustomEvent("quick-change", { detail: condition, bubbles: true, composed: true }));
  }

  #close(): void {
    this.dispatchEvent(new CustomEvent("quick-close", { bubbles: true, composed: true }));
  }
}

customElements.define("quick-filter", QuickFilter);
