import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { evaluationLocate, evaluationRows, type EvaluationRows, type EvaluationView, type RowCell, type RowColumn, type Selection } from "../../engine/api/evaluation.ts";
import { hostCommand, hostInput, hostOpenFile } from "../../engine/api/host.ts";
import type { LabelRowsRequest } from "../../engine/api/labeling.ts";
import { TouchstoneError } from "../../engine/api/tokens.ts";
import { configEdit } from "../../engine/api/config.ts";
import { columnDecimals, exact, formatCount, formatNumber, formatTime, MISSING, plural } from "../ui/format.ts";
import type { GridColumn, GridLayout, GridRow, GridSort, GridSource } from "../ui/grid/column.ts";
import { EMPTY_LAYOUT } from "../ui/grid/column.ts";
import type { DataGrid } from "../ui/grid/data-grid.ts";
import "../ui/grid/data-grid.ts";
import { rpc } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { type Anchor, type MenuItem, openMenu } from "../ui/menu.ts";
import { errorShape } from "../ui/rpc.ts";
import { base } from "../ui/theme.ts";

/** A row of the file in the grid. */
interface FileRow extends GridRow {
  readonly row: number;
  readonly key: string;
  readonly wrong: boolean;
  readonly cells: readonly RowCell[];
}

const WIDTHS: Readonly<Record<string, number>> = { "@row": 104, "@label": 110, "@prediction": 110, "@probability": 96, "@confidence": 96, "@residual": 96 };

/**
 * `<evaluation-rows .evaluationId .selection .threshold .view>`: the rows of the selection, the largest loss
 * first, with what can be done with them. Fires `pick-rows` (row numbers), `leave-cohort` (Escape) and `rows-failed` (ErrorShape).
 */
