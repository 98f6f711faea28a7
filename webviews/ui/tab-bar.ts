import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { t } from "./l10n.ts";
import { base } from "./theme.ts";

export interface Tab {
  readonly id: string;
  readonly label: string;
  /** Stands behind the label in the third tone. */
  readonly count?: number | string;
  readonly disabled?: boolean;
}

/** `<tab-bar .tabs .active>`; fires `tab-change` (detail: the id). Arrow keys, Home and End move as ARIA asks. */
class TabBar extends LitElement {
  static override properties = { tabs: { attribute: false }, active: { type: String }, label: { type: String } };
  static override styles = [
    base,
    css`
      :host { display: block; border-bottom: 1px solid var(--ts-line); }
      [role="tablist"] { display: flex; gap: 4px; height: 30px; padding: 0 8px; overflow-x: auto; scrollbar-width: none; }
      [role="tab"] { flex: none; height: 30px; padding: 0 10px; border: 0; border-bottom: 1px solid transparent; background: none; color: var(--ts-fg2); cursor: pointer; white-space: nowrap; }
      [role="tab"]:hover { color: var(--ts-fg); }
      [role="tab"][aria-selected="true"] { border-bottom-color: var(--vscode-panelTitle-activeBorder, var(--vscode-focusBorder)); color: var(--ts-fg); }
      [role="tab"]:disabled { opacity: 0.5; cursor: default; }
    `,
  ];

  declare tabs: readonly Tab[];
  declare active: string;
  declare label: string;

  constructor() {
    super();
    this.tabs = [];
    this.active = "";
    this.label = t("Views");
  }

  override render(): TemplateResult {
    return html`<div role="tablist" aria-label=${this.label} @keydown=${this.#onKey}>
      ${this.tabs.map(
        (tab) => html`<button role="tab" id=${tab.id} ?disabled=${tab.disabled ?? false} aria-selected=${tab.id === this.active} tabindex=${tab.id === this.active ? 0 : -1}
          @click=${() => this.#choose(tab.id)}>${tab.label}${tab.count === undefined ? nothing : html` <span class="three">${tab.count}</span>`}</button>`,
      )}
    </div>`;
  }

  #choose(id: string): void {
    if (id !== this.active) this.dispatchEvent(new CustomEvent("tab-change", { detail: id, bubbles: true, composed: true }));
  }

  #onKey(event: KeyboardEvent): void {
    const open = this.tabs.filter((tab) => tab.disabled !== true);
    const at = open.findIndex((tab) => tab.id === this.active);
    const moves: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: open.length - 1 };
    const next = moves[event.key];
    const tab = next === undefined ? undefined : open[(next + open.length) % open.length];
    if (tab === undefined) return;
    event.preventDefault();
    this.#choose(tab.id);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  }
}

customElements.define("tab-bar", TabBar);
