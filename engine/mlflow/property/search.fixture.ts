import assert from "node:assert/strict";
import { seeded } from "../../expressions/random.fixture.ts";
import { type Draw, drawing } from "../model.fixture.ts";
import { comparators, like, type Value } from "./comparators.fixture.ts";
import type { Speaker } from "./sequence.fixture.ts";


/** What a filter or an order may name of a thing, and what it is worth: read from what was sent, by no grammar. */
export interface Field<V> {
  /** Its spellings, quoted where they must be. */
  readonly names: readonly string[];
  readonly kind: "text" | "number";
  /** Missing is none; of several one must pass. */
  readonly values: (view: V) => readonly Value[];
  /** Comparators that the reference knows too; none where it cannot be filtered by. */
  readonly signs: readonly string[];
  readonly ordered?: boolean;
  /** It is compared with whole numbers only. */
  readonly whole?: true;
  /** How an order spells it, where that is another way. */
  readonly orderName?: string;
}

export interface Order<V> {
  readonly name: string;
  readonly field: Field<V>;
  readonly descending: boolean;
}

/** Things of one kind behind one door. */
export interface Filled<V> {
  /** With what the door made of them: ids and times. */
  readonly things: readonly V[];
  /** One page: ids, and the token of the next. */
  find(filter: string, orders: readonly Order<V>[], token: string): Promise<{ ids: readonly string[]; next: unknown }>;
}

/** A kind of things that can be searched for. */
export interface SearchKind<V> {
  readonly name: string;
  readonly fields: readonly Field<V>[];
  fill(draw: Draw, door: Speaker, mark: string): Promise<Filled<V>>;
  idOf(thing: V): string;
  /** What one filter tests at once; a thing passes where one of its views does. The thing itself where absent. */
  views?(thing: V): readonly V[];
  /** What settles an order that leaves something open. `asked`: an order was asked for. */
  ties(a: V, b: V, asked: boolean): number;
}

/** A filter as text, and what it is for a thing: unknown (null) where it asks about what is missing. */
interface Filter<V> {
  text(filled: Filled<V>): string;
  test(view: V, filled: Filled<V>): boolean | null;
}

export const texts = ["0.1", "0.10", "10", "9", "adam", "Adam", "SGD", "sgd nesterov", "a%b", "a_b", "1e-3", "käse", "日本", "x y"];
const patterns = ["a%", "%d%", "A_AM", "%", "_", "%b", "%nest%", "1%3", "%ä%", "S__", "x y", "%_%", "%0"];
export const numbers = [0, 1, -1, 0.5, 0.25, 0.001, 1e12, -3.75, 42];
export const keys = ["m", "val/loss", "top 5", "mlflow.like", "p-q"];

/** Comparators of texts, and of texts that may be missing. */
export const textSigns = ["=", "!=", "LIKE", "ILIKE"];
export const nullSigns = [...textSigns, "IS NULL", "IS NOT NULL"];
export const numberSigns = ["=", "!=", "<", "<=", ">", ">="];

/** Spellings of a key behind its entity. */
export function keyed(entities: readonly string[], key: string): string[] {
  const quoted = /^\w+(\.\w+)*$/.test(key) ? [key, `\`${key}\``] : [`\`${key}\``];
  return entities.flatMap((entity) => quoted.map((one) => `${entity}.${one}`));
}

/** @param anyCase - Comparators in small letters too, which the reference does not take everywhere. */
function leaf<V>(kind: SearchKind<V>, draw: Draw, anyCase: boolean): Filter<V> {
  const field = draw.of(kind.fields.filter(({ signs }) => signs.length > 0));
  const [name, sign, pattern] = [draw.of(field.names), draw.of(field.signs), draw.of(patterns)];
  const written = anyCase && draw.chance(0.3) ? sign.toLowerCase() : sign;
  /** Often what one of the things has: times and ids are known to each door only. */
  const literal = (): ((filled: Filled<V>) => Value) => {
    const [own, given] = [draw.chance(0.6) ? draw.below(1_000) : -1, field.kind === "text" ? draw.of(texts) : draw.of(field.whole === true ? numbers.filter(Number.isInteger) : numbers)];
    return ({ things }) => {
      const thing = own < 0 ? undefined : things[own % things.length];
      const view = thing === undefined ? undefined : (kind.views?.(thing)[0] ?? thing);
      return (view === undefined ? undefined : field.values(view)[0]) ?? given;
    };
  };
  const of = (test: (value: Value, filled: Filled<V>) => boolean) => (view: V, filled: Filled<V>): boolean | null => {
    const values = field.values(view);
    return values.length === 0 ? null : values.some((value) => test(value, filled));
  };
  const quoted = (value: Value): string => (typeof value === "number" ? String(value) : `'${value}'`);
  if (sign === "IS NULL" || sign === "IS NOT NULL") return { text: () => `${name} ${written}`, test: (view) => (field.values(view).length === 0) === (sign === "IS NULL") };
  if (sign === "LIKE" || sign === "ILIKE") {
    const matches = like(pattern, sign === "ILIKE");
    return { text: () => `${name} ${written} '${pattern}'`, test: of((value) => matches(String(value))) };
  }
  if (sign === "IN" || sign === "NOT IN") {
    const among = [literal(), literal()];
    return { text: (filled) => `${name} ${written} (${among.map((one) => quoted(one(filled))).join(", ")})`, test: of((value, filled) => among.some((one) => one(filled) === value) === (sign === "IN")) };
  }
  const than = literal();
  return { text: (filled) => `${name} ${sign} ${quoted(than(filled))}`, test: of((value, filled) => comparators[sign]?.(value, than(filled)) ?? assert.fail(sign)) };
}

