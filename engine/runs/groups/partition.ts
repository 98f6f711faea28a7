import type { GroupBy } from "../../api/groups.ts";
import type { Cell, ColumnId } from "../../api/runs.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { tableColumn } from "../cells.ts";
import type { RunTable } from "../columns/runTable.ts";
import { type Configurations, configurations } from "./configurations.ts";

/** Rows put together, groups in order of their first row, rows of a group in the order in which they came. */
export class Partition {
  readonly count: number;
  /** Where each group begins in `members`, and at the end how many rows there are. */
  readonly starts: Uint32Array;
  readonly members: Uint32Array;

  /** `groupOf` has a group below `count` for each place of `rows`. */
  constructor(rows: Uint32Array, groupOf: Int32Array, count: number) {
    this.count = count;
    const starts = new Uint32Array(count + 1);
    for (const group of groupOf) starts[group + 1] = (starts[group + 1] ?? 0) + 1;
    for (let group = 0; group < count; group++) starts[group + 1] = (starts[group + 1] ?? 0) + (starts[group] ?? 0);
    const next = starts.slice();
    const members = new Uint32Array(rows.length);
    for (let place = 0; place < rows.length; place++) {
      const group = groupOf[place] ?? 0;
      const at = next[group] ?? 0;
      members[at] = rows[place] ?? 0;
      next[group] = at + 1;
    }
    this.starts = starts;
    this.members = members;
  }

  /** The rows of a group. A view costs as much as reading some dozen rows: loops over all groups read `members` themselves. */
  rows(group: number): Uint32Array {
    return this.members.subarray(this.starts[group], this.starts[group + 1]);
  }

  /** One number for each group, by its rows `members[from … to)`. */
  map(value: (members: Uint32Array, from: number, to: number) => number): Float64Array {
    const found = new Float64Array(this.count);
    for (let group = 0; group < this.count; group++) found[group] = value(this.members, this.starts[group] ?? 0, this.starts[group + 1] ?? 0);
    return found;
  }

  size(group: number): number {
    return (this.starts[group + 1] ?? 0) - (this.starts[group] ?? 0);
  }
}

const members = new WeakMap<Configurations, Partition>();

/** The rows of a row's configuration that are not deleted, ascending; all configurations are laid out in one pass, once. */
export function configurationRows(table: RunTable, row: number): number[] {
  const found = configurations(table);
  let all = members.get(found);
  if (all === undefined) members.set(found, (all = new Partition(Uint32Array.from(found.of, (_, other) => other), found.of, found.count)));
  return Array.from(all.rows(found.of[row] ?? 0)).filter((other) => table.run(other).deleted === null);
}

/** Each row by itself. */
export function singly(rows: Uint32Array): Partition {
  return new Partition(rows, Int32Array.from(rows, (_, place) => place), rows.length);
}

/** Puts rows together. Throws `GROUP_COLUMN` for a column of numbers that nothing can be grouped by, `UNKNOWN_COLUMN`. */
export function partition(table: RunTable, rows: Uint32Array, by: GroupBy): Partition {
  const groupOf = new Int32Array(rows.length);
  if (by === "seeds") {
    const { of, count } = configurations(table);
    for (let place = 0; place < rows.length; place++) groupOf[place] = of[rows[place] ?? 0] ?? 0;
    return new Partition(rows, groupOf, renumber(groupOf, count));
  }
  let count = rows.length === 0 ? 0 : 1;
  for (const id of by) {
    const { codes, size } = codesOf(table, rows, id);
    count = refine(groupOf, count, codes, size);
  }
  return new Partition(rows, groupOf, count);
}

/** A number below `size` for the value of each row; missing is a value of its own. */
function codesOf(table: RunTable, rows: Uint32Array, id: ColumnId): { codes: Int32Array; size: number } {
  const codes = new Int32Array(rows.length);
  const key = id.slice(id.indexOf(".") + 1);
  if (/^(params|tags)\./.test(id)) {
    const values = (id.startsWith("params.") ? table.params : table.tags).get(key);
    if (values === undefined) return { codes, size: 1 };
    for (let place = 0; place < rows.length; place++) codes[place] = values.code(rows[place] ?? 0) + 1;
    return { codes, size: values.size + 1 };
  }
  if (!["status", "script", "experiment", "user", "server", "commit", "changes", "error"].includes(id)) {
    tableColumn(table, id);
    throw new TouchstoneError({ code: "GROUP_COLUMN", message: `Runs cannot be grouped by ${id}.`, hint: "Group by params, tags, status, script, experiment, user, server, commit or changes." });
  }
  const { cell } = tableColumn(table, id);
  const seen = new Map<Cell, number>();
  for (let place = 0; place < rows.length; place++) {
    const value = cell(rows[place] ?? 0);
    let code = seen.get(value);
    if (code === undefined) seen.set(value, (code = seen.size));
    codes[place] = code;
  }
  return { codes, size: seen.size };
}

/** Splits groups by one more column; groups are numbered by first appearance. Returns how many there are. */
function refine(groupOf: Int32Array, count: number, codes: Int32Array, size: number): number {
  let found = 0;
  // A dense table where it is not much larger than the rows, else a map.
  if (count * size <= 4 * codes.length + 4096) {
    const seen = new Int32Array(count * size).fill(-1);
    for (let place = 0; place < codes.length; place++) {
      const at = (groupOf[place] ?? 0) * size + (codes[place] ?? 0);
      if (seen[at] === -1) seen[at] = found++;
      groupOf[place] = seen[at] ?? 0;
    }
    return found;
  }
  const seen = new Map<number, number>();
  for (let place = 0; place < codes.length; place++) {
    const at = (groupOf[place] ?? 0) * size + (codes[place] ?? 0);
    let group = seen.get(at);
    if (group === undefined) seen.set(at, (group = found++));
    groupOf[place] = group;
  }
  return found;
}

/** Numbers below `size` by first appearance; returns how many different ones there are. */
function renumber(groupOf: Int32Array, size: number): number {
  const seen = new Int32Array(size).fill(-1);
  let found = 0;
  for (let place = 0; place < groupOf.length; place++) {
    const old = groupOf[place] ?? 0;
    if (seen[old] === -1) seen[old] = found++;
    groupOf[place] = seen[old] ?? 0;
  }
  return found;
}
