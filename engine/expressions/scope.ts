import { type Entity, type Name, writeName } from "./ast.ts";
import { closest, type Span, type Suggestion } from "./problem.ts";

/**
 * What a column holds. `text`: a param, a tag or anything else whose type nobody declared; it is read as a
 * number, a text or yes/no by what it is compared with, and is missing where it cannot be. `time`: UTC ms,
 * which may be compared with a quoted date.
 */
export type Kind = "number" | "string" | "boolean" | "time" | "text";

/** A column for completion and for "did you mean". */
export interface KnownName {
  readonly entity: Entity | null;
  readonly key: string;
  readonly kind: Kind;
  /** Frequent values, offered by completion. */
  readonly values?: readonly string[];
  /** One line for completion's side text. */
  readonly detail?: string;
}

/** What binding needs to know of a column. */
export interface ColumnKind {
  readonly kind: Kind;
  /** Equality, IN and LIKE ignore case (`status = 'FINISHED'`, as MLflow's clients write it). */
  readonly caseless?: boolean;
  /** Allowed, but nothing has it yet: the check warns, with a "did you mean". */
  readonly absent?: boolean;
}

/** Where names get their meaning. `C` is a column in memory, a column of a SQL table, or only its kind. */
export interface Scope<C extends ColumnKind> {
  /** Null: there is no such column, which is an error. Open entities (metrics nobody logged yet) give an all-missing column. */
  resolve(name: Name): C | null;
  /** For "did you mean" and completion; need not be complete. */
  names?(): Iterable<KnownName>;
  /** What an unknown name is told to be, e.g. "This table has no column". Default: "There is no column". */
  readonly unknown?: string;
}

/** A scope of the given columns. `open` accepts every other name as `text`, for files whose table is not known yet. */
export function scopeOf(names: readonly KnownName[], open: boolean): Scope<ColumnKind> {
  const byName = new Map(names.map((known) => [writeName(known), known]));
  const byFull = new Map(names.map((known) => [known.entity === null ? known.key : `${known.entity}.${known.key}`, known]));
  return {
    resolve: (name) => byName.get(writeName(name)) ?? byFull.get(name.full) ?? (open ? { kind: "text" } : null),
    names: () => names,
  };
}

/**
 * The name that was probably meant at `span`: one that the text spells without the quotes that it needs
 * (`params.learning-rate`), else the closest by spelling.
 */
export function suggestName(source: string, span: Span, name: Name, known: Iterable<KnownName>): Suggestion | null {
  const list = [...known];
  const around = /[^\s=<>!()'",&|]/u;
  let from = span.offset;
  let to = span.offset + span.length;
  while (from > 0 && around.test(source[from - 1] ?? "")) from -= 1;
  while (to < source.length && around.test(source[to] ?? "")) to += 1;
  const written = source.slice(from, to);
  const unquoted = list.find((entry) => entry.key === written || (entry.entity !== null && `${entry.entity}.${entry.key}` === written));
  if (unquoted !== undefined && writeName(unquoted) !== written) return { offset: from, length: to - from, text: writeName(unquoted) };

  const place = (entity: Entity | null) => list.filter((entry) => entry.entity === entity).map((entry) => entry.key);
  const own = closest(name.key, place(name.entity));
  if (own !== null) return { ...span, text: writeName({ entity: name.entity, key: own }) };
  const elsewhere = list.find((entry) => entry.key === name.key) ?? list.find((entry) => entry.key.toLowerCase() === name.full.toLowerCase());
  return elsewhere === undefined ? null : { ...span, text: writeName(elsewhere) };
}
