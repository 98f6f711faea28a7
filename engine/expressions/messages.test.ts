import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bindPredicate, bindValue } from "./bind.ts";
import { withGenerated } from "./document.ts";
import { functionTable } from "./functions.ts";
import { ExpressionError } from "./problem.ts";
import { type KnownName, scopeOf } from "./scope.ts";

const known: readonly KnownName[] = [
  { entity: "metrics", key: "val_f1", kind: "number" },
  { entity: "metrics", key: "system/cpu", kind: "number" },
  { entity: "params", key: "learning-rate", kind: "text" },
  { entity: "params", key: "model", kind: "text" },
  { entity: null, key: "start", kind: "time" },
  { entity: null, key: "title", kind: "string" },
  { entity: null, key: "hours", kind: "number" },
  { entity: null, key: "noisy", kind: "boolean" },
];

function refusal(source: string): ExpressionError {
  try {
    bindPredicate(source, scopeOf(known, false));
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`It was accepted: ${source}`);
}

/** [text, the part of it that the error points at, message, hint or suggestion] */
const refused: readonly (readonly [string, string, RegExp, RegExp?])[] = [
  ["", "", /is empty/],
  ["metrics.val_f > .9", "metrics.val_f", /no column `metrics.val_f`/, /Did you mean metrics\.val_f1\?/],
  ["val_f1 > .9", "val_f1", /no column `val_f1`/, /Did you mean metrics\.val_f1\?/],
  ["params.learning-rate < .1", "params.learning-rate", /no column `params.learning`/, /Did you mean params\.`learning-rate`\?/],
  ["metrics.system/cpu > 5", "metrics.system/cpu", /no column `metrics.system`/, /metrics\.`system\/cpu`/],
  ["metrics. > 5", "", /A name must follow `metrics\.`/],
  ["recall@5 > 1", "@", /no meaning here/, /backticks/],
  ["hours >", "", /ends too early; a name, a number or a text must follow/],
  ["hours 5", "5", /Expected `and`, `or`, an operator or the end, found `5`/],
  ["(hours > 5", "", /`\)` must follow/],
  ["title = 'gbm", "'gbm", /quote is not closed/],
  ["0 < hours < 5", "<", /cannot be chained/, /between/],
  ["title = null", "null", /Nothing equals `null`/, /is null/],
  ["title = 5", "title", /is a text; a number is needed/, /number\(title\)/],
  ["hours", "hours", /must be true or false for a row; `hours` is a number/, /hours > 0/],
  ["title and noisy", "title", /`and` combines/],
  ["noisy > true", "noisy > true", /have no order/],
  ["abss(hours) > 1", "abss", /no function `abss`/, /Did you mean abs\?/],
  ["pow(hours) > 1", "pow(hours)", /is written pow\(x, y\); it got 1 argument\./],
  ["start > 'yesterday'", "'yesterday'", /is not a time/, /ago\('2 d'\)/],
  ["start > '2026-02-30'", "'2026-02-30'", /is not a time/],
  ["start > ago(2)", "2", /takes a quoted duration/],
  ["hours in (1, 'a')", "'a'", /values of one kind/],
  ["hours in (1, hours)", "hours", /A list holds only/],
  ["title like noisy", "noisy", /a text such as '%gbm%'/],
  ['"titel" = "a"', '"titel"', /no column `titel`/, /Did you mean title/],
];

test("each mistake is told in words and points at its token", () => {
  for (const [source, part, message, advice] of refused) {
    const error = refusal(source);
    assert.match(error.message, message, source);
    assert.equal(source.slice(error.offset, error.offset + error.length), part, `${source}: ${error.message}`);
    if (advice !== undefined) assert.match(error.shape.hint ?? "", advice, source);
  }
});

test("a suggestion, put in its place, makes the expression right", () => {
  for (const source of ["metrics.val_f > .9", "params.learning-rate < .1", "metrics.system/cpu > 5", "abss(hours) > 1", "hurs > 1"]) {
    const { suggestion } = refusal(source);
    assert.ok(suggestion, source);
    const mended = source.slice(0, suggestion.offset) + suggestion.text + source.slice(suggestion.offset + suggestion.length);
    assert.doesNotThrow(() => bindPredicate(mended, scopeOf(known, false)), mended);
  }
});

test("a name that nothing has yet is a warning, not an error", () => {
  const scope = { ...scopeOf(known, false), resolve: () => ({ kind: "number", absent: true }) as const, unknown: "No run has" };
  const { warnings } = bindPredicate("metrics.val_f > 1", scope);
  assert.deepEqual(warnings.map((warning) => [warning.message, warning.offset, warning.length]), [["No run has `metrics.val_f`.", 0, 13]]);
});

test("a computed column has the kind of what it computes", () => {
  const kind = (source: string) => bindValue(source, scopeOf(known, false)).kind;
  assert.deepEqual(["hours * 2", "lower(title)", "hours > 2", "start", "params.model", "if(noisy, ago('1 d'), start)"].map(kind), ["number", "string", "boolean", "time", "text", "time"]);
});

test("the documentation's examples are right, and its list of functions current", () => {
  const document = readFileSync(new URL("../../EXPRESSIONS.md", import.meta.url), "utf8");
  const examples = (/```\n([\s\S]*?)```/.exec(document)?.[1] ?? "").trim().split("\n");
  assert.equal(examples.length, 5);
  for (const example of examples) assert.doesNotThrow(() => bindPredicate(example, scopeOf([{ entity: null, key: "start", kind: "time" }], true)), example);
  assert.equal(document, withGenerated(document, "functions", functionTable()), "run: node engine/expressions/publish.ts");
});
