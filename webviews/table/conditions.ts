import type { ColumnId } from "../../engine/api/runs.ts";

/** A column as the grammar writes it: backticks where the key is not a plain word. */
function filterName(id: ColumnId): string {
  const dot = id.indexOf(".");
  const key = id.slice(dot + 1);
  return dot === -1 || /^[A-Za-z_]\w*$/.test(key) ? id : `${id.slice(0, dot)}.\`${key.replaceAll("`", "``")}\``;
}

/** `metrics.val_f1 >= 0.6 and metrics.val_f1 <= 0.7`; empty where both ends are, or where one is no number. */
export function rangeCondition(id: ColumnId, unit: "number" | "time" | "duration", low: string, high: string, missing: boolean): string {
  const literal = (text: string): string | null => {
    if (unit === "time") return /^\d{4}-\d\d-\d\d([ T][\d:.]+Z?)?$/.test(text.trim()) ? `"${text.trim()}"` : null;
    return text.trim() !== "" && Number.isFinite(Number(text)) ? text.trim() : null;
  };
  const name = filterName(id);
  const [from, to] = [literal(low), literal(high)];
  if ((from === null && low.trim() !== "") || (to === null && high.trim() !== "")) return "";
  const range = [from === null ? "" : `${name} >= ${from}`, to === null ? "" : `${name} <= ${to}`].filter((part) => part !== "").join(" and ");
  if (!missing) return range;
  return range === "" ? `${name} is null` : `(${range} or ${name} is null)`;
}

/** `params.model in ("gbm", "mlp")`, `params.model = "gbm"`; with `is null` where missing values are wanted too. */
export function valuesCondition(id: ColumnId, values: readonly string[], missing: boolean): string {
  const name = filterName(id);
  const texts = values.map((value) => `"${value.replaceAll('"', '""')}"`);
  const one = texts.length === 0 ? "" : texts.length === 1 ? `${name} = ${texts[0]}` : `${name} in (${texts.join(", ")})`;
  if (!missing) return one;
  return one === "" ? `${name} is null` : `(${one} or ${name} is null)`;
}

/**
 * The filter after a column's condition changed from `before` (what the quick filter put there, as it stands in the text) to
 * `after`; what the person typed stays. A text with `or` at any level is put in parentheses first, since `and` binds more tightly.
 */
export function replaceCondition(filter: string, before: string | undefined, after: string): string {
  const text = filter.trim();
  if (before !== undefined && before !== "" && text.includes(before)) {
    if (after !== "") return text.replace(before, () => after);
    const left = text.replace(` and ${before}`, "");
    return left !== text ? left : text.replace(`${before} and `, "").replace(before, "").trim();
  }
  if (after === "") return text;
  if (text === "") return after;
  return `${/\bor\b/i.test(text) && !/^\([^()]*\)$/.test(text) ? `(${text})` : text} and ${after}`;
}
