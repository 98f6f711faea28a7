import assert from "node:assert/strict";
import { test } from "node:test";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { type Column, compilePredicate, compileValue } from "./evaluate.ts";
import { functions } from "./functions.ts";
import { naiveTruth, type Row } from "./naive.fixture.ts";
import { parse } from "./parser.ts";
import { columnKinds, randomCells, randomExpression, seeded } from "./random.fixture.ts";
import type { Scope } from "./scope.ts";
import { predicateSql, type SqlColumn, valueSql } from "./sql.ts";

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

/** The rows as a DuckDB table `t`. */
async function tableOf(table: readonly Cells[]): Promise<DuckDBConnection> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run('CREATE TABLE t (i INTEGER, n DOUBLE, m DOUBLE, s VARCHAR, "a b" VARCHAR, "params.p" VARCHAR, b BOOLEAN, t DOUBLE)');
  const appender = await connection.createAppender("t");
  const orNull = <T>(value: T | null, append: (value: T) => void): void => (value === null ? appender.appendNull() : append(value));
  for (const [index, row] of table.entries()) {
    appender.appendInteger(index);
    for (const value of [row.n, row.m]) orNull(value, (number) => appender.appendDouble(number));
    for (const value of [row.s, row["a b"], row["params.p"]]) orNull(value, (text) => appender.appendVarchar(text));
    orNull(row.b, (truth) => appender.appendBoolean(truth));
    orNull(row.t, (time) => appender.appendDouble(time));
    appender.endRow();
  }
  appender.closeSync();
  return connection;
}

test("DuckDB answers what closures over columns answer, missing values and NaN included", async () => {
  const random = seeded(4);
  const table = Array.from({ length: 200 }, () => randomCells(random));
  const connection = await tableOf(table);
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

test("every listed function gives the same in memory and in DuckDB", async () => {
  const random = seeded(5);
  const table = Array.from({ length: 200 }, () => randomCells(random));
  const connection = await tableOf(table);
  const twoArguments = new Set(["pow", "contains", "startswith", "endswith", "min", "max", "coalesce"]);
  for (const name of functions.keys()) {
    if (name === "now" || name === "ago") continue;
    const takesText = ["number", "lower", "trim", "length", "contains", "startswith", "endswith"].includes(name);
    const takesTime = ["year", "month", "day", "weekday", "hour"].includes(name);
    const argument = takesText ? "s" : takesTime ? "t" : "n";
    const more = name === "if" ? ", m, t" : twoArguments.has(name) ? (takesText ? ", `a b`" : ", m") : "";
    const source = `${name}(${name === "if" ? "b" : argument}${more})`;
    const { sql, params } = valueSql(source, sqlScope);
    const { get } = compileValue(source, memory(table));
    const rows = (await connection.runAndReadAll(`SELECT ${sql} FROM t ORDER BY i`, [...params])).getRows();
    for (const [index, [answer]] of rows.entries()) {
      const expected = get(index);
      const close = typeof answer === "number" && typeof expected === "number" && Math.abs(answer - expected) <= Math.abs(expected) * 1e-14;
      // Object.is: NaN is itself; ===: −0 is 0.
      if (!close) assert.equal(Object.is(answer, expected) || answer === expected, true, `${source}, row ${JSON.stringify(table[index])}: DuckDB ${String(answer)}, memory ${String(expected)}\n${sql}`);
    }
  }
  connection.closeSync();
});
