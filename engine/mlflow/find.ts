import type { Name } from "../expressions/ast.ts";
import { byCodePoint } from "../expressions/compare.ts";
import { type Column, compilePredicate, type Predicate } from "../expressions/evaluate.ts";
import { ExpressionError } from "../expressions/problem.ts";
import type { Scope } from "../expressions/scope.ts";
import { type Steps, atOnce, inTurns } from "../runs/turns.ts";
import { asClause, checkFilter, type Field } from "./checkFilter.ts";
import { invalid } from "./errors.ts";
import { type OrderClause, orderClause, refuseTwice } from "./order.ts";
import { inOrder } from "./textOrder.ts";

/** What an attribute or a key of an entity is worth for one thing; null is missing, NaN a value. */
type Value = number | string | null;

/** A field of its own of each thing, such as `name`. */
interface FindAttribute<T> {
  /** `time` is UTC ms and may also be compared with a quoted date. */
  readonly kind: "number" | "time" | "string";
  readonly get: (item: T) => Value;
  /** All values, where a thing may have several: a test is true where it is for one of them. */
  readonly each?: (item: T) => readonly (string | number)[];
  /** What `order_by` may not name: it is found by, not sorted by. */
  readonly unordered?: true;
  /** The reverse. */
  readonly unfiltered?: true;
  /** Equality, IN and LIKE ignore case. */
  readonly caseless?: true;
}

/** Fields with keys, such as `tags.key`. */
interface FindEntity<T> {
  /** `metrics` are numbers, tags and params texts (which may also be compared with a number). */
  readonly kind: "number" | "text";
  readonly get: (item: T, key: string) => Value;
  /** All values, where a thing may have several (feedback of one name): a test is true where it is for one of them, each test by itself. */
  readonly each?: (item: T, key: string) => readonly (string | number)[];
  /** What `order_by` may not name. */
  readonly unordered?: true;
  /** The keys there may be, where they are few. */
  readonly keys?: readonly string[];
}

/**
 * What can be found and how: names of attributes and entities as MLflow writes them, aliases spelled out.
 *
 *     const scope: FindScope<ExperimentItem> = {
 *       what: "An experiment",
 *       attributes: {
 *         name: { kind: "string", get: ({ name }) => name },
 *         creation_time: { kind: "time", get: ({ created }) => created },
 *       },
 *       entities: { tags: { kind: "text", get: ({ tags }, key) => tags.get(key) ?? null } },
 *       aliases: { tag: "tags", attribute: "attributes" },
 *       order: ["creation_time DESC", "experiment_id DESC"],
 *     };
 *     const found = findItems(all, scope, { filter: fields.anyText("filter"), orderBy: fields.texts("order_by") });
 *
 * `attributes` is what stands before an attribute's dot, or nothing. An entity may have any name (`metadata`, `feedback`).
 */
export interface FindScope<T, P = never> {
  /** Begins sentences: "An experiment". */
  readonly what: string;
  readonly attributes: Readonly<Record<string, FindAttribute<T>>>;
  readonly entities: Readonly<Record<string, FindEntity<T>>>;
  /**
   * Things inside of a thing, such as the spans of a trace: what a filter says of them (`span.name = 'a' AND span.type =
   * 'TOOL'`) must be true of one of them together. `get` gives texts.
   */
  readonly parts?: {
    readonly entity: string;
    readonly of: (item: T) => readonly P[];
    readonly get: (part: P, key: string) => string | null;
    /** Refuses a key that there is not, with `invalid(…)`. */
    readonly check?: (key: string) => void;
  };
  /** Other words for `attributes` and for the entities. */
  readonly aliases: Readonly<Record<string, string>>;
  /** The order where none is asked; it may name what `order_by` may not. The last field is one that no two things share. */
  readonly order: readonly string[];
  /** What settles an asked order that leaves something open, where it is not `order`. */
  readonly ties?: readonly string[];
}

interface FindQuery {
  /** The grammar of engine/expressions, of which MLflow's is a part; empty for all. */
  readonly filter: string;
  /** `key [ASC|DESC]` each. */
  readonly orderBy: readonly string[];
}

/**
 * The things that pass the filter, in order. Missing comes last and NaN just before it, in either direction; a test of
 * something missing is never true, `!=` included, so that only `IS NULL` finds it. Throws `EXPRESSION` with the place in
 * the filter, and MLflow's messages for what cannot be ordered by.
 */
