import assert from "node:assert/strict";
import { test } from "node:test";
import { nothing, type TemplateResult } from "lit";
import { moreText, paramsCaption } from "./params-text.ts";
import { standingSection } from "./standing.ts";

/** The text of a template. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join("");
  if (value === nothing || typeof value === "function") return "";
  if (typeof value !== "object" || value === null || !("strings" in value)) return String(value);
  // SAFETY: what has `strings` is a template.
  const { strings, values } = value as TemplateResult;
  return strings.map((text, i) => text + (i < values.length ? shown(values[i]) : "")).join("").replaceAll(/<[^>]*>|\s+/g, " ");
}

const others = Array.from({ length: 3 }, (_, i) => ({ runId: `r${i}`, title: `run ${i}`, value: i / 10 }));

test("a place among the newest runs only is said to be that", () => {
  const standing = { key: "val_f1", direction: "up" as const, own: 0.15, others, interval: null };
  assert.match(shown(standingSection({ ...standing, newestOf: null }, 0, () => undefined)), /Among all runs .* place 2 of 4\b/);
  assert.match(shown(standingSection({ ...standing, newestOf: 5_000 }, 0, () => undefined)), /Among the newest of 5\D*000 runs .* place 2 of the newest 4\b/);
});

test("of params nothing is said about other runs before that is known", () => {
  assert.deepEqual([paramsCaption(null, 0), moreText(null, 8)], ["", "8 more"]);
  assert.deepEqual([paramsCaption(new Map(), 0), paramsCaption(new Map(), 2), moreText(new Map(), 8)], ["the same in all runs", "those that differ between runs first", "8 more, the same in all runs"]);
});