export class EvaluationRowsView extends LitElement {
  static override properties = {
    evaluationId: { type: String },
    selection: { attribute: false },
    threshold: { attribute: false },
    view: { attribute: false },
    first: { state: true },
    sort: { state: true },
    layout: { state: true },
    chosen: { state: true },
  };
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      .head { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; flex: none; min-height: 28px; padding: 0 16px; }
      .head .actions { display: flex; gap: 4px; margin-left: auto; }
      data-grid { flex: 1 1 0; min-height: 0; }
    `,
  ];
  declare evaluationId: string;
  declare selection: Selection;
  declare threshold: number | null;
  declare view: EvaluationView | null;
  declare first: EvaluationRows | null;
  declare sort: readonly GridSort[];
  declare layout: GridLayout;
  declare chosen: ReadonlySet<string>;
  #columns: readonly GridColumn<FileRow>[] = [];
  #source: GridSource<FileRow> = { count: 0, rows: () => Promise.resolve([]) };
  #seen = new Map<string, FileRow>();
  #loading: AbortController | null = null;
  /** The rows that come next are the same ones in another order. */
  #keep = true;

  constructor() {
    super();
    this.evaluationId = "";
    this.selection = [];
    this.threshold = null;
    this.view = null;
    this.first = null;
    this.sort = [{ column: "@loss", descending: true }];
    this.layout = EMPTY_LAYOUT;
    this.chosen = new Set();
  }

  protected override willUpdate(changed: PropertyValues): void {
    const others = ["evaluationId", "selection", "threshold"].some((name) => changed.has(name));
    // A tag of the cohort that is declared anew holds other rows.
    const retagged = changed.has("view") && this.#loading === null && this.first !== null && this.first.total !== this.view?.n && this.selection.some(({ kind }) => kind === "tag");
    // Another order leaves the chosen rows chosen; other rows do not.
    if (this.evaluationId !== "" && (others || retagged || changed.has("sort"))) void this.#load(!others && !retagged);
  }

  #query(from: number, to: number) {
    const [sort] = this.sort;
    return { evaluationId: this.evaluationId, selection: this.selection, threshold: this.threshold, sort: { column: sort?.column ?? "@loss", descending: sort?.descending ?? true }, from, to };
  }

  async #load(keepChosen: boolean): Promise<void> {
    this.#keep &&= keepChosen;
    this.#loading?.abort();
    const controller = (this.#loading = new AbortController());
    try {
      const first = await rpc.request(evaluationRows, this.#query(0, 100), { signal: controller.signal });
      if (controller.signal.aborted) return;
      if (!this.#keep) {
        this.#seen.clear();
        this.chosen = new Set();
        this.renderRoot.querySelector<DataGrid<FileRow>>("data-grid")?.select([]);
      }
      this.#keep = true;
      this.#columns = gridColumns(first);
      const pages = new Map([[0, this.#remember(first)]]);
      this.#source = {
        count: first.total,
        rows: async (from, to, signal) => {
          const known = pages.get(from);
          if (known && known.length >= Math.min(to, first.total) - from) return known.slice(0, to - from);
          return this.#remember(await rpc.request(evaluationRows, this.#query(from, to), { signal }));
        },
      };
      this.first = first;
    } catch (error) {
      if (!controller.signal.aborted) this.#emit("rows-failed", errorShape(error));
    }
    if (this.#loading === controller) this.#loading = null;
  }

  #remember(window: EvaluationRows): readonly FileRow[] {
    const rows = window.rows.map((row, i): FileRow => ({ id: String(row), row, key: window.keys[i] ?? "", wrong: window.wrong[i] ?? false, cells: window.cells.map((column) => column[i] ?? null) }));
    for (const row of rows) this.#seen.set(row.id, row);
    return rows;
  }

  /** Lets go of the chosen rows; true where there were any. */
  clear(): boolean {
    const any = this.chosen.size > 0;
    this.renderRoot.querySelector<DataGrid<FileRow>>("data-grid")?.select([]);
    this.chosen = new Set();
    return any;
  }

  /** Hands the chosen rows, else all shown, to a new label set. */
  label(): void {
    if (this.first !== null && this.first.total > 0) this.#label(this.#chosenRows());
  }

  /** Keeps the chosen rows, else the cohort, as a tag. */
  tag(): void {
    this.#tag(this.#chosenRows());
  }

  /** Looks at the chosen rows only. */
  cohort(): void {
    const chosen = this.#chosenRows();
    if (chosen.length > 0) this.#emit("pick-rows", chosen.map(({ row }) => row));
  }

  /** Opens the chosen row, or the one with the focus, in its file. */
  open(): void {
    const [one, ...more] = this.#chosenRows();
    const row = one ?? this.renderRoot.querySelector<DataGrid<FileRow>>("data-grid")?.current;
    if (row && more.length === 0) this.#open(row);
  }

  #chosenRows(): readonly FileRow[] {
    return [...this.chosen].flatMap((id) => this.#seen.get(id) ?? []);
  }

  override render(): TemplateResult {
    const { first } = this;
    const chosen = this.#chosenRows();
    const one = chosen.length === 1 ? chosen[0] : undefined;
    const scope = chosen.length > 0 ? plural(chosen.length, "chosen row") : this.selection.length > 0 ? "the rows of this cohort" : "all rows";
    return html`<div class="head"><h2 class="section">${t("Rows")}</h2><span class="two small">${first === null ? "" : chosen.length > 0 ? `${formatCount(chosen.length)} of ${formatCount(first.total)} chosen` : `${plural(first.total, "row")}, ${orderText(this.sort, this.view?.task === "regression")}`}</span>
      <span class="actions">
        <button class="tool" title="Label ${scope}" ?disabled=${first === null || first.total === 0} @click=${() => this.label()}>${icon("tag")} Label</button>
        <button class="tool" title=${(this.view?.cohortExpression ?? null) === null && chosen.length === 0 ? "Choose a slice, a cell or rows first" : `Keep ${scope} as a tag in touchstone.yaml`} ?disabled=${(this.view?.cohortExpression ?? null) === null && chosen.length === 0} @click=${() => this.tag()}>${icon("bookmark")} Tag</button>
        <button class="tool" title=${t("Look at the chosen rows only")} ?disabled=${chosen.length === 0} @click=${() => this.cohort()}>${icon("filter")} New cohort</button>
        <button class="tool" title=${one === undefined ? "Choose one row first" : `Open row ${one.row + 1} in its file`} ?disabled=${one === undefined} @click=${() => this.open()}>${icon("go-to-file")} Open source</button>
      </span></div>
      ${first === null ? nothing : html`<data-grid label=${t("Rows")} .columns=${this.#columns} .source=${this.#source} .layout=${this.layout} .sort=${this.sort}
        @keydown=${this.#escape} @grid-row-menu=${(event: CustomEvent<{ row: FileRow; anchor: Anchor }>) => void this.#menu(event.detail.row, event.detail.anchor)} @grid-sort=${this.#onSort} @grid-layout=${(event: CustomEvent<GridLayout>) => (this.layout = event.detail)} @grid-select=${(event: CustomEvent<ReadonlySet<string>>) => (this.chosen = event.detail)}
        @grid-open=${(event: CustomEvent<FileRow>) => this.#open(event.detail)} @grid-failed=${(event: CustomEvent<unknown>) => this.#emit("rows-failed", errorShape(event.detail))}></data-grid>`}`;
  }

  /** In the grid, Escape lets go of chosen rows; without any it is the panel's. Before the grid takes it. */
  readonly #escape = {
    capture: true,
    handleEvent: (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || this.chosen.size > 0) return;
      event.stopPropagation();
      this.#emit("leave-cohort", null);
    },
  };

  /** What can be done with a row; one of the chosen rows stands for all of them. */
  async #menu(row: FileRow, anchor: Anchor): Promise<void> {
    if (!this.chosen.has(row.id)) {
      this.renderRoot.querySelector<DataGrid<FileRow>>("data-grid")?.select([row.id]);
      this.chosen = new Set([row.id]);
    }
    const many = this.chosen.size > 1;
    const items: readonly MenuItem[] = [
      { id: "open", label: "Open source", key: "o", icon: "go-to-file", disabled: many },
      { id: "label", label: many ? `Label ${formatCount(this.chosen.size)} rows` : "Label", key: "l", icon: "tag" },
      { id: "tag", label: "Tag", key: "t", icon: "bookmark" },
      { id: "cohort", label: "New cohort", key: "n", icon: "filter" },
    ];
    const acts: Readonly<Record<string, () => void>> = { open: () => this.open(), label: () => this.label(), tag: () => this.tag(), cohort: () => this.cohort() };
    const chosen = await openMenu(items, anchor);
    if (chosen !== null) acts[chosen]?.();
  }

  #onSort(event: CustomEvent<readonly GridSort[]>): void {
    this.sort = event.detail.length === 0 ? [{ column: "@loss", descending: true }] : event.detail.slice(0, 1);
  }

  #open(row: FileRow): void {
    void this.#act(
      (async () => {
        const { path, line } = await rpc.request(evaluationLocate, { evaluationId: this.evaluationId, row: row.row });
        if (line === null) throw new TouchstoneError({ code: "NO_LINE", message: `${path} has no lines to open.`, hint: "Rows of a Parquet file are shown here only." });
        await rpc.request(hostOpenFile, { path, line, beside: true });
      })(),
    );
  }

  /** Hands the rows over to labeling by their file, selection and item keys. */
  #label(chosen: readonly FileRow[]): void {
    void this.#act(
      (async () => {
        const { first, view } = this;
        if (first === null || view === null) return;
        const items = chosen.length > 0 ? chosen.map(({ key }) => key) : await this.#allKeys();
        // What the model said must not lead the person who labels.
        const led = view.mapping.columns.filter(({ role }) => ["label", "prediction", "probability", "score", "loss", "weight", "split"].includes(role)).map(({ column }) => column);
        const title = chosen.length > 0 ? plural(chosen.length, "row") : (view.cohort ?? "all rows");
        const request: LabelRowsRequest = { source: view.path, key: first.key, items, title, classes: view.classes, hidden: led };
        await rpc.request(hostCommand, { command: "touchstone.labelRows", args: [request] }, { timeoutMs: Number.POSITIVE_INFINITY });
      })(),
    );
  }

  /** Keys of the whole selection, in the order shown, at most 2,000. */
  async #allKeys(): Promise<readonly string[]> {
    const keys: string[] = [];
    const total = Math.min(2000, this.first?.total ?? 0);
    while (keys.length < total) {
      const window = await rpc.request(evaluationRows, this.#query(keys.length, Math.min(total, keys.length + 500)));
      keys.push(...window.keys);
      if (window.keys.length === 0) break;
    }
    return keys;
  }

  #tag(chosen: readonly FileRow[]): void {
    const where = chosen.length === 0 ? (this.view?.cohortExpression ?? null) : this.#rowsExpression(chosen);
    if (where === null) return;
    void this.#act(
      (async () => {
        const { text } = await rpc.request(hostInput, { title: "Name of the tag", placeholder: where.slice(0, 80) }, { timeoutMs: Number.POSITIVE_INFINITY });
        if (text === null || text.trim() === "") return;
        // That the tag is there now is told by the engine, to every panel.
        await rpc.request(configEdit, { edits: [{ path: ["tags", text.trim()], value: where }] });
      })(),
    );
  }

  /** Chosen rows are named by their id column. */
  #rowsExpression(chosen: readonly FileRow[]): string | null {
    const at = this.first?.columns.findIndex((column) => column.role === "id") ?? -1;
    const name = this.first?.columns[at]?.name;
    if (name === undefined) {
      this.#emit("rows-failed", { code: "NO_ID", message: "Single rows can be tagged where the file has an id column.", hint: "Choose a slice or a cell instead, or give a column the role “id”." });
      return null;
    }
    const quoted = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : `\`${name.replaceAll("`", "``")}\``;
    return `${quoted} in (${chosen.map(({ cells }) => `'${String(cells[at] ?? "").replaceAll("'", "''")}'`).join(", ")})`;
  }

  async #act(action: Promise<unknown>): Promise<void> {
    try {
      await action;
    } catch (error) {
      this.#emit("rows-failed", errorShape(error));
    }
  }

  #emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

