import assert from "node:assert/strict";
import { test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { type Column, compilePredicate } from "./evaluate.ts";
import { naiveTruth, type Row } from "./naive.fixture.ts";
import { parse } from "./parser.ts";
import { columnKinds, randomCells, randomExpression, seeded } from "./random.fixture.ts";
import type { Scope } from "./scope.ts";
import { predicateSql, type SqlColumn } from "./sql.ts";

const long = process.env["TOUCHSTONE_LONG"] === "1";
const expressions = long ? 5_000 : 400;
const rows = 60;

type Cells = ReturnType<typeof randomCells>;

function memory(table: readonly Cells[]): Scope<Column> {
  const dictionary: string[] = [];
  const codes = table.map((row) => {
    const value = row["params.p"];
    if (value === null) return -1;
    if (!dictionary.includes(value)) dictionary.push(value);
    return dictionary.indexOf(value);
  });
  const columns: Readonly<Record<string, Column>> = {
    n: { kind: "number", get: (row) => table[row]?.n ?? null },
    m: { kind: "number", get: (row) => table[row]?.m ?? null },
    s: { kind: "string", get: (row) => table[row]?.s ?? null },
    "a b": { kind: "string", get: (row) => table[row]?.["a b"] ?? null },
    "params.p": { kind: "text", get: (row) => table[row]?.["params.p"] ?? null, code: (row) => codes[row] ?? -1 },
    b: { kind: "boolean", get: (row) => table[row]?.b ?? null },
    t: { kind: "time", get: (row) => table[row]?.t ?? null },
  };
  return { resolve: (name) => columns[name.full] ?? null };
}

const sqlScope: Scope<SqlColumn> = {
  resolve: (name) => {
    const kind = Object.entries(columnKinds).find(([column]) => column === name.full)?.[1];
    return kind === undefined ? null : { kind, sql: `"${name.full}"` };
  },
};

function asRow(cells: Cells): Row {
  return { ...cells, "params.p": { param: cells["params.p"] } };
}

test("closures over columns answer what the naive evaluator answers, row by row", () => {
  for (let seed = 1; seed <= expressions; seed++) {
    const random = seeded(seed);
    const table = Array.from({ length: rows }, () => randomCells(random));
    const source = randomExpression(random);
    const ast = parse(source);
    const predicate = compilePredicate(source, memory(table));
    for (const [index, cells] of table.entries()) {
      const expected = naiveTruth(ast, asRow(cells));
      assert.equal(predicate.truth(index), expected, `seed ${seed}, row ${JSON.stringify(cells)}: ${source}`);
      assert.equal(predicate.test(index), expected === true);
    }
  }
});

test("DuckDB answers what closures over columns answer, missing values and NaN included", async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const random = seeded(4);
  const table = Array.from({ length: 200 }, () => randomCells(random));
  await connection.run('CREATE TABLE t (i INTEGER, n DOUBLE, m DOUBLE, s VARCHAR, "a b" VARCHAR, "params.p" VARCHAR, b BOOLEAN, t DOUBLE)');
  const appender = await connection.createAppender("t");
  for (const [index, row] of table.entries()) {
    appender.appendInteger(index);
    for (const value of [row.n, row.m]) value === null ? appender.appendNull() : appender.appendDouble(value);
    for (const value of [row.s, row["a b"], row["params.p"]]) value === null ? appender.appendNull() : appender.appendVarchar(value);
    row.b === null ? appender.appendNull() : appender.appendBoolean(row.b);
    row.t === null ? appender.appendNull() : appender.appendDouble(row.t);
    appender.endRow();
  }
  appender.closeSync();
  const scope = memory(table);
  for (let seed = 1; seed <= expressions / 4; seed++) {
    const source = randomExpression(seeded(seed * 7919));
    const { sql, params } = predicateSql(source, sqlScope);
    const result = await connection.runAndReadAll(`SELECT ${sql} FROM t ORDER BY i`, [...params]);
    const predicate = compilePredicate(source, scope);
    for (const [index, [answer]] of result.getRows().entries()) {
      assert.equal(answer, predicate.truth(index), `seed ${seed}, row ${JSON.stringify(table[index])}: ${source}\n${sql}`);
    }
  }
  connection.closeSync();
});
