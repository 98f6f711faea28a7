import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { LabelItem } from "../../engine/api/labeling.ts";
import { formatCount } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { base } from "../ui/theme.ts";
import type { Picture, Pictures } from "./pictures.ts";

/** Longer texts are set smaller, so that most of them are seen without scrolling. */
const LONG_TEXT = 900;
/** Pictures smaller than this are enlarged with their pixels kept: blurring would invent detail. */
const SMALL_PICTURE = 160;

/** `<item-view .item .pictures .total>`: what the person judges, and nothing that competes with it. Fires `open-item`. */
class ItemView extends LitElement {
  static override properties = { item: { attribute: false }, pictures: { attribute: false }, picture: { state: true }, broken: { state: true } };
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      .head { display: flex; flex-wrap: wrap; gap: 0 8px; font-size: 12px; color: var(--ts-fg2); }
      .head > * + *::before { content: "·"; display: inline-block; margin-right: 8px; color: var(--ts-fg3); text-decoration: none; }
      .text { margin: 16px 0 0; font-size: 22px; line-height: 34px; white-space: pre-wrap; overflow-wrap: anywhere; }
      .text.long { font-size: 16px; line-height: 26px; }
      .broken { margin: auto; color: var(--ts-fg2); }
      .empty { font-style: italic; color: var(--ts-fg3); }
      dl { display: grid; grid-template-columns: fit-content(45%) 1fr; margin: 16px 0 0; border-top: 1px solid var(--ts-line); font-size: 14px; line-height: 20px; }
      dl.many { grid-template-columns: fit-content(24%) 1fr fit-content(24%) 1fr; }
      dt, dd { margin: 0; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--ts-grid); overflow-wrap: anywhere; }
      dt { color: var(--ts-fg2); }
      dd.number { font-variant-numeric: tabular-nums; }
      dd { font-weight: 600; }
      figure { display: flex; flex: 1 1 auto; flex-direction: column; align-items: center; justify-content: center; min-height: 0; margin: 12px 0 0; }
      img { min-width: 0; min-height: 0; width: 100%; height: 100%; object-fit: contain; }
      img.natural { width: auto; height: auto; max-width: 100%; max-height: 100%; }
      img.small { image-rendering: pixelated; width: min(100%, 480px); }
      @container (max-width: 560px) { dl.many { grid-template-columns: fit-content(45%) 1fr; } .text { font-size: 18px; line-height: 28px; } }
    `,
  ];

  declare item: LabelItem;
  declare pictures: Pictures;
  declare picture: Picture | null;
  declare broken: boolean;

  constructor() {
    super();
    this.picture = null;
    this.broken = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("item") || this.item.content.kind !== "image") return;
    const { path } = this.item.content;
    this.broken = false;
    this.picture = this.pictures.ready(path);
    if (this.picture !== null) return;
    this.pictures.load(path).then(
      (picture) => this.#loaded(path, picture),
      () => this.#loaded(path, null),
    );
  }

  #loaded(path: string, picture: Picture | null): void {
    if (this.item.content.kind !== "image" || this.item.content.path !== path) return;
    this.picture = picture;
    this.broken = picture === null;
  }

  override render(): TemplateResult {
    const { content } = this.item;
    return html`${this.#head()}${content.kind === "text" ? text(content.text) : content.kind === "row" ? row(content.cells) : this.#image(content.name)}`;
  }

  #head(): TemplateResult {
    const { item } = this;
    const context = item.content.kind === "row" ? [] : item.content.context.filter((one) => one.value !== "");
    const place = item.source.row === null ? item.source.file : `${item.source.file}, row ${formatCount(item.source.row)}`;
    return html`<div class="head">
      <span>item ${formatCount(item.place + 1)}</span>
      ${context.map((one) => html`<span title=${one.column}>${one.value}</span>`)}
      ${this.picture === null || item.content.kind !== "image" ? nothing : html`<span>${this.picture.width} × ${this.picture.height}</span>`}
      <span><button class="link" @click=${() => this.dispatchEvent(new CustomEvent("open-item", { bubbles: true, composed: true }))}>${place}</button></span>
    </div>`;
  }

  #image(name: string): TemplateResult {
    if (this.broken) return html`<p class="broken">${icon("warning")} ${name} cannot be shown: it is gone, or no picture that a browser knows.</p>`;
    const { picture } = this;
    if (picture === null) return html`<figure><span class="three">${icon("loading", "spin")} ${name}</span></figure>`;
    const small = Math.max(picture.width, picture.height) < SMALL_PICTURE;
    return html`<figure><img class=${small ? "small" : "natural"} src=${picture.url} alt=${name} /></figure>`;
  }
}

function text(value: string): TemplateResult {
  // The paragraph keeps its white space, so the template must not add any.
  return value === "" ? html`<p class="text empty">${t("This text is empty.")}</p>` : html`<p class="text ${value.length > LONG_TEXT ? "long" : ""}" dir="auto">${value}</p>`;
}

function row(cells: readonly { readonly column: string; readonly value: string; readonly numeric: boolean }[]): TemplateResult {
  return html`<dl class=${cells.length > 14 ? "many" : ""}>
    ${cells.map((cell) => html`<dt>${cell.column}</dt><dd class=${cell.numeric ? "number" : ""}>${cell.value === "" ? html`<span class="empty">missing</span>` : cell.value}</dd>`)}
  </dl>`;
}

customElements.define("item-view", ItemView);
