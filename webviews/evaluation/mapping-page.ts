import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { evaluationPreview, type ColumnRole, type Mapping, type Role, type Task } from "../../engine/api/evaluation.ts";
import type { TableShape } from "../../engine/api/tables.ts";
import type { Estimated } from "../../engine/api/tokens.ts";
import { select } from "../ui/controls.ts";
import { formatBytes, formatCount, formatNumber, plural } from "../ui/format.ts";
import { rpc } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";
import { base } from "../ui/theme.ts";

const ROLES: readonly (readonly [Role, string])[] = [
  ["feature", "feature: searched for slices"],
  ["label", "label: the truth"],
  ["prediction", "prediction"],
  ["probability", "probability of a class"],
  ["score", "score: ranks, no probability"],
  ["id", "id: names the row"],
  ["tag", "tag: yes/no, or a list"],
  ["group", "group"],
  ["split", "split"],
  ["time", "time: the order of rows"],
  ["loss", "loss"],
  ["weight", "weight"],
  ["ignore", "ignore: shown, not searched"],
];

interface Preview {
  readonly n: number;
  readonly partial: boolean;
  readonly metric: { readonly label: string; readonly estimate: Estimated } | null;
  readonly problem: string | null;
}

/** `<mapping-page .shape .mapping .remembered>`: what each column means, with what it would give; fires `mapping-done` (Mapping) and `mapping-cancel`. */
class MappingPage extends LitElement {
  static override properties = { shape: { attribute: false }, mapping: { attribute: false }, remembered: { type: Boolean }, leavable: { type: Boolean }, preview: { state: true }, busy: { state: true } };
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; height: 100%; }
      .head { flex: none; padding: 12px 16px 8px; }
      h1 { margin: 0; font-size: 15px; line-height: 22px; font-weight: 600; }
      .columns { flex: 1 1 0; min-height: 0; overflow: auto; padding: 0 16px; }
      table { border-collapse: collapse; width: 100%; max-width: 1100px; }
      th { position: sticky; top: 0; z-index: 2; background: var(--ts-bg); height: 24px; padding: 0 12px 0 0; text-align: left; font-weight: 400; color: var(--ts-fg2); }
      td { height: 30px; padding: 1px 12px 1px 0; border-top: 1px solid var(--ts-grid); white-space: nowrap; }
      td.values { width: 100%; max-width: 0; overflow: hidden; text-overflow: ellipsis; color: var(--ts-fg2); }
      td.name { font-weight: 600; max-width: 260px; overflow: hidden; text-overflow: ellipsis; }
      .of { width: 130px; }
      .foot { flex: none; display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; padding: 10px 16px; border-top: 1px solid var(--ts-line); }
      .foot .said { flex: 1 1 320px; min-width: 0; }
      vscode-single-select { width: 210px; }
      .settings { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; padding-top: 6px; }
      .settings vscode-single-select { width: 170px; }
      .used { color: var(--ts-fg); }
      .setting { display: inline-flex; align-items: center; gap: 8px; }
      @media (max-width: 700px) {
        td.values, th.values { display: none; }
        td.name { width: 100%; max-width: 0; }
        vscode-single-select { width: 160px; }
        .settings vscode-single-select { width: 150px; }
        .of, .of vscode-single-select { width: 96px; }
      }
      @media (max-width: 420px) {
        td.kind, th.kind { display: none; }
        td, th { padding-right: 6px; }
        vscode-single-select { width: 130px; }
      }
    `,
  ];
  declare shape: TableShape;
  declare mapping: Mapping;
  declare remembered: boolean;
  declare leavable: boolean;
  declare preview: Preview | null;
  declare busy: boolean;
  #asking: AbortController | null = null;

  constructor() {
    super();
    this.remembered = false;
    this.leavable = false;
    this.preview = null;
    this.busy = false;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("mapping")) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking?.abort();
    const controller = (this.#asking = new AbortController());
    this.busy = true;
    try {
      this.preview = await rpc.request(evaluationPreview, { path: this.shape.path, mapping: this.mapping }, { signal: controller.signal });
    } catch (error) {
      if (isCancelled(error)) return;
      const { message, hint } = errorShape(error);
      this.preview = { n: 0, partial: false, metric: null, problem: `${message} ${hint ?? ""}` };
    }
    if (this.#asking === controller) this.busy = false;
  }

  override render(): TemplateResult {
    const { shape, mapping, preview } = this;
    const problem = preview?.problem ?? null;
    return html`<div class="head"><h1>What do the columns of ${shape.path} mean?</h1>
      <div class="two">${formatBytes(shape.bytes)} · ${plural(shape.columns.length, "column")} · ${shape.complete ? plural(shape.looked, "row") : `types and values from the first ${formatCount(shape.looked)} rows`} · ${this.remembered ? "as you mapped it before" : "guessed from names and values"}</div>
      <div class="settings"><span class="setting">${t("Task")}${select("Task", mapping.task, [{ value: "binary", label: "two classes" }, { value: "multiclass", label: "many classes" }, { value: "regression", label: "numbers (regression)" }], (task) => this.#change({ task: toTask(task) }))}</span>
        ${mapping.task === "binary" ? html`<span class="setting">${t("Positive class")}${select("Positive class", mapping.positive ?? "", this.#classes().map((value) => ({ value, label: value })), (positive) => this.#change({ positive }))}</span>` : nothing}</div></div>
      <div class="columns scroll"><table aria-label=${t("Columns and their roles")}>
        <thead><tr><th scope="col">column</th><th scope="col" class="kind">type</th><th scope="col" class="values">values</th><th scope="col">role</th><th scope="col" class="of">class</th></tr></thead>
        <tbody>${shape.columns.map((column) => {
          const role = mapping.columns.find((each) => each.column === column.name) ?? { column: column.name, role: "feature" as const };
          return html`<tr><td class="name" title=${column.name}>${column.name}</td><td class="kind two small" title=${column.fileType}>${column.type}${column.missing > 0 ? html`, ${formatCount(column.missing)} missing` : nothing}</td>
            <td class="values" title=${column.samples.join(" · ")}>${column.samples.join(" · ")}</td>
            <td class=${role.role === "feature" || role.role === "ignore" ? "" : "used"}>${select(`Role of ${column.name}`, role.role, ROLES.map(([value, label]) => ({ value, label })), (value) => this.#assign(column.name, value))}</td>
            <td class="of">${role.role === "probability" && column.type !== "list" ? select(`Class of ${column.name}`, role.classes?.[0] ?? "", this.#classes().map((value) => ({ value, label: value })), (value) => this.#setClass(column.name, value)) : nothing}</td></tr>`;
        })}</tbody></table></div>
      <div class="foot"><span class="said" role="status" aria-live="polite">${this.#said(preview)}</span>
        ${this.leavable ? html`<button class="button secondary" @click=${() => this.#emit("mapping-cancel", null)}>${t("Cancel")}</button>` : nothing}
        <button class="button" ?disabled=${preview === null || problem !== null || this.busy} title=${problem ?? ""} @click=${() => this.#emit("mapping-done", this.mapping)}>${t("Evaluate")}</button></div>`;
  }

  #said(preview: Preview | null): TemplateResult {
    if (preview === null) return html`<span class="two">${icon("loading", "spin")} Reading…</span>`;
    if (preview.problem !== null) return html`<span class="warn">${icon("warning")}</span> ${preview.problem}`;
    const { metric } = preview;
    const value = metric === null || metric.estimate.value === null ? "" : ` · ${metric.label} ${formatNumber(metric.estimate.value, 4)} [${formatNumber(metric.estimate.low, 4)} – ${formatNumber(metric.estimate.high, 4)}]`;
    return html`<b>${plural(preview.n, "row")}</b>${preview.partial ? " (the first of the file)" : ""}${value}`;
  }

  /** Classes as far as the first rows show them: values of label and prediction, and classes that were guessed. */
  #classes(): readonly string[] {
    const found = new Set(this.mapping.columns.flatMap((column) => column.classes ?? []));
    for (const { column, role } of this.mapping.columns) {
      if (role !== "label" && role !== "prediction") continue;
      const shape = this.shape.columns.find((each) => each.name === column);
      if (shape && shape.distinct <= shape.samples.length) for (const sample of shape.samples) found.add(String(Number.isNaN(Number(sample)) ? sample : Number(sample)));
    }
    if (this.mapping.positive !== null) found.add(this.mapping.positive);
    return [...found].sort();
  }

  #change(part: Partial<Mapping>): void {
    this.mapping = { ...this.mapping, ...part };
  }

  #assign(column: string, value: string): void {
    const role = ROLES.find(([name]) => name === value)?.[0] ?? "feature";
    const single = role === "label" || role === "prediction" || role === "loss" || role === "score";
    const columns = this.mapping.columns.map((each): ColumnRole => {
      if (each.column === column) return role === "probability" ? { column, role, classes: each.classes ?? (this.mapping.positive === null ? [] : [this.mapping.positive]) } : { column, role };
      return single && each.role === role ? { column: each.column, role: "feature" } : each;
    });
    this.#change({ columns });
  }

  #setClass(column: string, name: string): void {
    this.#change({ columns: this.mapping.columns.map((each) => (each.column === column ? { ...each, classes: [name] } : each)) });
  }

  #emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

function toTask(text: string): Task {
  return text === "regression" || text === "multiclass" ? text : "binary";
}

customElements.define("mapping-page", MappingPage);
