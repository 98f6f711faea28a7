import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { Confusion } from "../../engine/api/evaluation.ts";
import { formatCount, formatPercent } from "../ui/format.ts";
import { t } from "../ui/l10n.ts";
import { styleVars } from "../ui/style-vars.ts";
import { base } from "../ui/theme.ts";

/** More classes than this are shown as a list of the most frequent confusions. */
const MOST = 12;

export interface CellPick {
  readonly label: string | null;
  readonly prediction: string | null;
}

/** `<confusion-matrix .confusion .selected>`: counts with the share of the true row; cells and margins fire `pick-cell` (CellPick). */
class ConfusionMatrix extends LitElement {
  static override properties = { confusion: { attribute: false }, selected: { attribute: false } };
  static override styles = [
    base,
    css`
      :host { display: block; overflow-x: auto; }
      table { border-collapse: separate; border-spacing: 2px; margin: 0 auto; }
      th { font-weight: 400; color: var(--ts-fg2); padding: 2px 6px; font-size: 12px; max-width: 110px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      th.truth { text-align: right; }
      td { padding: 0; text-align: center; }
      .cell { position: relative; display: flex; flex-direction: column; align-items: center; justify-content: center; width: var(--size); height: var(--size); padding: 0 2px; border: 1px solid transparent; border-radius: 2px; cursor: pointer; font-variant-numeric: tabular-nums;
        background: color-mix(in srgb, var(--tint) calc(var(--share) * 42%), var(--ts-bg)); color: var(--ts-fg); }
      .cell.right { --tint: var(--vscode-charts-blue, #3794ff); }
      .cell.wrong { --tint: var(--vscode-charts-red, #f14c4c); }
      .cell:hover { border-color: var(--ts-fg2); }
      .cell[aria-pressed="true"] { border-color: var(--vscode-focusBorder); outline: 1px solid var(--vscode-focusBorder); }
      .cell .share { font-size: 12px; color: var(--ts-fg); }
      .big .count { font-size: 15px; font-weight: 600; }
      .margin { position: relative; padding: 2px 6px; border: 0; border-radius: 2px; background: none; color: var(--ts-fg2); cursor: pointer; font-variant-numeric: tabular-nums; }
      .margin:hover { background: var(--vscode-toolbar-hoverBackground); color: var(--ts-fg); }
      .small .count { font-size: 12px; }
      .list { width: 100%; border-spacing: 0; }
      .list td { height: 22px; text-align: left; padding: 0 8px 0 0; }
      .list td.n { text-align: right; font-variant-numeric: tabular-nums; }
      :host-context(.vscode-high-contrast) .cell, :host-context(.vscode-high-contrast-light) .cell { background: var(--ts-bg); border-color: var(--vscode-contrastBorder); }
    `,
  ];
  declare confusion: Confusion | null;
  declare selected: CellPick | null;

  constructor() {
    super();
    this.confusion = null;
    this.selected = null;
  }

  override render(): TemplateResult | typeof nothing {
    const { confusion } = this;
    if (confusion === null) return nothing;
    return confusion.labels.length > MOST ? this.#list(confusion) : this.#matrix(confusion);
  }

  #matrix({ labels, matrix }: Confusion): TemplateResult {
    const rows = matrix.map((row) => row.reduce((a, b) => a + b, 0));
    const columns = labels.map((_, j) => matrix.reduce((sum, row) => sum + (row[j] ?? 0), 0));
    const total = rows.reduce((a, b) => a + b, 0);
    const size = labels.length === 2 ? 84 : labels.length <= 4 ? 64 : labels.length <= 7 ? 48 : 38;
    return html`<table class=${labels.length <= 4 ? "big" : "small"} aria-label=${t("Confusion matrix, rows are the truth")} ${styleVars({ "--size": `${size}px` })}>
      <thead><tr><td></td>${labels.map((label) => html`<th scope="col" title="predicted ${label}">${label}</th>`)}<td></td></tr></thead>
      <tbody>${labels.map(
        (truth, i) => html`<tr><th scope="row" class="truth" title="truth ${truth}">${truth}</th>
          ${labels.map((guess, j) => this.#cell(truth, guess, matrix[i]?.[j] ?? 0, rows[i] ?? 0, labels.length <= 7))}
          <td>${this.#margin({ label: truth, prediction: null }, rows[i] ?? 0, `truth ${truth}`)}</td></tr>`,
      )}</tbody>
      <tfoot><tr><td></td>${labels.map((guess, j) => html`<td>${this.#margin({ label: null, prediction: guess }, columns[j] ?? 0, `predicted ${guess}`)}</td>`)}<td class="two num">${formatCount(total)}</td></tr></tfoot>
    </table>`;
  }

  #cell(truth: string, guess: string, count: number, row: number, shares: boolean): TemplateResult {
    const share = row === 0 ? 0 : count / row;
    const pressed = this.selected?.label === truth && this.selected.prediction === guess;
    return html`<td><button class="cell ${truth === guess ? "right" : "wrong"}" ?disabled=${count === 0} aria-pressed=${pressed ? "true" : "false"}
      title="truth ${truth}, predicted ${guess}" ${styleVars({ "--share": share.toFixed(3) })}
      @click=${() => this.#pick({ label: truth, prediction: guess })}><span class="hidden-text">truth ${truth}, predicted ${guess}:</span> <span class="count">${formatCount(count)}</span>${shares ? html`<span class="share">${formatPercent(row === 0 ? null : share)}</span>` : nothing}</button></td>`;
  }

  #margin(pick: CellPick, count: number, name: string): TemplateResult {
    return html`<button class="margin" title="${name}" @click=${() => this.#pick(pick)}><span class="hidden-text">${name}:</span> ${formatCount(count)}</button>`;
  }

  #list({ labels, matrix }: Confusion): TemplateResult {
    const pairs = labels.flatMap((truth, i) => labels.map((guess, j) => ({ truth, guess, count: matrix[i]?.[j] ?? 0, of: matrix[i]?.reduce((a, b) => a + b, 0) ?? 0 })));
    const worst = pairs.filter(({ truth, guess, count }) => truth !== guess && count > 0).sort((a, b) => b.count - a.count).slice(0, 14);
    return html`<table class="list" aria-label=${t("Most frequent confusions")}><thead><tr><th scope="col">truth → predicted (of ${labels.length} classes)</th><th scope="col">rows</th><th scope="col">of the true</th></tr></thead>
      <tbody>${worst.map(({ truth, guess, count, of }) => html`<tr><td><button class="link" @click=${() => this.#pick({ label: truth, prediction: guess })}>${truth} → ${guess}</button></td><td class="n">${formatCount(count)}</td><td class="n">${formatPercent(count / of)}</td></tr>`)}</tbody></table>`;
  }

  #pick(pick: CellPick): void {
    this.dispatchEvent(new CustomEvent("pick-cell", { detail: pick, bubbles: true, composed: true }));
  }
}

customElements.define("confusion-matrix", ConfusionMatrix);
