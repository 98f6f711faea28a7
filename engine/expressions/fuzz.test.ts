import assert from "node:assert/strict";
import { test } from "node:test";
import { complete } from "./complete.ts";
import { bindValue } from "./bind.ts";
import { ExpressionError } from "./problem.ts";
import { randomExpression, seeded } from "./random.fixture.ts";
import { scopeOf } from "./scope.ts";
import { predicateSql } from "./sql.ts";

const rounds = process.env["TOUCHSTONE_LONG"] === "1" ? 200_000 : 2_000;
const scope = scopeOf([{ entity: null, key: "n", kind: "number" }, { entity: "params", key: "a-b", kind: "text", values: ["it's"] }], true);
const pieces = ["(", ")", "'", '"', "`", ".", ",", "not ", "and ", "in (", "like '", "between ", "is null", "n", "params.", "metrics.x", "1e", "5", "-", "/", "%", "=", "<", "!", "|", "@", "\\", "\n", "é", "😀", "\ud83d", "\u0000", "abs(", "if(", "min(", "ago('", "null", "$1", "--", ";", "constructor", "__proto__"];

/** A right expression with a few pieces cut, doubled or put in; or pieces alone. */
function mutated(random: () => number): string {
  let text = random() < 0.3 ? "" : randomExpression(random);
  for (let changes = Math.floor(random() * 12); changes >= 0; changes--) {
    const at = Math.floor(random() * (text.length + 1));
    const piece = pieces[Math.floor(random() * pieces.length)] ?? "";
    text = random() < 0.3 ? text.slice(0, at) + text.slice(at + 3) : text.slice(0, at) + piece + text.slice(at);
  }
  return text;
}

function onlyOwnErrors(source: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ExpressionError, `${JSON.stringify(source)} threw ${String(error)}`);
    assert.ok(error.offset >= 0 && error.length >= 0 && error.offset + error.length <= source.length, `${JSON.stringify(source)}: ${error.offset}+${error.length}`);
  }
}

test("whatever is typed, only the grammar's own error comes out, and it points into the text", () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = seeded(seed);
    const source = mutated(random);
    onlyOwnErrors(source, () => bindValue(source, scope));
    onlyOwnErrors(source, () => predicateSql(source, { resolve: (name) => ({ kind: "text", sql: `c${name.key.length}` }) }));
    const cursor = Math.floor(random() * (source.length + 1));
    for (const item of complete(source, cursor, scope)) assert.ok(item.offset >= 0 && item.offset <= cursor && item.offset + item.length <= source.length, source);
  }
});

test("hostile lengths and depths are refused, not run out of stack", () => {
  const deep = [
    "(".repeat(9_000), "not ".repeat(2_400), "-".repeat(9_999), "!".repeat(9_999), "abs(".repeat(2_400), `${"1+".repeat(4_900)}1 > 2`,
    `${"min(n,n,".repeat(90)}n${")".repeat(90)} > 1`, "a".repeat(1_000_000), `${"n > 1 and ".repeat(900)}n > 1`, "`".repeat(9_999), "a.".repeat(4_900),
  ];
  for (const source of deep) onlyOwnErrors(source, () => predicateSql(source, { resolve: () => ({ kind: "number", sql: "c" }) }));
});

test("no text of the person reaches SQL", () => {
  const hostile = ["'; DROP TABLE t; --'", '"x"" OR 1=1"', "`a\"; DROP`"];
  for (const text of hostile) {
    for (const source of [`s = ${text}`, `lower(${text}) like '%'`, `${text} in ('DROP')`, `s like ${text}`]) {
      onlyOwnErrors(source, () => {
        const { sql } = predicateSql(source, { resolve: () => ({ kind: "string", sql: "c" }) });
        assert.doesNotMatch(sql, /DROP|--|1=1/, source);
      });
    }
  }
});
