import type { Name } from "../expressions/ast.ts";
import { type Column, compilePredicate } from "../expressions/evaluate.ts";
import type { Scope } from "../expressions/scope.ts";
import { invalid } from "./errors.ts";
import { type OrderClause, orderClause, refuseTwice } from "./order.ts";

/** What an attribute or a key of an entity is worth for one thing; null is missing, NaN a value. */
type Value = number | string | null;

/** A field of its own of each thing, such as `name`. */
interface FindAttribute<T> {
  /** `time` is UTC ms and may also be compared with a quoted date. */
  readonly kind: "number" | "time" | "string";
  readonly get: (item: T) => Value;
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
export interface FindScope<T> {
  /** Begins sentences: "An experiment". */
  readonly what: string;
  readonly attributes: Readonly<Record<string, FindAttribute<T>>>;
  readonly entities: Readonly<Record<string, FindEntity<T>>>;
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
export function findItems<T>(items: readonly T[], scope: FindScope<T>, { filter, orderBy }: FindQuery): T[] {
  const keep = filter.trim() === "" ? null : compilePredicate(filter, filterScope(items, scope)).test;
  const found = keep === null ? [...items] : items.filter((_, row) => keep(row));
  const asked = orderBy.map(orderClause);
  const fieldOf = ({ name }: OrderClause): string => placeOf(name, scope).join(".");
  refuseTwice(asked, fieldOf);
  const fields = new Set(asked.map(fieldOf));
  const settled = asked.length > 0 ? (scope.ties ?? scope.order) : scope.order;
  const rest = settled.map(orderClause).filter((clause) => !fields.has(fieldOf(clause)));
  const keys = [...asked.map((clause) => keyOf(clause, scope, true)), ...rest.map((clause) => keyOf(clause, scope, false))];
  return found
    .map((item) => ({ item, values: keys.map(({ get }) => get(item)) }))
    .sort((a, b) => {
      for (const [at, { descending }] of keys.entries()) {
        const order = compareValues(a.values[at] ?? null, b.values[at] ?? null, descending);
        if (order !== 0) return order;
      }
      return 0;
    })
    .map(({ item }) => item);
}

/** Numbers, then NaN, then missing; texts in the order of their UTF-8 bytes, as SQLite has it. */
function compareValues(a: Value, b: Value, descending: boolean): number {
  const last = rank(a) - rank(b);
  if (last !== 0 || a === null || b === null) return last;
  const order = typeof a === "string" || typeof b === "string" ? Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b))) : Number.isNaN(a) ? 0 : a - b || 0;
  return descending ? -order : order;
}

function rank(value: Value): number {
  return value === null ? 2 : typeof value === "number" && Number.isNaN(value) ? 1 : 0;
}

/** The entity (or `attributes`) and the key that a name means. */
function placeOf<T>({ prefix, rest, full }: Name, { entities, aliases }: FindScope<T>): [string, string] {
  if (prefix === null) return ["attributes", full];
  const place = Object.hasOwn(aliases, prefix) ? (aliases[prefix] ?? prefix) : prefix;
  if (place !== "attributes" && !Object.hasOwn(entities, place)) {
    const valid = [...new Set([...Object.keys(aliases), ...Object.keys(entities), "attributes"])];
    throw invalid(`Invalid entity type '${prefix}'. Valid values are [${valid.map((name) => `'${name}'`).join(", ")}]`);
  }
  return [place, rest];
}

function attributeOf<T>(key: string, scope: FindScope<T>, banned: "unordered" | "unfiltered"): FindAttribute<T> {
  const attribute = Object.hasOwn(scope.attributes, key) ? scope.attributes[key] : undefined;
  if (attribute === undefined || attribute[banned]) {
    const valid = Object.entries(scope.attributes).flatMap(([name, other]) => (other[banned] ? [] : [`'${name}'`]));
    throw invalid(`Invalid attribute key '${key}' specified. Valid keys are '{${valid.join(", ")}}'. ${scope.what} has no other.`);
  }
  return attribute;
}

function entityOf<T>(place: string, key: string, scope: FindScope<T>): FindEntity<T> {
  const entity = scope.entities[place];
  if (entity === undefined || (entity.keys && !entity.keys.includes(key))) {
    throw invalid(`Invalid ${place} key '${key}' specified. Valid keys are '{${(entity?.keys ?? []).map((name) => `'${name}'`).join(", ")}}'`);
  }
  return entity;
}

function filterScope<T>(items: readonly T[], scope: FindScope<T>): Scope<Column> {
  const item = (row: number): T => {
    const found = items[row];
    if (found === undefined) throw new RangeError(`There is no item ${row} among ${items.length}.`);
    return found;
  };
  return {
    unknown: `${scope.what} has no attribute`,
    resolve(name) {
      const [place, key] = placeOf(name, scope);
      const field = place === "attributes" ? attributeOf(key, scope, "unfiltered") : entityOf(place, key, scope);
      const get = (row: number): Value => field.get(item(row), key);
      if (field.kind === "number" || field.kind === "time") return { kind: field.kind, get: (row) => numeric(get(row)) };
      return { kind: field.kind, get: (row) => textual(get(row)), ...("caseless" in field ? { caseless: true } : {}) };
    },
  };
}

function keyOf<T>({ name, descending, text }: OrderClause, scope: FindScope<T>, asked: boolean): { get: (item: T) => Value; descending: boolean } {
  const [place, key] = placeOf(name, scope);
  if (place !== "attributes") {
    const entity = entityOf(place, key, scope);
    if (entity.unordered) throw invalid(`Invalid order_by entity: ${place}, in \`${text}\`.`);
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
