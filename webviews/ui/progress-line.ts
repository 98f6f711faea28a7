import { t } from "./l10n.ts";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { Progress } from "../../engine/api/tokens.ts";
import { formatCount } from "./format.ts";
import { styleVars } from "./style-vars.ts";
import { base } from "./theme.ts";

/** `<progress-line .label .progress>`: a bar with its number; fires `progress-cancel` when `cancellable`. */
class ProgressLine extends LitElement {
  static override properties = { label: { type: String }, progress: { attribute: false }, cancellable: { type: Boolean } };
  static override styles = [
    base,
    css`
      :host { display: block; }
      .bar { height: 2px; overflow: hidden; background: var(--ts-grid); }
      .done { height: 2px; width: var(--share, 0%); background: var(--vscode-progressBar-background); }
      .unknown .done { width: 25%; animation: slide 1.6s linear infinite; }
      @keyframes slide { from { transform: translateX(-100%); } to { transform: translateX(400%); } }
      .text { display: flex; gap: 8px; padding: 4px 0; font-size: 12px; color: var(--ts-fg2); }
    `,
  ];

  declare label: string;
  declare progress: Progress | null;
  declare cancellable: boolean;

  constructor() {
    super();
    this.label = "";
    this.progress = null;
    this.cancellable = false;
  }

  override render(): TemplateResult {
    const { progress } = this;
    const total = progress?.total ?? null;
    const share = progress === null || total === null || total === 0 ? null : Math.min(1, progress.done / total);
    const count = progress === null ? "" : `${formatCount(progress.done)}${total === null ? "" : ` of ${formatCount(total)}`} ${progress.unit}`;
    return html`<div class="bar ${share === null ? "unknown" : ""}" role="progressbar" aria-label=${this.label || t("Working")} aria-valuemin="0" aria-valuemax="100"
        aria-valuenow=${share === null ? nothing : Math.round(share * 100)} aria-valuetext=${count || nothing}>
        <div class="done" ${styleVars({ "--share": share === null ? null : `${share * 100}%` })}></div>
      </div>
      <div class="text"><span class="grow cut">${progress?.message ?? this.label} ${count}</span>
        ${this.cancellable ? html`<button class="link" @click=${this.#cancel}>${t("Cancel")}</button>` : nothing}
      </div>`;
  }

  #cancel(): void {
    this.dispatchEvent(new CustomEvent("progress-cancel", { bubbles: true, composed: true }));
  }
}

customElements.define("progress-line", ProgressLine);
