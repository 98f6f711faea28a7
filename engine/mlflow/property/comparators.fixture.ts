export type Value = string | number;

/** What each comparator of a filter says of a value and what it is compared with, by no grammar. */
export const comparators: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** SQL's LIKE, and ILIKE where the case of letters does not count. */
export function like(pattern: string, caseless: boolean): (text: string) => boolean {
  const source = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("%", ".*").replaceAll("_", ".");
  const regular = new RegExp(`^${source}$`, caseless ? "isu" : "su");
  return (text) => regular.test(text);
}
