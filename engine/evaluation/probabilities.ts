import type { Mapping } from "../api/evaluation.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { NumberColumn, NumberReader } from "../tables/columns.ts";
import type { Loaded } from "../tables/load.ts";
import { NumberBuilder } from "../tables/numberBuilder.ts";
import { asNumbers } from "./columns.ts";
import { fileRow, pickNumbers, type Probabilities } from "./prepared.ts";

/** The columns that the mapping names as probabilities, by class. */
export function probabilityColumns(mapping: Mapping, loaded: Loaded, path: string): Map<string, NumberColumn> {
  const found = new Map<string, NumberColumn>();
  for (const role of mapping.columns.filter((column) => column.role === "probability")) {
    const column = loaded.columns[role.column];
    if (column?.kind === "list") {
      const names = role.classes ?? [];
      if (column.parts.length !== names.length) {
        throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: `The lists in “${role.column}” have ${column.parts.length} numbers for ${names.length} classes (${names.join(", ")}).`, file: path });
      }
      names.forEach((name, i) => found.set(name, column.parts[i]!));
    } else {
      const name = role.classes?.[0] ?? mapping.positive;
      if (name !== null && name !== undefined) found.set(name, asNumbers(role, loaded, path));
    }
  }
  return found;
}

/** One column per class; of two classes one column implies the other. Null where a class has none. */
export function completed(classes: readonly string[], given: ReadonlyMap<string, NumberColumn>, positive: number | null): readonly NumberReader[] | null {
  if (given.size === 0) return null;
  if (classes.length === 2 && given.size === 1 && positive !== null) {
    const at = classes.findIndex((name) => given.has(name));
    const known = given.get(classes[at]!);
    if (!known) return null;
    const other: NumberReader = { length: known.length, at: (row) => 1 - known.at(row) };
    return at === 0 ? [known, other] : [other, known];
  }
  const columns = classes.map((name) => given.get(name));
  return columns.every((column) => column !== undefined) ? columns : null;
}

/** Probabilities of the kept rows, divided by their sum where that is not 1. Throws `NO_PROBABILITY` with the line. */
export function normalised(columns: readonly NumberReader[], rows: Uint32Array | null, path: string, notes: string[]): Probabilities {
  const kept = columns.map((column) => pickNumbers(column, rows));
  const n = kept[0]?.length ?? 0;
  // Few different sums occur in many rows, so that they take a byte each and not eight.
  const sums = new NumberBuilder(n);
  const block = new Float64Array(4096);
  let divided = 0;
  let changed = 0;
  for (let row = 0; row < n; row++) {
    let sum = 0;
    for (const column of kept) {
      const p = column.at(row);
      if (p < 0 || p > 1 + 1e-6) {
        const at = fileRow({ rows }, row);
        throw new TouchstoneError({ code: "NO_PROBABILITY", message: `${p} on row ${at + 1} is not a probability.`, file: path, line: at + 2, hint: "Give the column the role “score” (a binary task) or “ignore”." });
      }
      sum += p;
    }
    const divide = Math.abs(sum - 1) > 1e-9 && sum > 0;
    if (divide) divided++;
    if (divide && Math.abs(sum - 1) > 1e-6) changed++;
    block[row % block.length] = divide ? sum : 1;
    if ((row + 1) % block.length === 0) sums.append(block);
  }
  sums.append(block.slice(0, n % block.length));
  if (changed > 0) notes.push(`The probabilities of ${changed} rows did not sum to 1 and were divided by their sum.`);
  return over(kept, divided === 0 ? null : sums.finish());
}

function over(columns: readonly NumberReader[], sums: NumberReader | null): Probabilities {
  return {
    at: sums === null ? (label, row) => columns[label]!.at(row) : (label, row) => columns[label]!.at(row) / sums.at(row),
    pick: (rows) => over(columns.map((column) => pickNumbers(column, rows)), sums === null ? null : pickNumbers(sums, rows)),
  };
}
