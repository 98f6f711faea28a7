import { t } from "./l10n.ts";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { icon } from "./icon.ts";
import { base } from "./theme.ts";

export type StateKind = "empty" | "loading" | "error" | "offline" | "readonly";

/** The one action that fills an empty view or mends a broken one. */
export interface StateAction {
  readonly label: string;
  readonly run: () => void;
}

const ICONS: Readonly<Record<StateKind, string>> = { empty: "info", loading: "loading", error: "error", offline: "debug-disconnect", readonly: "lock" };

/**
 * What stands where content cannot: `<state-view kind="empty" .message .hint .action>`, or `.error` with the
 * engine's error, which adds file and line (fires `open-site`) and "Copy details" (fires `copy-text`).
 */
class StateView extends LitElement {
  static override properties = { kind: { type: String }, message: { type: String }, hint: { type: String }, error: { attribute: false }, action: { attribute: false } };
  static override styles = [
    base,
    css`
      :host { display: flex; align-items: center; justify-content: center; min-height: 120px; padding: 24px 16px; }
      .box { display: flex; flex-direction: column; align-items: center; gap: 8px; max-width: 480px; text-align: center; text-wrap: balance; }
      .actions { display: flex; flex-wrap: wrap; justify-content: center; gap: 12px; align-items: center; margin-top: 4px; }
      .error > .icon { color: var(--ts-bad); }
    `,
  ];

  declare kind: StateKind;
  declare message: string;
  declare hint: string;
  declare error: ErrorShape | undefined;
  declare action: StateAction | undefined;

  constructor() {
    super();
    this.kind = "empty";
    this.message = "";
    this.hint = "";
    this.error = undefined;
    this.action = undefined;
  }

  override render(): TemplateResult {
    const { error, action } = this;
    const message = error?.message ?? this.message;
    const hint = error?.hint ?? this.hint;
    return html`<div class="box ${this.kind}" role=${this.kind === "error" || this.kind === "offline" ? "alert" : "status"}>
      ${icon(ICONS[this.kind], this.kind === "loading" ? "spin" : "")}
      <div>${message}</div>
      ${hint === "" ? nothing : html`<div class="two small">${hint}</div>`}
      ${error?.file === undefined ? nothing : html`<button class="link mono" @click=${this.#openSite}>${error.file}${error.line === undefined ? "" : `:${error.line}`}</button>`}
      <div class="actions">
        ${action === undefined ? nothing : html`<button class="button" @click=${action.run}>${action.label}</button>`}
        ${error === undefined ? nothing : html`<button class="link" @click=${this.#copy}>${t("Copy details")}</button>`}
      </div>
    </div>`;
  }

  #openSite(): void {
    this.dispatchEvent(new CustomEvent("open-site", { detail: { file: this.error?.file, line: this.error?.line }, bubbles: true, composed: true }));
  }

  #copy(): void {
    this.dispatchEvent(new CustomEvent("copy-text", { detail: JSON.stringify(this.error, null, 2), bubbles: true, composed: true }));
  }
}

customElements.define("state-view", StateView);
