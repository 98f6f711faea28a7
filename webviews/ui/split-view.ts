import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { styleVars } from "./style-vars.ts";
import { t } from "./l10n.ts";
import { base } from "./theme.ts";

const STEP = 16;

/**
 * `<split-view .size=${240}>` with slots `first` and `second`, one above the other (or side by side with `horizontal`).
 * `size` is the second part in pixels; dragging the sash, or arrow keys on it, fires `split-resize` (detail: pixels).
 * With `closed` only the first part stands.
 */
class SplitView extends LitElement {
  static override properties = { size: { type: Number }, horizontal: { type: Boolean, reflect: true }, closed: { type: Boolean }, min: { type: Number }, label: { type: String } };
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
      :host([horizontal]) { flex-direction: row; }
      .part { position: relative; display: flex; flex-direction: column; min-height: 0; min-width: 0; overflow: hidden; }
      .first { flex: 1 1 0; }
      .second { flex: 0 0 var(--size); max-height: 80%; }
      :host([horizontal]) .second { max-height: none; max-width: 80%; }
      .sash { position: relative; z-index: 3; flex: 0 0 1px; background: var(--ts-line); cursor: ns-resize; touch-action: none; }
      .sash::after { content: ""; position: absolute; inset: -3px 0; }
      :host([horizontal]) .sash { cursor: ew-resize; }
      :host([horizontal]) .sash::after { inset: 0 -3px; }
      .sash:hover::after, .sash:focus-visible::after { background: var(--vscode-sash-hoverBorder, var(--vscode-focusBorder)); }
    `,
  ];

  declare size: number;
  declare horizontal: boolean;
  declare closed: boolean;
  declare min: number;
  declare label: string;

  constructor() {
    super();
    this.size = 240;
    this.horizontal = false;
    this.closed = false;
    this.min = 80;
    this.label = t("Resize");
  }

  override render(): TemplateResult {
    return html`<div class="part first"><slot name="first"></slot></div>
      ${this.closed
        ? nothing
        : html`<div class="sash" role="separator" tabindex="0" aria-label=${this.label} aria-orientation=${this.horizontal ? "vertical" : "horizontal"} aria-valuenow=${Math.round(this.size)}
              @pointerdown=${this.#grab} @keydown=${this.#onKey}></div>
            <div class="part second" ${styleVars({ "--size": `${this.size}px` })}><slot name="second"></slot></div>`}`;
  }

  #grab(event: PointerEvent): void {
    const sash = event.currentTarget;
    if (!(sash instanceof HTMLElement)) return;
    const start = this.horizontal ? event.clientX : event.clientY;
    const size = this.size;
    sash.setPointerCapture(event.pointerId);
    const drag = (move: PointerEvent): void => this.#resize(size + start - (this.horizontal ? move.clientX : move.clientY));
    sash.addEventListener("pointermove", drag);
    sash.addEventListener("lostpointercapture", () => sash.removeEventListener("pointermove", drag), { once: true });
  }

  #onKey(event: KeyboardEvent): void {
    const grow = this.horizontal ? "ArrowLeft" : "ArrowUp";
    const shrink = this.horizontal ? "ArrowRight" : "ArrowDown";
    if (event.key !== grow && event.key !== shrink) return;
    event.preventDefault();
    this.#resize(this.size + (event.key === grow ? STEP : -STEP));
  }

  #resize(size: number): void {
    const room = this.horizontal ? this.clientWidth : this.clientHeight;
    this.size = Math.round(Math.max(this.min, Math.min(size, room * 0.8)));
    this.dispatchEvent(new CustomEvent("split-resize", { detail: this.size, bubbles: true, composed: true }));
  }
}

customElements.define("split-view", SplitView);
