import type { ColumnRole, Mapping, Role } from "../api/evaluation.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Loaded } from "../tables/load.ts";

/** The numbers of the one column with this role; a word in it is an error with its line. */
export function numberColumn(mapping: Mapping, loaded: Loaded, role: Role, path: string): Float64Array | null {
  const found = mapping.columns.find((column) => column.role === role);
  return found ? asNumbers(found, loaded, path) : null;
}

export function asNumbers(found: ColumnRole, loaded: Loaded, path: string): Float64Array {
  const column = loaded.columns[found.column];
  if (column?.kind === "number") return column.values;
  throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: `Column “${found.column}” cannot be read as numbers.`, file: path });
}

export function keep(n: number, usable: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(n);
  let count = 0;
  for (let row = 0; row < n; row++) if (usable(row)) rows[count++] = row;
  return rows.slice(0, count);
}

export function pick(values: Float64Array, kept: Uint32Array, n: number): Float64Array {
  if (kept.length === n) return values;
  const result = new Float64Array(kept.length);
  for (let i = 0; i < kept.length; i++) result[i] = values[kept[i]!]!;
  return result;
}
