import type { TagRow } from "../api/evaluation.ts";
import { compilePredicate, type Column as ExpressionColumn } from "../expressions/evaluate.ts";
import type { KnownName } from "../expressions/scope.ts";
import { benjaminiHochberg } from "../statistics/benjaminiHochberg.ts";
import { meanInterval, moments } from "../statistics/mean.ts";
import { twoProportions } from "../statistics/proportions.ts";
import { welch } from "../statistics/welch.ts";
import { wilson } from "../statistics/wilson.ts";
import type { Column } from "../tables/columns.ts";
import type { Prepared } from "./prepared.ts";
import { confidenceOf } from "./selection.ts";

/** A tag as touchstone.yaml declares it. */
export interface TagRule {
  readonly name: string;
  /** An expression over the file's columns, and label, prediction, loss, correct. */
  readonly where: string;
}

/** A tag with the rows that carry it. */
export interface Tag {
  readonly name: string;
  readonly has: Uint8Array;
}

/** The tags of a file: expressions of touchstone.yaml, then tag columns. A rule that does not fit this file is left out and said. */
export function collectTags(data: Prepared, rules: readonly TagRule[], predicted: Int32Array | null): { readonly tags: readonly Tag[]; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const tags = rules.flatMap((rule): Tag[] => {
    try {
      const { test } = compilePredicate(rule.where, expressionScope(data, predicted));
      return [{ name: rule.name, has: Uint8Array.from({ length: data.n }, (_, i) => (test(i) ? 1 : 0)) }];
    } catch (cause) {
      notes.push(`The tag “${rule.name}” does not fit this file: ${cause instanceof Error ? cause.message : String(cause)}`);
      return [];
    }
  });
  const columns = data.mapping.columns.filter(({ role }) => role === "tag").flatMap(({ column }) => tagsOfColumn(column, data.columns[column]));
  return { tags: [...tags, ...columns].filter((tag) => tag.has.includes(1)), notes };
}

/** A column of yes and no is one tag, named like it; any other text is a list of tags separated by , ; or |. */
function tagsOfColumn(name: string, column: Column | undefined): readonly Tag[] {
  if (column?.kind !== "coded") return [];
  const truths = column.values.map((text) => /^(true|t|yes|y|1|1\.0)$/i.test(text));
  if (column.values.every((text) => /^(true|false|t|f|yes|no|y|n|0|1|0\.0|1\.0)$/i.test(text))) {
    return [{ name: name.replace(/^(is_)?tags?[_:. ]/i, ""), has: Uint8Array.from(column.codes, (code) => (code >= 0 && truths[code] ? 1 : 0)) }];
  }
  const parts = column.values.map((text) => new Set(text.replace(/^\[|\]$/g, "").split(/[,;|]/).map((part) => part.trim().replace(/^['"]|['"]$/g, "")).filter((part) => part !== "")));
  const names = new Set(parts.flatMap((set) => [...set]));
  if (names.size > 200) return [];
  return [...names].map((tag) => ({ name: tag, has: Uint8Array.from(column.codes, (code) => (code >= 0 && parts[code]!.has(tag) ? 1 : 0)) }));
}

/** Names that an expression over rows may use: the file's columns, and label, prediction, loss, correct where the file has no such column. */
export function expressionScope(data: Prepared, predicted: Int32Array | null): { resolve: (name: { readonly key: string; readonly full: string }) => ExpressionColumn | null; names: () => Iterable<KnownName>; unknown: string } {
  const { answers } = data;
  const derived: Record<string, ExpressionColumn> = { loss: { kind: "number", get: (i) => data.loss[i]! } };
  if (answers.kind === "numbers") {
    derived["label"] = numbers(answers.actual);
    derived["prediction"] = numbers(answers.fitted);
    derived["residual"] = numbers(answers.residual);
  } else {
    const guess = predicted ?? answers.predicted;
    derived["label"] = { kind: "text", get: (i) => answers.classes[answers.truth[i]!]! };
    derived["prediction"] = { kind: "text", get: (i) => answers.classes[guess[i]!]! };
    derived["correct"] = { kind: "boolean", get: (i) => answers.truth[i] === guess[i] };
    if (answers.score) derived["probability"] = numbers(answers.score);
    const confidence = confidenceOf(answers);
    if (confidence) derived["confidence"] = numbers(confidence);
  }
  const find = (key: string): ExpressionColumn | null => {
    const column = Object.hasOwn(data.columns, key) ? data.columns[key] : undefined;
    if (column?.kind === "number") return numbers(column.values);
    if (column?.kind === "coded") return { kind: "text", get: (i) => (column.codes[i]! < 0 ? null : column.values[column.codes[i]!]!), code: (i) => column.codes[i]! };
    return Object.hasOwn(derived, key) ? derived[key]! : null;
  };
  const names = () => [...Object.keys(data.columns), ...Object.keys(derived)].map((key): KnownName => ({ entity: null, key, kind: find(key)?.kind ?? "text" }));
  return { resolve: (name) => find(name.full) ?? find(name.key), names, unknown: "This file has no column" };
}

function numbers(values: Float64Array): ExpressionColumn {
  return { kind: "number", get: (i) => (Number.isNaN(values[i]!) ? null : values[i]!) };
}

/**
 * Reference table of tags: data share, error share, rate, lift = error share / data share, and room = data share ·
 * max(0, rate − rate of the other rows). `errors` is 0/1 for classification, the loss otherwise.
 */
export function tagTable(tags: readonly Tag[], rows: Uint32Array, errors: Float64Array, counted: boolean): readonly TagRow[] {
  const n = rows.length;
  let total = 0;
  const carried = new Uint16Array(n);
  rows.forEach((row, i) => {
    total += errors[row]!;
    for (const tag of tags) carried[i]! += tag.has[row]!;
  });
  const measured = tags.map((tag) => {
    const inside = rows.filter((row) => tag.has[row] === 1);
    const outside = rows.filter((row) => tag.has[row] === 0);
    const within = Float64Array.from(inside, (row) => errors[row]!);
    const without = Float64Array.from(outside, (row) => errors[row]!);
    const sum = within.reduce((a, b) => a + b, 0);
    const p = counted ? twoProportions(sum, inside.length, total - sum, outside.length) : welch(moments(within), moments(without));
    let only = 0;
    rows.forEach((row, i) => {
      if (tag.has[row] === 1 && carried[i] === 1) only += errors[row]!;
    });
    const rest = outside.length > 0 ? (total - sum) / outside.length : Number.NaN;
    return { tag, inside, within, sum, p, only, rest };
  });
  const q = benjaminiHochberg(Float64Array.from(measured, ({ p }) => p));
  return measured
    .filter(({ inside }) => inside.length > 0)
    .map(({ tag, inside, within, sum, only, rest }): TagRow => {
      const dataShare = inside.length / n;
      const errorShare = total > 0 ? sum / total : null;
      const at = tags.indexOf(tag);
      return {
        tag: tag.name,
        n: inside.length,
        errors: sum,
        dataShare,
        errorShare,
        rate: counted ? wilson(sum, inside.length, "no rows") : meanInterval(moments(within)),
        lift: errorShare === null ? null : errorShare / dataShare,
        room: Number.isNaN(rest) ? null : dataShare * Math.max(0, sum / inside.length - rest),
        q: Number.isNaN(q[at]!) ? null : q[at]!,
        only,
      };
    })
    .sort((a, b) => (b.errorShare ?? 0) - (a.errorShare ?? 0));
}
