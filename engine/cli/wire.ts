import { SCHEMA_VERSION } from "../api/cli.ts";

/** One line of JSON: non-finite numbers as strings, typed arrays as lists, the version on the object or on each row. */
export function toJson(answer: object): string {
  const versioned = Array.isArray(answer) ? answer.map((row: unknown) => (typeof row === "object" && row !== null ? { schemaVersion: SCHEMA_VERSION, ...row } : row)) : { schemaVersion: SCHEMA_VERSION, ...answer };
  return JSON.stringify(versioned, (_key, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    if (typeof value === "bigint") return Number(value);
    return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as unknown as ArrayLike<unknown>) : value; // SAFETY: every view but DataView is array-like.
  });
}
