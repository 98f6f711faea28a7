import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { icon } from "./icon.ts";
import { base } from "./theme.ts";

/** A line of a menu; `separator` draws a hairline before it. */
export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly key?: string;
  readonly icon?: string;
  readonly checked?: boolean;
  readonly disabled?: boolean;
  readonly separator?: boolean;
}

/** Where a menu opens: below (or above, where there is no room) this box. */
export interface Anchor {
  readonly left: number;
  readonly top: number;
  readonly bottom: number;
}

class PopupMenu extends LitElement {
  static override properties = { items: { attribute: false }, at: { state: true } };
  static override styles = [
    base,
    css`
      :host { position: fixed; z-index: 50; display: block; }
      [role="menu"] {
        min-width: 160px;
        max-width: 360px;
        max-height: 70vh;
        padding: 4px;
        overflow: auto;
        border: 1px solid var(--vscode-menu-border, var(--ts-line));
        border-radius: 6px;
        background: var(--vscode-menu-background, var(--vscode-editorWidget-background));
        color: var(--vscode-menu-foreground, var(--ts-fg));
        box-shadow: 0 2px 8px var(--vscode-widget-shadow);
      }
      button { display: flex; align-items: center; gap: 6px; width: 100%; height: 24px; padding: 0 8px; border: 0; border-radius: 4px; background: none; text-align: left; cursor: pointer; }
      button:focus { background: var(--vscode-menu-selectionBackground); color: var(--vscode-menu-selectionForeground); outline: 1px solid var(--vscode-menu-selectionBorder, transparent); outline-offset: -1px; }
      button:focus kbd { color: inherit; }
      button[aria-disabled="true"] { opacity: 0.5; cursor: default; }
      hr { height: 1px; margin: 4px 0; border: 0; background: var(--vscode-menu-separatorBackground, var(--ts-line)); }
      .empty { width: 16px; flex: none; }
    `,
  ];

  declare items: readonly MenuItem[];
  declare at: number;
  chosen: (id: string | null) => void = () => undefined;

  constructor() {
    super();
    this.items = [];
    this.at = 0;
  }

  override render(): TemplateResult {
    const marks = this.items.some((item) => item.icon !== undefined || item.checked !== undefined);
    return html`<div role="menu" @keydown=${this.#onKey}>
      ${this.items.map(
        (item, index) => html`${item.separator === true ? html`<hr role="separator" />` : nothing}
          <button role=${item.checked === undefined ? "menuitem" : "menuitemcheckbox"} aria-checked=${item.checked ?? nothing} aria-disabled=${item.disabled ?? false} tabindex=${index === this.at ? 0 : -1}
            @click=${() => this.#choose(item)} @pointermove=${() => this.#focus(index)}>
            ${marks ? (item.checked === true ? icon("check") : item.icon === undefined ? html`<span class="empty"></span>` : icon(item.icon)) : nothing}
            <span class="grow cut">${item.label}</span>${item.key === undefined ? nothing : html`<kbd>${item.key}</kbd>`}
          </button>`,
      )}
    </div>`;
  }

  protected override firstUpdated(): void {
    this.#focus(0);
  }

  #choose(item: MenuItem): void {
    if (item.disabled !== true) this.chosen(item.id);
  }

  #focus(index: number): void {
    this.at = (index + this.items.length) % this.items.length;
    this.renderRoot.querySelectorAll<HTMLElement>("button")[this.at]?.focus();
  }

  #onKey(event: KeyboardEvent): void {
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.#focus(this.at + 1),
      ArrowUp: () => this.#focus(this.at - 1),
      Home: () => this.#focus(0),
      End: () => this.#focus(this.items.length - 1),
      Escape: () => this.chosen(null),
      Tab: () => this.chosen(null),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }
}

customElements.define("popup-menu", PopupMenu);

/** Opens a menu and answers the chosen id, or null when it was left. Focus returns to where it was. */
export function openMenu(items: readonly MenuItem[], anchor: Anchor): Promise<string | null> {
  return new Promise((resolve) => {
    const menu = document.createElement("popup-menu");
    if (!(menu instanceof PopupMenu)) return resolve(null);
    const before = deepActive();
    const away = (event: Event): void => {
      if (!event.composedPath().includes(menu)) close(null);
    };
    const close = (id: string | null): void => {
      window.removeEventListener("pointerdown", away, true);
      window.removeEventListener("blur", leave);
      menu.remove();
      before?.focus();
      resolve(id);
    };
    const leave = (): void => close(null);
    menu.items = items;
    menu.chosen = close;
    document.body.append(menu);
    window.addEventListener("pointerdown", away, true);
    window.addEventListener("blur", leave);
    void menu.updateComplete.then(() => {
      const box = menu.getBoundingClientRect();
      menu.style.left = `${Math.max(4, Math.min(anchor.left, window.innerWidth - box.width - 4))}px`;
      const below = anchor.bottom + box.height <= window.innerHeight;
      menu.style.top = `${below ? anchor.bottom : Math.max(4, anchor.top - box.height)}px`;
    });
  });
}

/** A menu below the button that an event is of. */
export function menuBelow({ currentTarget }: Pick<Event, "currentTarget">, items: readonly MenuItem[]): Promise<string | null> {
  return currentTarget instanceof HTMLElement ? openMenu(items, currentTarget.getBoundingClientRect()) : Promise.resolve(null);
}

function deepActive(): HTMLElement | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active instanceof HTMLElement ? active : null;
}
