/** Seeded numbers in [0, 1): mulberry32, so that a failing case can be repeated by its seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Columns of the random tables; `params.p` is undeclared text. */
export const columnKinds = { n: "number", m: "number", s: "string", "a b": "string", "params.p": "text", b: "boolean", t: "time" } as const;
const numbers = [0, 1, -1, 0.5, 2, -3.25, 7, 1e300, NaN, Infinity, -Infinity, null] as const;
const strings = ["", "a", "b", "ab", "aab", "A", "é", "😀", "\uffee", "x%_'y", "true", null] as const;
const params = ["0.5", "1", "-1", "7", "1e3", "nan", "-inf", "Infinity", "true", "False", "a", "ab", " 2 ", "", "0x10", "1_000", ".", "e5", null] as const;
const times = [0, 1e12, 1700000000000, 951782400000, null] as const;

/** A row of random values, missing ones and NaN included. */
export function randomCells(random: () => number) {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T; // SAFETY: the index is inside, and no list is empty.
  return { n: pick(numbers), m: pick(numbers), s: pick(strings), "a b": pick(strings), "params.p": pick(params), b: pick([true, false, null]), t: pick(times) };
}

/** The text of a random expression that is true, false or unknown; kinds always fit. */
export function randomExpression(random: () => number, depth = 4): string {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T; // SAFETY: the index is inside, and no list is empty.
  const sign = () => pick(["=", "!=", "<", "<=", ">", ">=", "==", "<>"]);
  const numberLeaf = () => pick(["n", "m", "0", "1", "-1", ".5", "2", "7", "t", "metric_free", "1e300"]).replace("metric_free", "n");
  const textLiteral = () => pick(["'a'", '\'b\'', "'ab'", "''", "'x%_''y'", "'é'", "'😀'", "'true'"]);
  const number = (left: number): string => {
    if (left <= 0) return numberLeaf();
    return pick([
      () => numberLeaf(),
      () => `(${number(left - 1)} ${pick(["+", "-", "*", "/", "%"])} ${number(left - 1)})`,
      () => `-${number(left - 1)}`,
      () => `${pick(["abs", "log", "year"])}(${number(left - 1)})`,
      () => `min(${number(left - 1)}, ${number(left - 1)})`,
      () => `number(${text(left - 1)})`,
      () => `length(${text(left - 1)})`,
      () => `coalesce(${number(left - 1)}, ${number(left - 1)})`,
      () => `if(${truth(left - 1)}, ${number(left - 1)}, ${number(left - 1)})`,
    ])();
  };
  const text = (left: number): string => {
    if (left <= 0) return pick(["s", "`a b`", "s", textLiteral()]);
    return pick([() => text(0), () => `lower(${text(left - 1)})`, () => `coalesce(${text(left - 1)}, ${text(left - 1)})`])();
  };
  const truth = (left: number): string => {
    if (left <= 0) return pick(["b", "true", "n > 1", "s = 'a'", "params.p = 'a'", "params.p > .5", "params.p", '"a b" = "b"']);
    return pick([
      () => `(${truth(left - 1)} ${pick(["and", "or", "&", "||", "AND"])} ${truth(left - 1)})`,
      () => `not ${truth(left - 1)}`,
      () => `!(${truth(left - 1)})`,
      () => `${number(left - 1)} ${sign()} ${number(left - 1)}`,
      () => `${text(left - 1)} ${sign()} ${text(left - 1)}`,
      () => `params.p ${sign()} ${pick([number(left - 1), text(left - 1), "params.p"])}`,
      () => `${number(left - 1)} ${pick(["", "not "])}in (1, -1, 7, .5)`,
      () => `${pick([text(left - 1), "params.p"])} ${pick(["", "not "])}in ('a', "ab", '')`,
      () => `params.p in (1, 7)`,
      () => `${number(left - 1)} ${pick(["", "not "])}between ${number(left - 1)} and ${number(left - 1)}`,
      () => `${pick([text(left - 1), "params.p"])} ${pick(["", "not "])}${pick(["like", "ilike"])} '${pick(["a%", "%b", "%a%", "_", "a_b", "%A%b", "%", "", "x_%", "%a%b%"])}'`,
      () => `${pick([text(left - 1), "params.p"])} ${pick(["", "not "])}rlike '${pick(["^a", "b$", "a+b", "[ab]+", "x|é", "^$", "(a|b)b", "^[0-9.]+$"])}'`,
      () => `${pick([number(left - 1), text(left - 1), "params.p"])} is ${pick(["", "not "])}null`,
      () => `contains(${text(left - 1)}, ${text(0)})`,
      () => `isnan(${number(left - 1)})`,
      () => `(${truth(left - 1)}) ${pick(["=", "!="])} (${truth(left - 1)})`,
    ])();
  };
  return truth(depth);
}
