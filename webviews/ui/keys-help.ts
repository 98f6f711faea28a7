import { t } from "./l10n.ts";
import { css, html, LitElement, type TemplateResult } from "lit";
import { icon } from "./icon.ts";
import { base } from "./theme.ts";

/** A key of a view and what it does. */
export interface KeyHelp {
  readonly key: string;
  readonly does: string;
}

/** `<keys-help .keys>`: what `?` shows; fires `help-close`. */
class KeysHelp extends LitElement {
  static override properties = { keys: { attribute: false } };
  static override styles = [
    base,
    css`
      :host { position: fixed; z-index: 60; right: 24px; bottom: 48px; display: block; }
      .box { max-height: 70vh; padding: 8px 16px 12px; overflow: auto; border: 1px solid var(--vscode-editorWidget-border, var(--ts-line)); border-radius: 6px; background: var(--vscode-editorWidget-background); box-shadow: 0 2px 8px var(--vscode-widget-shadow); }
      .title { display: flex; align-items: center; justify-content: space-between; gap: 24px; }
      dl { display: grid; grid-template-columns: auto auto; gap: 2px 16px; margin: 0; }
      dt { color: var(--ts-fg2); font-family: var(--ts-mono); font-size: 12px; }
      dd { margin: 0; }
    `,
  ];

  declare keys: readonly KeyHelp[];

  constructor() {
    super();
    this.keys = [];
  }

  override render(): TemplateResult {
    return html`<div class="box" role="dialog" aria-label=${t("Keys")} @keydown=${this.#onKey}>
      <div class="title"><h2 class="section">${t("Keys")}</h2><button class="tool" aria-label=${t("Close")} @click=${this.#close}>${icon("close")}</button></div>
      <dl>${this.keys.map(({ key, does }) => html`<dt>${key}</dt><dd>${does}</dd>`)}</dl>
    </div>`;
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector("button")?.focus();
  }

  #onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "?") this.#close();
  }

  #close(): void {
    this.dispatchEvent(new CustomEvent("help-close", { bubbles: true, composed: true }));
  }
}

customElements.define("keys-help", KeysHelp);
