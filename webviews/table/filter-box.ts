import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { styleVars } from "../ui/style-vars.ts";
import { base } from "../ui/theme.ts";
import { tint } from "./highlight.ts";

/** Where a filter is wrong, in UTF-16 units. */
export interface FilterProblem {
  readonly message: string;
  readonly hint: string | null;
  readonly offset: number;
  readonly length: number;
  /** Replaces the range; probably what was meant. */
  readonly replacement: string | null;
}

/** What can stand at the cursor; `insert` replaces `length` units from `offset`. */
export interface FilterOffer {
  readonly label: string;
  readonly insert: string;
  readonly detail: string;
  readonly kind: string;
  readonly offset: number;
  readonly length: number;
}

/** Who knows the grammar: the engine. */
export interface FilterEngine {
  check(text: string): Promise<FilterProblem | null>;
  complete(text: string, offset: number): Promise<readonly FilterOffer[]>;
}

const ICONS: Readonly<Record<string, string>> = { column: "symbol-field", value: "symbol-constant", function: "symbol-method", operator: "symbol-operator", entity: "symbol-namespace" };
const SETTLE_MS = 180;

/**
 * `<filter-box .value .count .engine .refused>`: a line in the one grammar, tinted, completed, with the error under the token that is
 * wrong; `refused` is a text that passed the check and could not be read all the same. Fires `filter-change` (string) for every text that the engine can read, and `filter-leave` on Escape.
 */
class FilterBox extends LitElement {
  static override properties = { value: { type: String }, count: { type: String }, engine: { attribute: false }, refused: { attribute: false }, text: { state: true }, problem: { state: true }, offers: { state: true }, at: { state: true } };
  static override styles = [
    base,
    css`
      :host { position: relative; display: block; min-width: 0; }
      .field { position: relative; display: flex; align-items: center; gap: 6px; overflow: hidden; }
      .field:focus-within { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
      .wrong .field { border-color: var(--vscode-inputValidation-errorBorder, var(--ts-bad)); }
      .text { position: relative; flex: 1 1 auto; min-width: 0; height: 24px; overflow: hidden; }
      input, .tint { position: absolute; inset: 0; width: 100%; margin: 0; padding: 0; border: 0; background: none; font-family: var(--ts-mono); font-size: 12px; line-height: 24px; white-space: pre; letter-spacing: 0; }
      input { color: transparent; caret-color: var(--vscode-input-foreground); }
      input:focus-visible { outline: none; }
      input::placeholder { color: var(--vscode-input-placeholderForeground); font-family: var(--vscode-font-family); font-size: 13px; }
      .tint { pointer-events: none; width: max-content; min-width: 100%; transform: translateX(var(--shift, 0)); }
      .keyword { color: var(--vscode-debugTokenExpression-name, var(--vscode-charts-purple, inherit)); font-style: normal; }
      .string { color: var(--vscode-debugTokenExpression-string, inherit); }
      .number { color: var(--vscode-debugTokenExpression-number, inherit); }
      .problem { text-decoration: underline wavy var(--ts-bad); text-underline-offset: 3px; }
      .count { flex: none; font-size: 12px; }
      .pop { position: absolute; z-index: 20; top: 28px; left: var(--left, 0); max-width: min(560px, 100%); border: 1px solid var(--vscode-editorSuggestWidget-border, var(--ts-line)); border-radius: 4px; background: var(--vscode-editorSuggestWidget-background, var(--ts-bg)); box-shadow: 0 2px 8px var(--vscode-widget-shadow); }
      [role="listbox"] { max-height: 244px; margin: 0; padding: 2px; overflow: auto; }
      [role="option"] { display: flex; align-items: center; gap: 6px; height: 22px; padding: 0 8px 0 4px; border-radius: 3px; cursor: pointer; }
      [role="option"] .mono { flex: none; }
      [role="option"] .detail { margin-left: auto; padding-left: 24px; }
      [aria-selected="true"] { background: var(--vscode-editorSuggestWidget-selectedBackground); color: var(--vscode-editorSuggestWidget-selectedForeground, inherit); }
      :host-context(.vscode-high-contrast) [aria-selected="true"] { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
      .message { display: flex; gap: 8px; padding: 4px 8px; border-color: var(--vscode-inputValidation-errorBorder, var(--ts-bad)); font-size: 12px; }
    `,
  ];

