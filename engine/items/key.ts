import { hash } from "node:crypto";
import { TouchstoneError } from "../api/tokens.ts";

/**
 * What a table reader gives for one cell. Text columns keep their text, so an id column of a CSV file is to be
 * read as text: `007` and `7` are two items.
 */
export type ItemValue = string | number | bigint | boolean | Date | Uint8Array | null | undefined;

/**
 * How the rows of a table become items. Kept in `labels.yaml` and in an evaluation's mapping, so that a row has one
 * key wherever it appears: evaluation, tags, labels.
 * - `id`: the declared columns name the row.
 * - `content`: no column names the row; the declared columns' values do. Rows with equal content are one item.
 * - `bytes`: the item is a file and its bytes are its name, so a renamed image keeps its labels.
 */
export type ItemRule =
  | { readonly kind: "id"; readonly columns: readonly string[] }
  | { readonly kind: "content"; readonly columns: readonly string[] }
  | { readonly kind: "bytes" };

/**
 * The text of a value that is the same whichever file format it came from: `3`, `3n` and `"3"` agree, `-0` is `0`,
 * times are UTC ISO, and a missing value is the empty text, because CSV cannot tell the two apart.
 */
export function itemText(value: ItemValue): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
  if (value instanceof Uint8Array) return hash("sha256", value, "hex");
  return Object.is(value, -0) ? "0" : String(value);
}

/** `%`, the separator and control characters are percent-escaped, so that the key splits back into its values. */
function escapeId(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is escaped
  return text.replace(/[%,\u0000-\u001f\u007f]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** `r:<value>,<value>…` of the declared id columns, in their declared order. */
export function idKey(values: readonly ItemValue[]): string {
  return `r:${values.map((value) => escapeId(itemText(value))).join(",")}`;
}

/** The values in an `r:` key, as text; null for a key by content. */
export function idValues(key: string): readonly string[] | null {
  if (!key.startsWith("r:")) return null;
  const unescape = (text: string) => text.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return key.slice(2).split(",").map(unescape);
}

/**
 * `c:` and the first 128 bits of the SHA-256 of the cells in hexadecimal. Cells are taken in the order of their
 * column names and written with their lengths, so that neither the order of declaration nor a shifted border
 * between two cells matters.
 */
export function contentKey(cells: readonly (readonly [column: string, value: ItemValue])[]): string {
  const sorted = cells.map(([column, value]) => [column, itemText(value)] as const).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const text = sorted.map(([column, value]) => `${column.length}:${column}=${value.length}:${value};`).join("");
  return `c:${hash("sha256", text, "hex").slice(0, 32)}`;
}

/** The key of a file by its bytes: `c:` and the first 128 bits of their SHA-256. Takes the digest with or without `sha256:`. */
export function bytesKey(sha256: string): string {
  const hex = sha256.replace(/^sha256:/, "").toLowerCase();
  return `c:${hex.slice(0, 32)}`;
}

function itemKeyError(message: string): TouchstoneError {
  return new TouchstoneError({ code: "ITEM_KEY", message, hint: "Choose other columns for the item's key." });
}

/**
 * The key function of a rule over one table, made once and called for each row. `columns` are the table's columns in
 * the order in which rows carry their values. Throws `ITEM_KEY` with the name of a declared column that is not there.
 */
export function rowKeys(rule: ItemRule, columns: readonly string[]): (row: readonly ItemValue[]) => string {
  if (rule.kind === "bytes") throw itemKeyError("Items that are files have no rows, so no column can name them.");
  const places = rule.columns.map((column) => {
    const place = columns.indexOf(column);
    if (place < 0) throw itemKeyError(`The item key uses the column "${column}", which the table does not have. Its columns: ${columns.join(", ")}.`);
    return place;
  });
  if (places.length === 0) throw itemKeyError("The item key declares no column.");
  if (rule.kind === "id") return (row) => idKey(places.map((place) => row[place]));
  return (row) => contentKey(places.map((place, index) => [rule.columns[index] ?? "", row[place]]));
}

/** The first two hexadecimal digits of the SHA-256 of a key: which of 256 shard files holds what belongs to it. */
export function itemShard(key: string): string {
  return hash("sha256", key, "hex").slice(0, 2);
}
