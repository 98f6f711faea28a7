import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { artifactsTable, type TableWindow } from "../../engine/api/artifacts.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { formatCount, MISSING, plural } from "../ui/format.ts";
import { rpc } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";
import "../ui/state-view.ts";
import { base } from "../ui/theme.ts";

const PAGE = 200;

/** `<table-preview .runId .path>`: a CSV, Parquet or JSONL file among the artifacts, a window of its rows at a time. */
class TablePreview extends LitElement {
  static override properties = { runId: { type: String }, path: { type: String }, window: { state: true }, error: { state: true } };
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; height: 100%; }
      .bar { display: flex; align-items: center; gap: 8px; flex: none; min-height: 26px; }
      .rows { flex: 1 1 0; min-height: 0; overflow: auto; }
      table { border-collapse: collapse; font-size: 12px; }
      th, td { height: 22px; padding: 0 12px 0 0; font-weight: 400; text-align: left; white-space: nowrap; max-width: 320px; overflow: hidden; text-overflow: ellipsis; }
      thead th { position: sticky; top: 0; background: var(--ts-bg); color: var(--ts-fg2); }
      th.num, td.num { text-align: right; font-variant-numeric: tabular-nums; }
    `,
  ];

  declare runId: string;
  declare path: string;
  declare window: TableWindow | undefined;
  declare error: ErrorShape | undefined;
  #busy: AbortController | undefined;

  constructor() {
    super();
    this.runId = "";
    this.path = "";
    this.window = undefined;
    this.error = undefined;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#busy?.abort();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has("path") && !changed.has("runId")) return;
    this.window = undefined;
    void this.#load(0);
  }

  override render(): TemplateResult {
    const { window: shown, error } = this;
    if (error !== undefined) return html`<state-view kind="error" .error=${error}></state-view>`;
    if (shown === undefined) return html`<state-view kind="loading" .message=${"Reading rows…"}></state-view>`;
    const { columns, rows, from, total, moreColumns } = shown;
    return html`<div class="bar"><span class="small two" role="status">${rows.length === 0 ? "no rows" : `rows ${formatCount(from + 1)} – ${formatCount(from + rows.length)} of ${formatCount(total)}`} · ${plural(columns.length + moreColumns, "column")}${moreColumns === 0 ? "" : `, the last ${moreColumns} are not shown`}</span>
        <button class="tool" aria-label=${t("Rows before")} ?disabled=${from === 0} @click=${() => void this.#load(from - PAGE)}>${icon("arrow-up")}</button>
        <button class="tool" aria-label=${t("Next rows")} ?disabled=${from + rows.length >= total} @click=${() => void this.#load(from + PAGE)}>${icon("arrow-down")}</button></div>
      <div class="rows scroll" tabindex="0" role="region" aria-label=${t("Rows")}><table>
        <thead><tr><th scope="col" class="num">row</th>${columns.map(({ name, type, fileType }) => html`<th scope="col" class=${type === "number" ? "num" : ""} title=${fileType}>${name}</th>`)}</tr></thead>
        <tbody>${rows.map((row, at) => html`<tr><th scope="row" class="num three">${from + at + 1}</th>${row.map((cell, i) => html`<td class=${columns[i]?.type === "number" ? "num" : ""} title=${cell ?? nothing}>${cell ?? html`<span class="three">${MISSING}</span>`}</td>`)}</tr>`)}</tbody>
      </table></div>`;
  }

  async #load(from: number): Promise<void> {
    this.#busy?.abort();
    const busy = new AbortController();
    this.#busy = busy;
    try {
      this.window = await rpc.request(artifactsTable, { runId: this.runId, path: this.path, from: Math.max(0, from), to: Math.max(0, from) + PAGE }, { signal: busy.signal });
      this.error = undefined;
    } catch (error) {
      if (!isCancelled(error)) this.error = errorShape(error);
    }
  }
}

customElements.define("table-preview", TablePreview);
