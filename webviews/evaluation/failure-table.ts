import { css, html, LitElement, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import type { Predicate, Slice, SliceResult, TagRow } from "../../engine/api/evaluation.ts";
import type { Estimated } from "../../engine/api/tokens.ts";
import { formatCount, formatNumber, formatPercent, MISSING, plural } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { base } from "../ui/theme.ts";
import { evaluationStyles } from "./styles.ts";
import { chipTexts } from "./words.ts";

/** One line of "Where it fails": a tag or a slice. */
interface Line {
  readonly id: string;
  readonly tag: TagRow | null;
  readonly slice: Slice | null;
  readonly n: number;
  readonly rate: Estimated;
  readonly share: number | null;
  readonly q: number | null;
  readonly heldOut: Estimated | null;
  /** Slices that overlap by half or more with it or those above, folded away. */
  readonly folded: number;
}

const SURE = 0.05;

/**
 * `<failure-table .tags .result .counted .most .detailed .selected .average>`: tags, then slices, worst first, on one axis with the
 * average. Fires `pick-tag` (name) and `pick-slice` (predicates).
 */
class FailureTable extends LitElement {
  static override properties = { tags: { attribute: false }, result: { attribute: false }, counted: { type: Boolean }, most: { type: Number }, detailed: { type: Boolean }, selected: { type: String }, average: { attribute: false }, widen: { type: Boolean }, unfolded: { state: true }, allTags: { state: true } };
  static override styles = [
    base,
    evaluationStyles,
    css`
      :host { display: block; height: auto; container: failures / inline-size; }
      .chips { display: flex; align-items: center; gap: 4px; min-width: 0; }
      .chips .and { color: var(--ts-fg3); }
      .chips .chip { flex: 0 1 auto; min-width: 24px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; display: block; }
      .whisker { display: block; width: 96px; height: 16px; overflow: visible; }
      .whisker line { vector-effect: non-scaling-stroke; }
      .whisker rect { fill: color-mix(in srgb, var(--vscode-charts-red, #f14c4c) 68%, var(--ts-bg)); }
      .whisker .avg { stroke: var(--ts-fg3); stroke-dasharray: 2 2; }
      .whisker .ci { stroke: var(--ts-fg); }
      td.gauge { width: 104px; }
      /* Names before drawings: the error stands in figures beside it. */
      @container failures (max-width: 560px) { .gauge { display: none; } }
    `,
  ];
  declare tags: readonly TagRow[];
  declare result: SliceResult | null;
  declare counted: boolean;
  declare most: number;
  declare detailed: boolean;
  declare selected: string;
  /** The whole's error or loss, where no slices say it. */
  declare average: number | null;
  /** Larger slices were left out of the search: where it finds none, they are offered (`widen`). */
  declare widen: boolean;
  declare unfolded: boolean;
  declare allTags: boolean;
  /** Tags that came while the table was shown: who has just made one looks for it, however few rows it holds. */
  #fresh: ReadonlySet<string> = new Set();

  constructor() {
    super();
    this.tags = [];
    this.result = null;
    this.counted = true;
    this.most = 8;
    this.detailed = false;
    this.selected = "";
    this.average = null;
    this.widen = false;
    this.unfolded = false;
    this.allTags = false;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("tags");
    if (before === undefined || before.length === 0) return;
    const known = new Set(before.map((each) => each.tag));
    this.#fresh = new Set([...this.#fresh, ...this.tags.map((each) => each.tag).filter((tag) => !known.has(tag))]);
  }

  override render(): TemplateResult {
    const slices = this.result?.slices ?? [];
    const sliceLines = foldedLines(slices, this.unfolded);
    // Tags leave half of the places to slices, where there are as many.
    const places = this.allTags ? this.tags.length : Math.max(Math.ceil(this.most / 2), this.most - sliceLines.length);
    const tagLines = this.tags.filter((tag, i) => i < places || this.#fresh.has(tag.tag)).map(tagLine);
    const lines = [...tagLines, ...sliceLines].slice(0, Math.max(this.most, tagLines.length));
    const hidden = this.tags.length - tagLines.length;
    if (lines.length === 0 && this.result !== null && this.result.features > 0 && this.widen) return html`<p class="two">${this.result.reason} <button class="link" @click=${() => this.dispatchEvent(new CustomEvent("widen", { bubbles: true, composed: true }))}>${t("Search larger slices too")}</button></p>`;
    if (lines.length === 0) return html`<p class="two">${this.result === null ? "Searching slices…" : this.result.reason} ${this.result !== null && this.result.features === 0 ? "Write feature columns beside the predictions to see where they fail." : ""}</p>`;
    const average = this.result?.averageRate ?? this.average;
    // Alone, tags also say how much there is to gain.
    const gains = this.result === null && this.tags.length > 0;
    const furthest = Math.max(average ?? 0, ...lines.map((line) => (line.rate.value === null ? 0 : this.counted ? line.rate.high : line.rate.value * 1.2)));
    const folded = slices.length - foldedLines(slices, false).length;
    return html`<table class="plain" aria-label=${t("Tags and slices where it fails")}>
      <thead><tr><th scope="col" class="wide">${gains ? "tag" : this.tags.length > 0 ? "tag or slice" : "slice"}</th><th scope="col" class="n">n</th><th scope="col" class="n">${this.counted ? "error" : "loss"}</th><th scope="col" class="gauge"><span class="hidden-text">error with its interval</span></th>
        ${this.detailed && lines.some((line) => line.heldOut) ? html`<th scope="col" class="n">held out</th>` : nothing}${gains ? html`<th scope="col" class="n">of rows</th>` : nothing}<th scope="col" class="n">of ${this.counted ? "errors" : "loss"}</th>${gains ? html`<th scope="col" class="n" title="Its share of the ${this.counted ? "errors" : "loss"} over its share of the rows">lift</th><th scope="col" class="n" title="${this.counted ? "Error of all rows" : "Share of the mean loss"} that would go if these rows did as well as the others">room</th>` : nothing}<th scope="col" class="n" title=${t("Benjamini–Hochberg; for slices over every slice that was searched")}>q</th></tr></thead>
      <tbody>${lines.map((line) => this.#row(line, { furthest, average, gains, held: lines.some((each) => each.heldOut !== null) }))}</tbody></table>
      <p class="small three">${average === null ? nothing : html`<span class="gauge">dashed: </span>average ${this.#rate(average)} · `}<span class="gauge">whiskers: 95 % · </span>${gains ? "tags" : "tags and slices"} overlap, shares do not add
        ${folded > 0 ? html` · <button class="link small" @click=${() => (this.unfolded = !this.unfolded)}>${this.unfolded ? "fold overlapping slices" : `${folded} more overlap with these by half or more`}</button>` : nothing}
        ${hidden > 0 ? html` · <button class="link small" @click=${() => (this.allTags = true)}>${plural(hidden, "more tag")}</button>` : nothing}</p>`;
  }

  #rate(value: number | null): string {
    if (value === null) return MISSING;
    return this.counted ? formatPercent(value) : formatNumber(value);
  }

  #row(line: Line, { furthest, average, gains, held }: { readonly furthest: number; readonly average: number | null; readonly gains: boolean; readonly held: boolean }): TemplateResult {
    const sure = line.q !== null && line.q < SURE;
    const pick = (): void => this.#pick(line);
    const { rate } = line;
    return html`<tr class="act ${sure ? "" : "dim"}" aria-selected=${line.id === this.selected ? "true" : "false"} @click=${pick}>
      <td class="wide"><button class="rowlink" @click=${(event: Event) => { event.stopPropagation(); pick(); }}>${line.tag !== null ? html`<span class="chips">${icon("tag")}<span class="cut">${line.tag.tag}</span></span>` : chips(line.slice?.predicates ?? [], line)}</button></td>
      <td class="n">${formatCount(line.n)}</td>
      <td class="n" title=${rate.value === null ? rate.reason : `[${this.#rate(rate.low)} – ${this.#rate(rate.high)}]`}>${this.#rate(rate.value)}</td>
      <td class="gauge">${rate.value === null ? nothing : whisker(rate.value, rate.low, rate.high, average, furthest)}</td>
      ${this.detailed && held ? html`<td class="n two">${line.heldOut === null ? MISSING : this.#rate(line.heldOut.value)}</td>` : nothing}
      ${gains ? html`<td class="n">${line.tag === null ? MISSING : formatPercent(line.tag.dataShare)}</td>` : nothing}
      <td class="n"><b>${line.share === null ? MISSING : formatPercent(line.share)}</b></td>
      ${gains ? html`<td class="n" title=${line.tag?.lift ?? nothing}>${typeof line.tag?.lift === "number" ? formatNumber(line.tag.lift, 2) : MISSING}</td><td class="n">${typeof line.tag?.room === "number" ? this.#rate(line.tag.room) : MISSING}</td>` : nothing}
      <td class="n two" title=${line.q === null ? "" : String(line.q)}>${qText(line.q)} ${line.q === null ? nothing : sure ? html`<span class="good">${icon("check")}</span><span class="hidden-text">more than chance</span>` : html`${icon("circle-slash")}<span class="hidden-text">within chance</span>`}</td></tr>`;
  }

  #pick(line: Line): void {
    const detail = line.tag !== null ? line.tag.tag : line.slice?.predicates;
    this.dispatchEvent(new CustomEvent(line.tag !== null ? "pick-tag" : "pick-slice", { detail, bubbles: true, composed: true }));
  }
}

function tagLine(tag: TagRow): Line {
  return { id: `tag ${tag.tag}`, tag, slice: null, n: tag.n, rate: tag.rate, share: tag.errorShare, q: tag.q, heldOut: null, folded: 0 };
}

function foldedLines(slices: readonly Slice[], all: boolean): readonly Line[] {
  return slices
    .filter((slice, i) => all || i === 0 || slice.overlap < 0.5)
    .map((slice) => ({ id: JSON.stringify(slice.predicates), tag: null, slice, n: slice.size, rate: slice.rate, share: slice.errorShare, q: slice.q, heldOut: slice.heldOut, folded: slice.equivalent.length }));
}

function chips(predicates: readonly Predicate[], line: Line): TemplateResult {
  const others = line.slice?.equivalent ?? [];
  return html`<span class="chips">${chipTexts(predicates).map((text, i) => html`${i > 0 ? html`<span class="and">&amp;</span>` : nothing}<span class="chip" title=${text}>${text}</span>`)}
    ${line.folded > 0 ? html`<span class="small three" title="The same rows: ${others.map((other) => chipTexts(other).join(" & ")).join("; ")}">+${line.folded}</span>` : nothing}</span>`;
}

function whisker(value: number, low: number, high: number, average: number | null, furthest: number): TemplateResult {
  const x = (rate: number): number => Math.max(0, Math.min(96, (rate / (furthest || 1)) * 92));
  return html`${svg`<svg class="whisker" viewBox="0 0 96 16" preserveAspectRatio="none" aria-hidden="true"><rect x="0" y="5" width=${x(value)} height="6"></rect>
    ${average === null ? nothing : svg`<line class="avg" x1=${x(average)} x2=${x(average)} y1="0" y2="16"></line>`}
    <line class="ci" x1=${x(low)} x2=${x(high)} y1="8" y2="8"></line><line class="ci" x1=${x(low)} x2=${x(low)} y1="5" y2="11"></line><line class="ci" x1=${x(high)} x2=${x(high)} y1="5" y2="11"></line></svg>`}`;
}

/** `< .001`, `.17`, `—`. */
export function qText(q: number | null): string {
  if (q === null) return MISSING;
  if (q < 0.001) return "< .001";
  return q >= 0.995 ? "1" : q.toFixed(q < 0.0995 ? 3 : 2).replace(/^0/, "");
}

customElements.define("failure-table", FailureTable);
