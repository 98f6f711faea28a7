import type { LabelItem } from "../api/labeling.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { itemText, rowKeys, type ItemRule, type ItemValue } from "../items/key.ts";
import type { ItemTable } from "../tables/items.ts";
import { linesOfRows } from "../tables/lines.ts";
import type { SetDefinition } from "./setFile.ts";
import type { ItemSource, SourceItem } from "./source.ts";

interface TableItemsOptions {
  readonly table: ItemTable;
  readonly definition: SetDefinition;
  /** The items to take, in their order; null takes every row. */
  readonly listed: readonly string[] | null;
  readonly signal: AbortSignal;
  /** Absolute path of an image that a cell names. */
  imagePath(cell: string): string;
}

/** Items that are rows of a table. Rows with equal keys are one item, the first of them. */
export async function tableItems(options: TableItemsOptions): Promise<ItemSource> {
  const { table, definition, listed } = options;
  const names = table.columns.map((column) => column.name);
  const rule = definition.rule;
  if (rule.kind === "bytes") throw new TouchstoneError({ code: "LABEL_SET", message: "item.key is `bytes`, but the source is a table; name id or content columns.", file: definition.source });
  for (const column of [...definition.show, ...definition.context, ...(definition.suggest ? [definition.suggest.column] : [])]) {
    if (!names.includes(column)) throw new TouchstoneError({ code: "LABEL_SET", message: `The label set shows the column "${column}", which the file does not have. Its columns: ${names.join(", ")}.`, file: definition.source, hint: "Correct labels.yaml." });
  }
  const found = await keysOfRows(table, rule, options.signal);
  const chosen = listed === null ? [...found.rows.keys()] : listed.filter((key) => found.rows.has(key));
  const notes: string[] = [];
  if (listed !== null && chosen.length < listed.length) notes.push(`${listed.length - chosen.length} of ${listed.length} items are not in ${definition.source} any more.`);
  if (found.doubled > 0) notes.push(`${found.doubled} rows of ${definition.source} have the key of another row; the first of them is shown.`);
  const rows = chosen.map((key) => found.rows.get(key) ?? 0);
  const shape = new RowShape(options, names, rule);
  return {
    keys: chosen,
    notes,
    read: async (places) => {
      const wanted = places.map((place) => rows[place] ?? 0);
      const cells = await table.rowsAt(wanted, shape.columns);
      return cells.map((row, index) => shape.item(row, wanted[index] ?? 0));
    },
    locate: async (place) => ({ path: table.path, line: (await linesOfRows(table.path, table.format, [rows[place] ?? 0]))[0] ?? null }),
  };
}

async function keysOfRows(table: ItemTable, rule: Exclude<ItemRule, { kind: "bytes" }>, signal: AbortSignal): Promise<{ readonly rows: ReadonlyMap<string, number>; readonly doubled: number }> {
  const known = new Set(table.columns.map((column) => column.name));
  // The rule over all columns says in words which one is missing; the scan then reads the declared ones alone.
  rowKeys(rule, [...known]);
  const key = rowKeys(rule, rule.columns);
  const rows = new Map<string, number>();
  let count = 0;
  for await (const batch of table.scan(rule.columns, signal)) {
    for (const cells of batch) {
      const item = key(cells);
      if (!rows.has(item)) rows.set(item, count);
      count++;
    }
  }
  return { rows, doubled: count - rows.size };
}

/** How a row's cells become what is shown. */
class RowShape {
  readonly columns: readonly string[];
  readonly #options: TableItemsOptions;
  readonly #shown: readonly string[];
  readonly #rule: Exclude<ItemRule, { kind: "bytes" }>;

  constructor(options: TableItemsOptions, names: readonly string[], rule: Exclude<ItemRule, { kind: "bytes" }>) {
    const { kind, show, context, suggest } = options.definition;
    const hidden = new Set([suggest?.column, suggest?.score, ...(rule.kind === "id" ? rule.columns : [])]);
    this.#options = options;
    this.#rule = rule;
    this.#shown = show.length > 0 ? show : kind === "row" ? names.filter((name) => !hidden.has(name)) : names.filter((name) => !hidden.has(name)).slice(0, 1);
    this.columns = [...new Set([...this.#shown, ...context, ...rule.columns, ...(suggest ? [suggest.column] : []), ...(suggest?.score ? [suggest.score] : [])])];
  }

  item(row: readonly ItemValue[], place: number): SourceItem {
    const { definition } = this.#options;
    const cell = (column: string) => row[this.columns.indexOf(column)];
    const proposed = definition.suggest ? itemText(cell(definition.suggest.column)) : "";
    const score = definition.suggest?.score ? Number(cell(definition.suggest.score) ?? Number.NaN) : Number.NaN;
    return {
      content: this.#content(cell),
      source: { file: definition.source, row: place + 1 },
      proposal: proposed === "" ? null : { name: proposed, score: Number.isFinite(score) ? score : null },
      named: this.#rule.columns.map((column) => [column, itemText(cell(column))] as const),
    };
  }

  #content(cell: (column: string) => ItemValue): LabelItem["content"] {
    const { definition, table, imagePath } = this.#options;
    const context = definition.context.map((column) => ({ column, value: itemText(cell(column)) }));
    const first = itemText(cell(this.#shown[0] ?? ""));
    if (definition.kind === "text") return { kind: "text", text: first, context };
    if (definition.kind === "image") return { kind: "image", path: imagePath(first), name: first.split(/[\\/]/).at(-1) ?? first, context };
    const numeric = new Set(table.columns.filter((column) => column.numeric).map((column) => column.name));
    return { kind: "row", cells: this.#shown.map((column) => ({ column, value: itemText(cell(column)), numeric: numeric.has(column) })) };
  }
}