export function findItems<T, P = never>(items: readonly T[], scope: FindScope<T, P>, query: FindQuery): readonly T[] {
  return atOnce(findSteps([items], scope, query));
}

/** Somebody waits for the answer; nobody stops it. */
const endless = new AbortController().signal;

/** As `findItems`, and others have their turn in between: `slices` are the things, read some at a time. */
export function findInTurns<T, P = never>(slices: Iterable<readonly T[]>, scope: FindScope<T, P>, query: FindQuery): Promise<readonly T[]> {
  return inTurns(findSteps(slices, scope, query), endless);
}

function* findSteps<T, P>(slices: Iterable<readonly T[]>, scope: FindScope<T, P>, query: FindQuery): Steps<readonly T[]> {
  const { keep, values, order } = finder(scope, query);
  const found: { readonly item: T; readonly by: readonly Value[] }[] = [];
  for (const items of slices) {
    for (const item of items) {
      if (keep(item)) found.push({ item, by: values(item) });
      yield;
    }
    yield;
  }
  return (yield* inOrder(found, (a, b) => order(a.by, b.by))).map(({ item }) => item);
}

/** A query that was understood, for things that are not all at hand at once. */
export interface Finder<T> {
  /** What filter and order name, as `entity.key` or `attributes.key` whatever their spelling. */
  readonly names: ReadonlySet<string>;
  keep(item: T): boolean;
  /** What the thing is ordered by. */
  values(item: T): readonly Value[];
  order(a: readonly Value[], b: readonly Value[]): number;
}

/** As `findItems`, one thing at a time. Throws the same. */
export function finder<T, P = never>(scope: FindScope<T, P>, { filter, orderBy }: FindQuery): Finder<T> {
  const names = new Set<string>();
  const keep = filter.trim() === "" ? () => true : filterOf(scope, filter, names);
  const asked = orderBy.map(orderClause);
  const fieldOf = ({ name }: OrderClause): string => placeOf(name, scope).join(".");
  refuseTwice(asked, fieldOf);
  const fields = new Set(asked.map(fieldOf));
  for (const field of fields) names.add(field);
  const settled = asked.length > 0 ? (scope.ties ?? scope.order) : scope.order;
  const rest = settled.map(orderClause).filter((clause) => !fields.has(fieldOf(clause)));
  const keys = [...asked.map((clause) => keyOf(clause, scope, true)), ...rest.map((clause) => keyOf(clause, scope, false))];
  return {
    names,
    keep,
    values: (item) => keys.map(({ get }) => get(item)),
    order(a, b) {
      for (const [at, { descending }] of keys.entries()) {
        const order = compareValues(a[at] ?? null, b[at] ?? null, descending);
        if (order !== 0) return order;
      }
      return 0;
    },
  };
}

/** Numbers, then NaN, then missing; texts in the order of their code points, as SQLite has it. */
function compareValues(a: Value, b: Value, descending: boolean): number {
  const last = rank(a) - rank(b);
  if (last !== 0 || a === null || b === null) return last;
  const order = typeof a === "string" || typeof b === "string" ? byCodePoint(String(a), String(b)) : Number.isNaN(a) ? 0 : a - b || 0;
  return descending ? -order : order;
}

function rank(value: Value): number {
  return value === null ? 2 : typeof value === "number" && Number.isNaN(value) ? 1 : 0;
}

/** The entity (or `attributes`) and the key that a name means. */
function placeOf<T, P>({ prefix, rest, full }: Name, { entities, aliases, parts }: FindScope<T, P>): [string, string] {
  if (prefix === null) return ["attributes", full];
  const place = Object.hasOwn(aliases, prefix) ? (aliases[prefix] ?? prefix) : prefix;
  if (place !== "attributes" && place !== parts?.entity && !Object.hasOwn(entities, place)) {
    const valid = [...new Set([...Object.keys(aliases), ...Object.keys(entities), ...(parts ? [parts.entity] : []), "attributes"])];
    throw invalid(`Invalid entity type '${prefix}'. Valid values are [${valid.map((name) => `'${name}'`).join(", ")}]`);
  }
  return [place, rest];
}

