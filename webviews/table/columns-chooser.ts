import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { ColumnId, RunKeys } from "../../engine/api/runs.ts";
import { formatCount } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { base } from "../ui/theme.ts";
import { ATTRIBUTES, keyOf } from "./columns.ts";

/** Lines shown at once; the search narrows what is longer. */
const MOST_LINES = 200;

interface Line {
  readonly id: ColumnId;
  readonly group: string;
  readonly title: string;
  readonly detail: string;
}

/** `<columns-chooser .keys .chosen>`: every column there is, searchable; fires `columns-change` (ids), `columns-reset`, `columns-close`. */
class ColumnsChooser extends LitElement {
  static override properties = { keys: { attribute: false }, chosen: { attribute: false }, search: { state: true } };
  static override styles = [
    base,
    css`
      :host { position: fixed; z-index: 40; top: 44px; right: 16px; display: block; }
      .box { display: flex; flex-direction: column; width: 320px; max-width: 92vw; max-height: 70vh; border: 1px solid var(--vscode-menu-border, var(--ts-line)); border-radius: 6px; background: var(--vscode-menu-background, var(--ts-bg)); box-shadow: 0 2px 8px var(--vscode-widget-shadow); }
      .top { display: flex; gap: 6px; padding: 8px; }
      .top .field { flex: 1 1 auto; min-width: 0; }
      .list { flex: 1 1 auto; padding: 0 8px 8px; overflow: auto; }
      h3 { margin: 8px 0 2px; color: var(--ts-fg2); font-size: 11px; font-weight: 400; }
      label { display: flex; align-items: center; gap: 6px; height: 22px; border-radius: 3px; cursor: pointer; }
      label:hover { background: var(--ts-hover); }
      label .small { margin-left: auto; padding-left: 12px; }
    `,
  ];

  declare keys: RunKeys;
  declare chosen: readonly ColumnId[];
  declare search: string;

  constructor() {
    super();
    this.keys = { metrics: [], params: [], tags: [], defaults: [] };
    this.chosen = [];
    this.search = "";
  }

  override render(): TemplateResult {
    const lines = this.#lines().filter(({ title }) => title.toLowerCase().includes(this.search.toLowerCase()));
    const shown = lines.slice(0, MOST_LINES);
    return html`<div class="box" role="dialog" aria-label=${t("Columns")} @keydown=${this.#onKey}>
      <div class="top">
        <input class="field" type="text" aria-label=${t("Search columns")} placeholder="Search ${formatCount(this.#lines().length)} columns" .value=${this.search} @input=${this.#onSearch} />
        <button class="tool" title=${t("As proposed: key metrics, then params that vary")} @click=${() => this.#tell("columns-reset", null)}>${t("Reset")}</button>
        <button class="tool" aria-label=${t("Close")} @click=${() => this.#tell("columns-close", null)}>${icon("close")}</button>
      </div>
      <div class="list scroll">
        ${shown.map(
          (line, index) => html`${shown[index - 1]?.group === line.group ? nothing : html`<h3>${line.group}</h3>`}
            <label><input type="checkbox" .checked=${this.chosen.includes(line.id)} @change=${() => this.#toggle(line.id)} /><span class="cut">${line.title}</span><span class="small three">${line.detail}</span></label>`,
        )}
        ${lines.length > shown.length ? html`<div class="small two">and ${formatCount(lines.length - shown.length)} more: search for them</div>` : nothing}
        ${lines.length === 0 ? html`<div class="small two">${t("No column is called that.")}</div>` : nothing}
      </div>
    </div>`;
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLInputElement>(".field")?.focus();
  }

  #lines(): Line[] {
    const { metrics, params, tags } = this.keys;
    const varying = [...params].sort((a, b) => Number(b.distinct > 1) - Number(a.distinct > 1));
    return [
      ...metrics.map(({ key, runs, isKey }) => ({ id: `metrics.${key}`, group: "metrics", title: key, detail: `${isKey ? "key · " : ""}${formatCount(runs)} runs` })),
      ...varying.map(({ key, distinct }) => ({ id: `params.${key}`, group: "params", title: key, detail: distinct > 1 ? `${formatCount(distinct)} values` : "the same in all" })),
      ...tags.map(({ key, distinct }) => ({ id: `tags.${key}`, group: "tags", title: key, detail: `${formatCount(distinct)} values` })),
      ...Object.entries(ATTRIBUTES).map(([id, { title, group }]) => ({ id, group: group === "code" ? "code" : "run", title, detail: "" })),
    ];
  }

  #toggle(id: ColumnId): void {
    const chosen = this.chosen.includes(id) ? this.chosen.filter((other) => other !== id) : byGroup([...this.chosen, id]);
    this.#tell("columns-change", chosen);
  }

  #onSearch(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.search = event.target.value;
  }

  #onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Escape") this.#tell("columns-close", null);
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

const GROUPS = ["metrics", "params", "tags", "run", "code"];

/** Columns of a group stand together, so that its name is written once. */
function byGroup(ids: readonly ColumnId[]): ColumnId[] {
  const rank = (id: ColumnId): number => GROUPS.indexOf(ATTRIBUTES[id]?.group ?? id.slice(0, id.length - keyOf(id).length - 1));
  return [...ids].sort((a, b) => rank(a) - rank(b));
}

customElements.define("columns-chooser", ColumnsChooser);