/** `a AND b AND …`, as every server has it. */
function plainFilter<V>(kind: SearchKind<V>, draw: Draw): Filter<V> {
  const clauses = Array.from({ length: draw.below(4) }, () => leaf(kind, draw, false));
  const and = draw.of([" AND ", " and "]);
  return { text: (filled) => clauses.map((one) => one.text(filled)).join(and), test: (view, filled) => clauses.every((one) => one.test(view, filled) === true) };
}

/** With OR, NOT and parentheses too. */
function fullFilter<V>(kind: SearchKind<V>, draw: Draw, depth = 3): Filter<V> {
  const form = depth === 0 ? 0 : draw.below(4);
  if (form === 0) return leaf(kind, draw, true);
  const a = fullFilter(kind, draw, depth - 1);
  if (form === 1) {
    return {
      text: (filled) => `NOT (${a.text(filled)})`,
      test(view, filled) {
        const found = a.test(view, filled);
        return found === null ? null : !found;
      },
    };
  }
  const b = fullFilter(kind, draw, depth - 1);
  // Of AND false settles it, of OR true; else what is unknown stays so.
  const settles = form === 3;
  return {
    text: (filled) => `(${a.text(filled)} ${settles ? "OR" : "AND"} ${b.text(filled)})`,
    test(view, filled) {
      const both = [a.test(view, filled), b.test(view, filled)];
      return both.includes(settles) ? settles : both.includes(null) ? null : !settles;
    },
  };
}

function someOrders<V>(kind: SearchKind<V>, draw: Draw): Order<V>[] {
  const orders: Order<V>[] = [];
  const fields = kind.fields.filter(({ ordered }) => ordered === true);
  while (draw.chance(0.5) && orders.length < 3) {
    const field = draw.of(fields);
    if (!orders.some((one) => one.field === field)) orders.push({ field, name: field.orderName ?? draw.of(field.names), descending: draw.chance(0.5) });
  }
  return orders;
}

/** NaN stands behind numbers, what is missing behind NaN, whatever the direction; texts go by their bytes. */
function byOrder(a: Value | undefined, b: Value | undefined, descending: boolean): number {
  const rank = (value: Value | undefined): number => (value === undefined ? 2 : Number.isNaN(value) ? 1 : 0);
  if (rank(a) !== rank(b) || rank(a) > 0) return rank(a) - rank(b);
  const by = typeof a === "string" ? Buffer.compare(Buffer.from(a), Buffer.from(String(b))) : Number(a) - Number(b);
  return descending ? -by : by;
}

/** One of the doors, and whether it is the reference: what ties are settled by is its own affair. */
export interface SearchSide {
  readonly name: string;
  readonly door: Speaker;
  readonly reference?: true;
}

/** Random things, filters and orders: each door finds what an evaluator finds that reads no text, page by page, in its order. `full`: with OR, NOT and parentheses. */
export async function searches<V>(kind: SearchKind<V>, sides: readonly SearchSide[], { seed, filters, full, mark }: { seed: number; filters: number; full: boolean; mark: string }): Promise<void> {
  const filled = await Promise.all(sides.map(({ door }) => kind.fill(drawing(seeded(seed)), door, mark)));
  const draw = drawing(seeded(seed + 7_919));
  for (let i = 0; i < filters; i++) {
    const filter = full ? fullFilter(kind, draw) : plainFilter(kind, draw);
    const orders = someOrders(kind, draw);
    for (const [side, one] of filled.entries()) {
      const text = filter.text(one);
      const told = `${kind.name}, seed ${seed}, search ${i}, ${sides[side]?.name ?? ""}: ${text} ORDER BY ${orders.map(({ name, descending }) => `${name}${descending ? " DESC" : ""}`).join(", ")}`;
      const ids = await allPages(one, text, orders, told);
      const value = (thing: V, { field }: Order<V>): Value | undefined => field.values(thing)[0];
      const wanted = one.things
        .filter((thing) => (kind.views?.(thing) ?? [thing]).some((view) => filter.test(view, one) === true))
        .toSorted((a, b) => orders.reduce((found, order) => found || byOrder(value(a, order), value(b, order), order.descending), 0) || kind.ties(a, b, orders.length > 0));
      assert.deepEqual([...ids].sort(), wanted.map((thing) => kind.idOf(thing)).sort(), told);
      if (sides[side]?.reference === true) {
        const place = (id: string): string => JSON.stringify(orders.map((order) => value(one.things.find((thing) => kind.idOf(thing) === id) ?? assert.fail(id), order) ?? null));
        assert.deepEqual(ids.map(place), wanted.map((thing) => place(kind.idOf(thing))), `order, ${told}`);
      } else {
        assert.deepEqual(ids, wanted.map((thing) => kind.idOf(thing)), `order, ${told}`);
      }
    }
  }
}

async function allPages<V>(filled: Filled<V>, text: string, orders: readonly Order<V>[], told: string): Promise<string[]> {
  const all: string[] = [];
  for (let token = ""; ; ) {
    const { ids, next } = await filled.find(text, orders, token).catch((error: unknown) => assert.fail(`${told}: ${String(error)}`));
    all.push(...ids);
    if (next === undefined || next === "" || next === null) return all;
    assert.ok(all.length <= filled.things.length, `${told}: the pages have no end`);
    token = String(next);
  }
}
