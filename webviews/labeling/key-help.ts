import { css, html, LitElement, type TemplateResult } from "lit";
import type { LabelSetView } from "../../engine/api/labeling.ts";
import { t } from "../ui/l10n.ts";
import { base } from "../ui/theme.ts";
import { keyCap } from "./keys.ts";

/** `<key-help .view>`: every key of the panel, in a dialog; Escape closes it. */
class KeyHelp extends LitElement {
  static override properties = { view: { attribute: false } };
  static override styles = [
    base,
    css`
      dialog { max-width: 420px; width: calc(100% - 48px); padding: 16px; border: 1px solid var(--vscode-widget-border, var(--ts-line)); border-radius: 6px; background: var(--vscode-editorWidget-background); color: var(--ts-fg); box-shadow: 0 2px 8px var(--vscode-widget-shadow); }
      dialog::backdrop { background: color-mix(in srgb, var(--ts-bg) 60%, transparent); }
      h2 { margin: 0 0 8px; font-size: 13px; font-weight: 600; }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0 0 12px; }
      dt, dd { margin: 0; }
      dd { color: var(--ts-fg2); overflow-wrap: anywhere; }
      kbd { font-size: 12px; color: var(--ts-fg); }
    `,
  ];

  declare view: LabelSetView;

  open(): void {
    this.renderRoot.querySelector("dialog")?.showModal();
  }

  override render(): TemplateResult {
    const { classes, keys } = this.view;
    const rows: [string, string][] = [
      ...classes.filter((one) => one.key !== "").map((one): [string, string] => [keyCap(one.key), one.name]),
      ["Space", "accept the suggestion"],
      [keyCap(keys.skip), "skip: it comes back at the end"],
      [keyCap(keys.outOfScope), "out of scope: counted, never trained on"],
      [keyCap(keys.unsure), "unsure: to look at again"],
      [keyCap(keys.note), "write a note; it is saved with the answer"],
      [`${keyCap(keys.undo)}, Ctrl+Z`, "take the last answer back"],
      [keyCap(keys.guidelines), "guidelines"],
      ["⇧Tab", "to the buttons above; Esc returns to the item"],
    ];
    return html`<dialog aria-labelledby="title">
      <h2 id="title">${t("Keys")}</h2>
      <dl>${rows.map(([key, meaning]) => html`<dt><kbd>${key}</kbd></dt><dd>${meaning}</dd>`)}</dl>
      <form method="dialog"><button class="button secondary" autofocus>${t("Close")}</button></form>
    </dialog>`;
  }
}

customElements.define("key-help", KeyHelp);
