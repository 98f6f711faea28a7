const LONGEST_KEY = 250;
/** The last millisecond that a `Date` can hold. */
const LATEST_TIME = 8.64e15;

/** A name that a metric, param or tag can have. */
export function isKey(key: string): boolean {
  return key !== "" && key.length <= LONGEST_KEY && !/[\u0000\uD800-\uDFFF]/.test(key.replaceAll(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, ""));
}

export function isStep(step: number): boolean {
  return Number.isSafeInteger(step);
}

/** UTC ms. */
export function isTime(time: number): boolean {
  return Number.isInteger(time) && time >= 0 && time <= LATEST_TIME;
}

/** An id of a trace or a logged model, as MLflow makes them and as no path is: it becomes the name of a folder and a part of URLs. */
export function isId(id: string): boolean {
  return /^[\w-]{1,250}$/.test(id);
}

/** How deep what a source says may be nested: deeper, V8 refuses to hand it from the thread that reads, and gives up on a few thousand. */
export const DEEPEST = 64;

/** Whether a value read from JSON or YAML is nested no deeper than `DEEPEST`. */
export function isShallow(value: unknown): boolean {
  let level: object[] = typeof value === "object" && value !== null ? [value] : [];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === DEEPEST) return false;
    const next: object[] = [];
    for (const one of level) for (const inner of Array.isArray(one) ? one : Object.values(one)) if (typeof inner === "object" && inner !== null) next.push(inner);
    level = next;
  }
  return true;
}
