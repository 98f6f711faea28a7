import { css, html, LitElement, nothing, svg, type TemplateResult } from "lit";
import type { CurveXY } from "../../engine/api/evaluation.ts";
import { t } from "../ui/l10n.ts";
import { styleVars } from "../ui/style-vars.ts";
import { base } from "../ui/theme.ts";

/** `<threshold-slider .value .curve .best>`: the error by threshold above the track, a tick at the best F1; fires `threshold` (number) while dragging. */
class ThresholdSlider extends LitElement {
  static override properties = { value: { attribute: false }, curve: { attribute: false }, best: { attribute: false } };
  static override styles = [
    base,
    css`
      :host { display: flex; align-items: center; gap: 8px; --fill: var(--vscode-button-background); }
      /* A button of high contrast has no colour of its own. */
      :host-context(.vscode-high-contrast) { --fill: var(--vscode-focusBorder); }
      :host { flex-wrap: wrap; }
      .slider { position: relative; width: 190px; height: 30px; }
      svg { position: absolute; left: 8px; top: 0; width: 174px; height: 14px; overflow: visible; }
      path { fill: none; stroke: var(--ts-fg3); stroke-width: 1; }
      line { stroke: var(--ts-fg); }
      input[type="range"] { position: absolute; left: 0; bottom: 2px; width: 100%; height: 14px; margin: 0; appearance: none; background: none; cursor: pointer; }
      input[type="range"]::-webkit-slider-runnable-track { height: 2px; background: linear-gradient(to right, var(--fill) var(--at), var(--ts-fg3) var(--at)); }
      input[type="range"]::-webkit-slider-thumb { appearance: none; width: 12px; height: 12px; margin-top: -5px; border: 0; border-radius: 50%; background: var(--fill); }
      input[type="number"] { width: 64px; text-align: right; font-variant-numeric: tabular-nums; }
    `,
  ];
  declare value: number | null;
  declare curve: CurveXY | null;
  declare best: { readonly metric: string; readonly value: number } | null;

  constructor() {
    super();
    this.value = null;
    this.curve = null;
    this.best = null;
  }

  override render(): TemplateResult {
    const at = this.value ?? 0.5;
    const { curve, best } = this;
    const most = Math.max(0.01, ...(curve?.y ?? []));
    const path = (curve?.x ?? []).map((x, i) => `${i === 0 ? "M" : "L"}${(x * 174).toFixed(1)} ${(13 - ((curve?.y[i] ?? 0) / most) * 12).toFixed(1)}`).join("");
    return html`<span class="two">threshold</span><span class="slider">${svg`<svg aria-hidden="true"><path d=${path}></path>${best === null ? nothing : svg`<line x1=${best.value * 174} x2=${best.value * 174} y1="14" y2="22"></line>`}</svg>`}
        <input type="range" ${styleVars({ "--at": `${at * 100}%` })} min="0" max="1" step="0.01" aria-label=${t("Threshold")} aria-valuetext=${this.value === null ? "as in the file" : at.toFixed(2)} .value=${String(at)} @input=${this.#input}></span>
      <input class="field" type="number" min="0" max="1" step="0.01" aria-label=${t("Threshold as a number")} .value=${this.value === null ? "" : at.toFixed(2)} placeholder="file" @change=${this.#input}>
      ${best === null ? nothing : html`<span class="two small">best ${best.metric} at <button class="link small" @click=${() => this.#emit(best.value)}>${best.value.toFixed(2)}</button></span>`}`;
  }

  #input(event: Event): void {
    if (!(event.target instanceof HTMLInputElement) || event.target.value === "") return;
    const value = Number(event.target.value);
    if (value >= 0 && value <= 1) this.#emit(value);
  }

  #emit(value: number): void {
    this.dispatchEvent(new CustomEvent("threshold", { detail: value, bubbles: true, composed: true }));
  }
}

customElements.define("threshold-slider", ThresholdSlider);
