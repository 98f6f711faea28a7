import type { At, Truth } from "./rows.ts";

/** Kleene's and: false wins over unknown. */
export function both(left: At<Truth>, right: At<Truth>): At<Truth> {
  return (row) => {
    const a = left(row);
    if (a === 0) return 0;
    const b = right(row);
    return b === 0 ? 0 : a === 1 ? b : -1;
  };
}

/** Kleene's or: true wins over unknown. */
export function either(left: At<Truth>, right: At<Truth>): At<Truth> {
  return (row) => {
    const a = left(row);
    if (a === 1) return 1;
    const b = right(row);
    return b === 1 ? 1 : a === 0 ? b : -1;
  };
}

/** The first value that is not missing. */
export function firstPresent<T>(all: readonly At<T | null>[]): At<T | null> {
  return (row) => {
    for (const at of all) {
      const value = at(row);
      if (value !== null) return value;
    }
    return null;
  };
}

/** A function of a value; missing where the value is. */
export function present<A, B>(at: At<A | null>, apply: (value: A) => B | null): At<B | null> {
  return (row) => {
    const value = at(row);
    return value === null ? null : apply(value);
  };
}

/** A test of a value; unknown where the value is missing. */
export function truthOf<A>(at: At<A | null>, apply: (value: A) => boolean | null): At<Truth> {
  return (row) => {
    const value = at(row);
    if (value === null) return -1;
    const answer = apply(value);
    return answer === null ? -1 : answer ? 1 : 0;
  };
}
