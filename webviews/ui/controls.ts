import "@vscode-elements/elements/dist/vscode-checkbox/index.js";
import "@vscode-elements/elements/dist/vscode-single-select/index.js";
import { html, type TemplateResult } from "lit";

/** One choice of a select. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** A drop-down in VS Code's look; `changed` gets the chosen value. */
export function select(label: string, value: string, choices: readonly Choice[], changed: (value: string) => void): TemplateResult {
  const choose = (event: Event): void => {
    const chosen = event.target instanceof HTMLElement && "value" in event.target ? String(event.target.value) : value;
    if (chosen !== value) changed(chosen);
  };
  return html`<vscode-single-select label=${label} aria-label=${label} .value=${value} @change=${choose}>
    ${choices.map((choice) => html`<vscode-option value=${choice.value} ?selected=${choice.value === value}>${choice.label}</vscode-option>`)}
  </vscode-single-select>`;
}

/** A check box with its label. */
export function checkbox(label: string, checked: boolean, changed: (checked: boolean) => void): TemplateResult {
  const toggle = (event: Event): void => changed(event.target instanceof HTMLElement && "checked" in event.target && event.target.checked === true);
  return html`<vscode-checkbox label=${label} ?checked=${checked} @change=${toggle}></vscode-checkbox>`;
}
