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
