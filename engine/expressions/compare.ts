import type { CompareSign } from "./ast.ts";
import type { At, Truth } from "./rows.ts";

export type Test<T> = (a: T, b: T) => boolean;
/** Numbers and truths: NaN is unequal to everything and in no order. */
export const compareNumbers: Readonly<Record<CompareSign, Test<unknown>>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => Number(a) < Number(b),
  "<=": (a, b) => Number(a) <= Number(b),
  ">": (a, b) => Number(a) > Number(b),
  ">=": (a, b) => Number(a) >= Number(b),
};
/** Texts, in the order of their code points. */
export const compareText: Readonly<Record<CompareSign, Test<string>>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => byCodePoint(a, b) < 0,
  "<=": (a, b) => byCodePoint(a, b) <= 0,
  ">": (a, b) => byCodePoint(a, b) > 0,
  ">=": (a, b) => byCodePoint(a, b) >= 0,
};

/** A comparison of two things that vary; unknown where one is missing. */
export function compareWith<T>(test: Test<T>, left: At<T | null>, right: At<T | null>): At<Truth> {
  return (row) => {
    const a = left(row);
    if (a === null) return -1;
    const b = right(row);
    return b === null ? -1 : test(a, b) ? 1 : 0;
  };
}

/** The most frequent test, with nothing to look up in the loop. */
export function compareWithNumber(sign: CompareSign, left: At<number | null>, right: number): At<Truth> {
  const on = (test: (value: number) => Truth): At<Truth> => (row) => {
    const value = left(row);
    return value === null ? -1 : test(value);
  };
  switch (sign) {
    case "=":
      return on((value) => (value === right ? 1 : 0));
    case "!=":
      return on((value) => (value !== right ? 1 : 0));
    case "<":
      return on((value) => (value < right ? 1 : 0));
    case "<=":
      return on((value) => (value <= right ? 1 : 0));
    case ">":
      return on((value) => (value > right ? 1 : 0));
    case ">=":
      return on((value) => (value >= right ? 1 : 0));
  }
}

/** Order of Unicode code points, which is also the order of UTF-8 bytes; `<` on strings compares UTF-16 units. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    if (a.charCodeAt(at) !== b.charCodeAt(at)) return surrogatesLast(a.charCodeAt(at)) - surrogatesLast(b.charCodeAt(at));
  }
  return a.length - b.length;
}

function surrogatesLast(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