  declare value: string;
  declare count: string;
  declare engine: FilterEngine | undefined;
  declare refused: { readonly filter: string; readonly error: ErrorShape } | null;
  declare text: string;
  declare problem: FilterProblem | null;
  declare offers: readonly FilterOffer[];
  declare at: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor() {
    super();
    this.value = "";
    this.count = "";
    this.engine = undefined;
    this.refused = null;
    this.text = "";
    this.problem = null;
    this.offers = [];
    this.at = 0;
  }

  /** Adds a condition with `and` and leaves the cursor behind it. */
  add(condition: string): void {
    const text = this.text.trim() === "" ? condition : `${this.text.trimEnd()} and ${condition}`;
    this.#type(text, text.length);
  }

  override focus(): void {
    this.#input()?.focus();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("value") && this.value !== this.text) {
      this.text = this.value;
      this.problem = null;
      // What was typed before is no longer meant.
      clearTimeout(this.#timer);
      this.#turn += 1;
    }
    if (changed.has("refused") && this.refused !== null && this.refused.filter === this.text.trim()) this.problem = refusal(this.refused.error, this.text);
  }

  override render(): TemplateResult {
    const open = this.offers.length > 0;
    return html`<div class=${this.problem === null ? "" : "wrong"}>
      <div class="field">
        ${icon("filter")}
        <div class="text">
          <div class="tint" aria-hidden="true">${this.#tinted()}</div>
          <input role="combobox" aria-label=${t("Filter runs")} aria-expanded=${open} aria-controls="offers" aria-autocomplete="list" aria-activedescendant=${open ? `offer-${this.at}` : nothing} aria-invalid=${this.problem !== null}
            spellcheck="false" autocomplete="off" placeholder='Filter, e.g. metrics.val_f1 > 0.9 and params.model = "gbm"' .value=${this.text}
            @input=${this.#onInput} @keydown=${this.#onKey} @scroll=${this.#onScroll} @click=${this.#onCursor} @blur=${this.#onBlur} />
        </div>
        <span class="count two">${this.count}</span>
        ${this.text === "" ? nothing : html`<button class="tool" aria-label=${t("Clear the filter")} @click=${() => this.#type("", 0)}>${icon("close")}</button>`}
      </div>
      ${open ? this.#list() : this.problem === null ? nothing : this.#message(this.problem)}
    </div>`;
  }

  #tinted(): TemplateResult[] {
    // While completions are open the person is still in the middle of a word.
    const problem = this.offers.length > 0 ? null : this.problem;
    const end = problem === null ? 0 : problem.offset + Math.max(1, problem.length);
    return tint(problem !== null && problem.offset >= this.text.length ? `${this.text} ` : this.text).flatMap(({ text, tone, offset }) => {
      if (problem === null || end <= offset || problem.offset >= offset + text.length) return [html`<span class=${tone}>${text}</span>`];
      const a = Math.max(0, problem.offset - offset);
      const b = Math.min(text.length, end - offset);
      return [html`<span class=${tone}>${text.slice(0, a)}<span class="problem">${text.slice(a, b)}</span>${text.slice(b)}</span>`];
    });
  }

  #list(): TemplateResult {
    return html`<div class="pop" ${styleVars({ "--left": `${this.#left()}px` })}>
      <div role="listbox" id="offers" aria-label=${t("Completions")}>${this.offers.map(
        (offer, index) => html`<div role="option" id="offer-${index}" aria-selected=${index === this.at} @pointerdown=${(event: Event) => this.#onOffer(event, offer)}>
          ${icon(ICONS[offer.kind] ?? "symbol-field")}<span class="mono">${offer.label}</span><span class="detail small two cut">${offer.detail}</span></div>`,
      )}</div>
    </div>`;
  }

  #message({ message, hint, replacement, offset, length }: FilterProblem): TemplateResult {
    const mend = (): void => this.#type(this.text.slice(0, offset) + (replacement ?? "") + this.text.slice(offset + length), offset + (replacement ?? "").length);
    return html`<div class="pop message" role="alert"><span>${message} ${hint ?? ""}</span>${replacement === null ? nothing : html`<button class="link" @pointerdown=${mend}>Use ${replacement}</button>`}</div>`;
  }

  #input(): HTMLInputElement | null {
    return this.renderRoot.querySelector("input");
  }

  /** Pixels from the left edge to where the completed word begins; the font is monospaced. */
  #left(): number {
    const input = this.#input();
    const first = this.offers[0];
    const tinted = this.renderRoot.querySelector<HTMLElement>(".tint");
    if (input === null || tinted === null || first === undefined || this.text.length === 0) return 24;
    const perUnit = input.scrollWidth > input.clientWidth ? input.scrollWidth / this.text.length : Array.from(tinted.children, (part) => part.getBoundingClientRect().width).reduce((a, b) => a + b, 0) / this.text.length;
    return Math.max(0, Math.min(this.clientWidth - 320, 24 + first.offset * perUnit - input.scrollLeft));
  }

  #type(text: string, cursor: number): void {
    this.text = text;
    this.offers = [];
    void this.updateComplete.then(() => {
      this.#input()?.focus();
      this.#input()?.setSelectionRange(cursor, cursor);
      this.#settle(text.endsWith(" ") || text.endsWith("."));
    });
  }

  #onInput(): void {
    const input = this.#input();
    this.text = input?.value ?? "";
    this.problem = null;
    // Until the answer for this text comes, those of the last one that still fit stand for the word as it is now.
    const cursor = input?.selectionStart ?? this.text.length;
    this.offers = this.offers.filter((offer) => offer.insert.startsWith(this.text.slice(offer.offset, cursor))).map((offer) => ({ ...offer, length: Math.max(0, cursor - offer.offset) }));
    this.at = 0;
    this.#settle(true);
  }

  #onCursor(): void {
    if (this.text === "") this.#settle(true);
    this.#onScroll();
  }

  /** Asks for completions at once and for a verdict when the person pauses. */
  #settle(offer: boolean): void {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    const { text, engine } = this;
    if (engine === undefined) return;
    if (offer) void this.#offer(engine, text, turn);
    this.#timer = setTimeout(() => void this.#check(engine, text, turn), SETTLE_MS);
  }

  async #offer(engine: FilterEngine, text: string, turn: number): Promise<void> {
    const offers = await engine.complete(text, this.#input()?.selectionStart ?? text.length).catch(() => []);
    if (turn !== this.#turn) return;
    this.offers = offers;
    this.at = 0;
  }

  async #check(engine: FilterEngine, text: string, turn: number): Promise<void> {
    const problem = text.trim() === "" ? null : await engine.check(text).catch(() => null);
    if (turn !== this.#turn) return;
    this.problem = problem;
    if (problem === null) this.dispatchEvent(new CustomEvent("filter-change", { detail: text.trim(), bubbles: true, composed: true }));
  }

  #onOffer(event: Event, offer: FilterOffer): void {
    event.preventDefault();
    this.#accept(offer);
  }

  #accept(offer: FilterOffer): void {
    this.#type(this.text.slice(0, offer.offset) + offer.insert + this.text.slice(offer.offset + offer.length), offer.offset + offer.insert.length);
  }

  #onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    const offer = this.offers[this.at];
    if (event.key === "Escape") {
      if (offer !== undefined) this.offers = [];
      else this.dispatchEvent(new CustomEvent("filter-leave", { bubbles: true, composed: true }));
    } else if (offer !== undefined && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : -1) + this.offers.length) % this.offers.length;
      void this.updateComplete.then(() => this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }));
    } else if (offer !== undefined && (event.key === "Tab" || event.key === "Enter")) this.#accept(offer);
    else if (event.key === "Enter") this.#settle(false);
    else if (event.key === " " && event.ctrlKey) this.#settle(true);
    else return;
    event.preventDefault();
  }

  #onScroll(): void {
    this.renderRoot.querySelector<HTMLElement>(".tint")?.style.setProperty("--shift", `${-(this.#input()?.scrollLeft ?? 0)}px`);
  }

  #onBlur(): void {
    this.offers = [];
  }
}

/** What the engine could not read; without a place, the whole text is. */
function refusal({ message, hint, offset, length }: ErrorShape, text: string): FilterProblem {
  return { message, hint: hint ?? null, offset: offset ?? 0, length: length ?? text.length, replacement: null };
}

customElements.define("filter-box", FilterBox);

declare global {
  interface HTMLElementTagNameMap {
    "filter-box": FilterBox;
  }
}
