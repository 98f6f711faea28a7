import type { ColumnRole, Mapping, Role } from "../api/evaluation.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { pickInto, type Codes, type Column, type NumberColumn } from "../tables/columns.ts";
import type { Loaded } from "../tables/load.ts";

/** The numbers of the one column with this role; a word in it is an error with its line. */
export function numberColumn(mapping: Mapping, loaded: Loaded, role: Role, path: string): NumberColumn | null {
  const found = mapping.columns.find((column) => column.role === role);
  return found ? asNumbers(found, loaded, path) : null;
}

export function asNumbers(found: ColumnRole, loaded: Loaded, path: string): NumberColumn {
  const column = loaded.columns[found.column];
  if (column?.kind === "number") return column;
  throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: `Column “${found.column}” cannot be read as numbers.`, file: path });
}

/** The weights of the rows. Throws `NO_WEIGHT` with the line of one below 0; a missing one makes its row unusable. */
export function weightColumn(mapping: Mapping, loaded: Loaded, path: string): NumberColumn | null {
  const weight = numberColumn(mapping, loaded, "weight", path);
  if (weight === null) return null;
  for (let row = 0; row < weight.length; row++) {
    if (weight.at(row) < 0) throw new TouchstoneError({ code: "NO_WEIGHT", message: `${weight.at(row)} on row ${row + 1} is not a weight.`, file: path, line: row + 2, hint: "Weights are 0 or more. Give the column another role if it holds something else." });
  }
  return weight;
}

/** The rows that are usable, ascending; null where all are. */
export function keep(n: number, usable: (row: number) => boolean): Uint32Array | null {
  let first = 0;
  while (first < n && usable(first)) first++;
  if (first === n) return null;
  const rows = new Uint32Array(n);
  let count = 0;
  for (let row = 0; row < n; row++) if (row < first || (row > first && usable(row))) rows[count++] = row;
  return rows.slice(0, count);
}

/** The codes of some rows; null stands for all. */
export function pickCodes(codes: Codes, rows: Uint32Array | null): Codes {
  return rows === null ? codes : pickInto(codes, rows, codes.slice(0, rows.length));
}

/** A column at some rows; null stands for all. */
export function pickColumn(column: Column, rows: Uint32Array | null): Column {
  if (rows === null || column.kind === "far") return column;
  if (column.kind === "number") return column.pick(rows);
  if (column.kind === "list") return { kind: "list", parts: column.parts.map((part) => part.pick(rows)) };
  return { kind: "coded", values: column.values, codes: pickCodes(column.codes, rows) };
}