function orderText(sort: readonly GridSort[], regression: boolean): string {
  const [first] = sort;
  if (!first || (first.column === "@loss" && first.descending)) return regression ? "the largest error first" : "the largest loss first: sure and wrong, often a wrong label";
  return `by ${first.column.replace(/^@/, "")}, ${first.descending ? "largest" : "smallest"} first`;
}

function gridColumns(first: EvaluationRows): readonly GridColumn<FileRow>[] {
  return first.columns.map((column, at) => {
    const decimals = columnDecimals(first.cells[at]?.flatMap((cell) => (typeof cell === "number" ? [cell] : [])) ?? []);
    const text = (row: FileRow): string => exact(row.cells[at] ?? null);
    return {
      id: column.name,
      title: column.label,
      group: column.role === "derived" ? "evaluation" : "file",
      width: column.name === "@loss" ? Math.max(112, column.label.length * 8 + 34) : (WIDTHS[column.name] ?? widthOf(column, first.cells[at] ?? [])),
      align: column.type === "number" ? "right" : "left",
      sortable: true,
      descendingFirst: column.type === "number",
      hint: column.role === "derived" ? column.label : `${column.label} · ${column.role}`,
      cell: (row) => cellOf(column, row, at, decimals),
      text,
    };
  });
}

function widthOf(column: RowColumn, cells: readonly RowCell[]): number {
  if (column.type === "time") return 156;
  const longest = Math.max(column.label.length, ...cells.slice(0, 50).map((cell) => (typeof cell === "string" ? cell.length : 8)));
  return Math.min(320, Math.max(64, longest * 7.5 + 20));
}

function cellOf(column: RowColumn, row: FileRow, at: number, decimals: number): TemplateResult | string {
  const cell = row.cells[at] ?? null;
  if (cell === null) return html`<span class="three">${MISSING}</span>`;
  if (column.type === "time" && typeof cell === "number") return formatTime(cell);
  if (typeof cell === "number") return formatNumber(cell, column.name === "@row" ? 0 : decimals);
  if (column.name === "@prediction" && row.wrong) return html`<span class="bad" title="wrong">${cell}</span>`;
  return String(cell);
}

customElements.define("evaluation-rows", EvaluationRowsView);
