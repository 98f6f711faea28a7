import type { ConfigEdit, RememberedMapping } from "../api/config.ts";
import type { ColumnRole, Mapping } from "../api/evaluation.ts";
import { fitsPattern } from "./filePattern.ts";

/** What touchstone.yaml says of a file's columns: under its own path, else under the first pattern that fits it. */
export function declaredFor(mappings: readonly RememberedMapping[], path: string): RememberedMapping | null {
  return mappings.find(({ files }) => files === path) ?? mappings.find(({ files }) => fitsPattern(files, path)) ?? null;
}

/** The guessed mapping with what was declared in its place; null where the file has not all of those columns, so that others were meant. */
export function withDeclared(guess: Mapping, declared: RememberedMapping): Mapping | null {
  const known = new Map(declared.columns.map((role) => [role.column, role]));
  if (declared.columns.some(({ column }) => !guess.columns.some((each) => each.column === column))) return null;
  const taken = (role: string) => (role === "label" || role === "prediction") && declared.columns.some((each) => each.role === role);
  const task = declared.task ?? guess.task;
  return {
    task,
    columns: guess.columns.map((each): ColumnRole => known.get(each.column) ?? (taken(each.role) ? { column: each.column, role: "feature" } : each)),
    positive: task === "binary" ? (declared.positive ?? guess.positive) : null,
  };
}

/**
 * What touchstone.yaml must be told so that the file is read under `mapping` when it comes again; nothing where that
 * is what happens anyhow. Columns that nobody would guess otherwise are not named.
 */
export function rememberingEdits(path: string, mapping: Mapping, guess: Mapping, declared: RememberedMapping | null): readonly ConfigEdit[] {
  const now = (declared && withDeclared(guess, declared)) ?? guess;
  if (same(now, mapping)) return [];
  const top = ["mappings", path];
  const guessed = new Map(guess.columns.map((each) => [each.column, each]));
  const own = declared?.files === path ? new Map(declared.columns.map((each) => [each.column, each])) : null;
  const told = mapping.columns.filter((each) => own?.has(each.column) || each.role === "label" || each.role === "prediction" || text(each) !== text(guessed.get(each.column)));
  if (own === null) return [{ path: top, value: { task: mapping.task, ...(mapping.positive === null ? {} : { positive: mapping.positive }), columns: Object.fromEntries(told.map((each) => [each.column, valueOf(each)])) } }];
  return [
    ...(declared?.task === mapping.task ? [] : [{ path: [...top, "task"], value: mapping.task }]),
    ...((declared?.positive ?? null) === mapping.positive ? [] : [{ path: [...top, "positive"], value: mapping.positive ?? undefined }]),
    ...told.filter((each) => text(each) !== text(own.get(each.column))).map((each) => ({ path: [...top, "columns", each.column], value: valueOf(each) })),
    ...[...own.keys()].filter((column) => !guessed.has(column)).map((column) => ({ path: [...top, "columns", column], value: undefined })),
  ];
}

function same(a: Mapping, b: Mapping): boolean {
  return a.task === b.task && a.positive === b.positive && a.columns.length === b.columns.length && a.columns.every((each, i) => text(each) === text(b.columns[i]));
}

function text(role: ColumnRole | undefined): string {
  return JSON.stringify([role?.column, role?.role, role?.classes ?? []]);
}

function valueOf({ role, classes }: ColumnRole): unknown {
  return classes === undefined || classes.length === 0 ? role : { role, classes: [...classes] };
}