function attributeOf<T, P>(key: string, scope: FindScope<T, P>, banned: "unordered" | "unfiltered"): FindAttribute<T> {
  const attribute = Object.hasOwn(scope.attributes, key) ? scope.attributes[key] : undefined;
  if (attribute === undefined || attribute[banned]) {
    const valid = Object.entries(scope.attributes).flatMap(([name, other]) => (other[banned] ? [] : [`'${name}'`]));
    throw invalid(`Invalid attribute key '${key}' specified. Valid keys are '{${valid.join(", ")}}'`);
  }
  return attribute;
}

function entityOf<T, P>(place: string, key: string, scope: FindScope<T, P>): FindEntity<T> {
  const entity = scope.entities[place];
  if (entity === undefined || (entity.keys && !entity.keys.includes(key))) {
    throw invalid(`Invalid ${place} key '${key}' specified. Valid keys are '{${(entity?.keys ?? []).map((name) => `'${name}'`).join(", ")}}'`);
  }
  return entity;
}

/** Compiles a filter to a test of a thing. @param names - Gets what the filter names. */
function filterOf<T, P>(scope: FindScope<T, P>, filter: string, names: Set<string>): (item: T) => boolean {
  const { parts } = scope;
  let part: P | null = null;
  let ofParts = false;
  // The compiled test knows rows by number: there is one, the thing that is tested.
  const tested: T[] = [];
  const item = (row: number): T => {
    const found = tested[row];
    if (found === undefined) throw new RangeError("Nothing is tested.");
    return found;
  };
  const fieldOf = (name: Name): Field => {
    const [place, key] = placeOf(name, scope);
    if (place === parts?.entity) {
      parts.check?.(key);
      return { entity: place, key, kind: "text" };
    }
    const { kind } = place === "attributes" ? attributeOf(key, scope, "unfiltered") : entityOf(place, key, scope);
    return { entity: place.replace(/s$/, ""), key, kind };
  };
  const columns: Scope<Column> = {
    unknown: `${scope.what} has no attribute`,
    resolve(name) {
      const [place, key] = placeOf(name, scope);
      names.add(`${place}.${key}`);
      if (place === parts?.entity) {
        ofParts = true;
        return { kind: "text", get: () => (part === null ? null : parts.get(part, key)) };
      }
      const field = place === "attributes" ? attributeOf(key, scope, "unfiltered") : entityOf(place, key, scope);
      const { each } = field;
      const get = (row: number): Value => field.get(item(row), key);
      if (field.kind === "number" || field.kind === "time") {
        return { kind: field.kind, get: (row) => numeric(get(row)), ...(each ? { many: (row) => each(item(row), key).map(Number) } : {}) };
      }
      const caseless = "caseless" in field ? { caseless: true } : {};
      return { kind: field.kind, get: (row) => textual(get(row)), ...caseless, ...(each ? { many: (row) => each(item(row), key).map(String) } : {}) };
    },
  };
  checkFilter(filter, fieldOf);
  const { test } = predicate(filter, columns);
  return (thing) => {
    tested[0] = thing;
    if (ofParts && parts !== undefined) {
      for (part of parts.of(thing)) if (test(0)) return true;
      part = null;
    }
    return test(0);
  };
}

/** Compiles what was checked; throws MLflow's form of what is still wrong, e.g. an unknown function. */
export function predicate(filter: string, scope: Scope<Column>): Predicate {
  try {
    return compilePredicate(filter, scope);
  } catch (error) {
    throw error instanceof ExpressionError ? asClause(filter, error) : error;
  }
}

function keyOf<T, P>({ name, descending }: OrderClause, scope: FindScope<T, P>, asked: boolean): { get: (item: T) => Value; descending: boolean } {
  const [place, key] = placeOf(name, scope);
  if (place !== "attributes") {
    const entity = place === scope.parts?.entity ? undefined : entityOf(place, key, scope);
    if (entity === undefined || entity.unordered) throw invalid(`Invalid order_by entity: ${place.replace(/s$/, "")}`);
    return { get: (item) => entity.get(item, key), descending };
  }
  const attribute = asked ? attributeOf(key, scope, "unordered") : scope.attributes[key];
  if (attribute === undefined) throw invalid(`Invalid attribute key '${key}' specified.`);
  return { get: attribute.get, descending };
}

function numeric(value: Value): number | null {
  return typeof value === "string" ? Number(value) : value;
}

function textual(value: Value): string | null {
  return typeof value === "number" ? String(value) : value;
}
