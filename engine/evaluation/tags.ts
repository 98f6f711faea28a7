import type { TagRow } from "../api/evaluation.ts";
import { compilePredicate, type Column as ExpressionColumn } from "../expressions/evaluate.ts";
import type { KnownName } from "../expressions/scope.ts";
import { benjaminiHochberg } from "../statistics/benjaminiHochberg.ts";
import { meanInterval, Running } from "../statistics/mean.ts";
import { twoProportions } from "../statistics/proportions.ts";
import { welch } from "../statistics/welch.ts";
import { wilson } from "../statistics/wilson.ts";
import type { Codes, Column, NumberReader } from "../tables/columns.ts";
import { residualOf, type Prepared } from "./prepared.ts";
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
export function collectTags(data: Prepared, rules: readonly TagRule[], predicted: Codes | null): { readonly tags: readonly Tag[]; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const tags = rules.flatMap((rule): Tag[] => {
    try {
      const { test } = compilePredicate(rule.where, expressionScope(data, predicted));
      return [{ name: rule.name, has: marks(data.n, test) }];
    } catch (cause) {
      notes.push(`The tag “${rule.name}” does not fit this file: ${cause instanceof Error ? cause.message : String(cause)}`);
      return [];
    }
  });
  const columns = data.mapping.columns.filter(({ role }) => role === "tag").flatMap(({ column }) => tagsOfColumn(column, data.columns[column]));
  for (const tag of tags) if (!tag.has.includes(1)) notes.push(`The tag “${tag.name}” holds no row of this file.`);
  return { tags: [...tags, ...columns].filter((tag) => tag.has.includes(1)), notes };
}

/** A column of yes and no is one tag, named like it; any other text is a list of tags separated by , ; or |. */
function tagsOfColumn(name: string, column: Column | undefined): readonly Tag[] {
  if (column?.kind !== "coded") return [];
  const truths = column.values.map((text) => /^(true|t|yes|y|1|1\.0)$/i.test(text));
  if (column.values.every((text) => /^(true|false|t|f|yes|no|y|n|0|1|0\.0|1\.0)$/i.test(text))) {
    return [{ name: name.replace(/^(is_)?tags?[_:. ]/i, ""), has: marks(column.codes.length, (row) => truths[column.codes[row]!] === true) }];
  }
  const parts = column.values.map((text) => new Set(text.replace(/^\[|\]$/g, "").split(/[,;|]/).map((part) => part.trim().replace(/^['"]|['"]$/g, "")).filter((part) => part !== "")));
  const names = new Set(parts.flatMap((set) => [...set]));
  if (names.size > 200) return [];
  return [...names].map((tag) => ({ name: tag, has: marks(column.codes.length, (row) => parts[column.codes[row]!]?.has(tag) === true) }));
}

function marks(n: number, has: (row: number) => boolean): Uint8Array {
  const result = new Uint8Array(n);
  for (let row = 0; row < n; row++) if (has(row)) result[row] = 1;
  return result;
}

/** Names that an expression over rows may use: the file's columns, and label, prediction, loss, correct where the file has no such column. */
export function expressionScope(data: Prepared, predicted: Codes | null): { resolve: (name: { readonly key: string; readonly full: string }) => ExpressionColumn | null; names: () => Iterable<KnownName>; unknown: string } {
  const { answers } = data;
  const derived: Record<string, ExpressionColumn> = { loss: { kind: "number", get: (i) => data.loss.at(i) } };
  if (answers.kind === "numbers") {
    derived["label"] = numbers(answers.actual);
    derived["prediction"] = numbers(answers.fitted);
    derived["residual"] = numbers(residualOf(answers));
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
    if (column?.kind === "number") return numbers(column);
    if (column?.kind === "coded") return { kind: "text", get: (i) => (column.codes[i]! < 0 ? null : column.values[column.codes[i]!]!), code: (i) => column.codes[i]! };
    return Object.hasOwn(derived, key) ? derived[key]! : null;
  };
  const names = () => [...Object.keys(data.columns), ...Object.keys(derived)].map((key): KnownName => ({ entity: null, key, kind: find(key)?.kind ?? "text" }));
  return { resolve: (name) => find(name.full) ?? find(name.key), names, unknown: "This file has no column" };
}

function numbers(values: NumberReader): ExpressionColumn {
  return {
    kind: "number",
    get: (i) => {
      const value = values.at(i);
      return Number.isNaN(value) ? null : value;
    },
  };
}

/**
 * Reference table of tags: data share, error share, rate, lift = error share / data share, and room = data share ·
 * max(0, rate − rate of the other rows). `errors` is 0/1 for classification, the loss otherwise.
 */
export function tagTable(tags: readonly Tag[], errors: Uint8Array | Float64Array, counted: boolean): readonly TagRow[] {
  const n = errors.length;
  let total = 0;
  const carried = new Uint16Array(n);
  for (let row = 0; row < n; row++) {
    total += errors[row]!;
    for (const tag of tags) carried[row]! += tag.has[row]!;
  }
  const measured = tags.map((tag) => {
    const inside = new Running();
    const outside = new Running();
    let only = 0;
    for (let row = 0; row < n; row++) {
      const error = errors[row]!;
      (tag.has[row] === 1 ? inside : outside).add(error);
      if (tag.has[row] === 1 && carried[row] === 1) only += error;
    }
    const { sum } = inside;
    const p = counted ? twoProportions(sum, inside.n, total - sum, outside.n) : welch(inside.moments, outside.moments);
    return { tag, inside, sum, p, only, rest: outside.n > 0 ? (total - sum) / outside.n : Number.NaN };
  });
  const q = benjaminiHochberg(Float64Array.from(measured, ({ p }) => p));
  return measured
    .filter(({ inside }) => inside.n > 0)
    .map(({ tag, inside, sum, only, rest }): TagRow => {
      const dataShare = inside.n / n;
      const errorShare = total > 0 ? sum / total : null;
      const at = tags.indexOf(tag);
      return {
        tag: tag.name,
        n: inside.n,
        errors: sum,
        dataShare,
        errorShare,
        rate: counted ? wilson(sum, inside.n, "no rows") : meanInterval(inside.moments),
        lift: errorShare === null ? null : errorShare / dataShare,
        room: Number.isNaN(rest) ? null : dataShare * Math.max(0, sum / inside.n - rest),
        q: Number.isNaN(q[at]!) ? null : q[at]!,
        only,
      };
    })
    .sort((a, b) => (b.errorShare ?? 0) - (a.errorShare ?? 0));
}
