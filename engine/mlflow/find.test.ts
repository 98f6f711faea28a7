import assert from "node:assert/strict";
import { test } from "node:test";
import { TouchstoneError } from "../api/tokens.ts";
import { MlflowError } from "./errors.ts";
import { type FindScope, findItems } from "./find.ts";

interface Thing {
  readonly name: string;
  readonly made: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly grades?: Readonly<Record<string, readonly string[]>>;
  readonly spans?: readonly Span[];
}

interface Span {
  readonly name: string;
  readonly type: string;
}

const things: readonly Thing[] = [
  { name: "a", made: 1, tags: { stage: "prod", "my key": "x" }, metrics: { auc: 0.5 } },
  { name: "B", made: 2, tags: { stage: "test" }, metrics: { auc: Number.NaN }, grades: { good: ["yes"] }, spans: [{ name: "ask", type: "TOOL" }] },
  { name: "c", made: 3, tags: {}, metrics: { auc: 0.9 }, grades: { good: ["yes", "no"], score: ["0.2", "0.9"] }, spans: [{ name: "ask", type: "LLM" }, { name: "look", type: "TOOL" }] },
  { name: "d", made: 3, tags: { stage: "Prod" }, metrics: {} },
];

const scope: FindScope<Thing, Span> = {
  what: "A thing",
  attributes: {
    name: { kind: "string", get: ({ name }) => name },
    creation_time: { kind: "time", get: ({ made }) => made },
    source: { kind: "string", get: () => null, unordered: true },
  },
  entities: {
    tags: { kind: "text", get: ({ tags }, key) => tags[key] ?? null },
    metrics: { kind: "number", get: ({ metrics }, key) => metrics[key] ?? null },
    issue: { kind: "text", get: ({ name }) => name, keys: ["id"], unordered: true },
    feedback: { kind: "text", get: ({ grades }, key) => grades?.[key]?.[0] ?? null, each: ({ grades }, key) => grades?.[key] ?? [] },
  },
  parts: { entity: "span", of: ({ spans }) => spans ?? [], get: (span, key) => (key === "name" ? span.name : key === "type" ? span.type : null) },
  aliases: { tag: "tags", metric: "metrics", attribute: "attributes" },
  order: ["creation_time DESC", "name ASC"],
};

const find = (filter: string, ...orderBy: string[]): string => findItems(things, scope, { filter, orderBy }).map(({ name }) => name).join("");

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof MlflowError || error instanceof TouchstoneError) return error.message;
    throw error;
  }
  return assert.fail("nothing was thrown");
}

test("attributes, entities and their aliases are found by the one grammar; a missing key passes no test but IS NULL", () => {
  assert.equal(find("name = 'a'"), "a");
  assert.equal(find("attribute.name ILIKE 'b'"), "B");
  assert.equal(find("tags.stage != 'prod'", "name"), "Bd");
  assert.equal(find("tag.`my key` = 'x' AND metrics.auc > 0.1"), "a");
  assert.equal(find('tags."my key" IS NOT NULL'), "a");
  assert.equal(find("tags.stage IS NULL"), "c");
  assert.equal(find("metric.auc != 0.5", "name"), "Bc");
  assert.equal(find("name IN ('a', 'c')", "name"), "ac");
  assert.equal(find("name NOT IN ('a', 'c')", "name"), "Bd");
  assert.equal(find("name RLIKE '^[a-c]$'", "name"), "ac");
  assert.equal(find("creation_time >= 3 or tags.stage = 'prod'"), "cda");
});

test("of several values one must pass each test; of things inside one must pass all of them", () => {
  assert.equal(find("feedback.good = 'yes'", "name"), "Bc");
  assert.equal(find("feedback.good != 'yes'"), "c");
  assert.equal(find("feedback.good NOT IN ('yes')"), "c");
  assert.equal(find("feedback.good IS NULL", "name"), "ad");
  assert.equal(find("not (feedback.good = 'no')"), "B");
  assert.equal(find("feedback.score > 0.5 and feedback.score < 0.5"), "c");
  assert.equal(find("span.name = 'ask' AND span.type = 'TOOL'"), "B");
  assert.equal(find("span.name LIKE '%o%' OR name = 'a'", "name"), "ac");
});

test("the order: as asked, NaN then missing last in both directions, the rest newest first", () => {
  assert.equal(find(""), "cdBa");
  assert.equal(find("", "metrics.auc"), "acBd");
  assert.equal(find("", "metrics.auc DESC"), "caBd");
  // Upper case stands before lower case, as SQLite orders bytes.
  assert.equal(find("", "name"), "Bacd");
  assert.equal(find("", "attribute.creation_time desc", "name DESC"), "dcBa");
  assert.equal(find("", "tags.stage"), "daBc");
});

test("what cannot be is named in MLflow's words", () => {
  assert.match(messageOf(() => find("", "name", "attribute.name desc")), /`order_by` contains duplicate fields: \['name', 'attribute.name desc'\]/);
  assert.match(messageOf(() => find("", "name sideways")), /Invalid ordering key in order_by clause 'name sideways'/);
  assert.match(messageOf(() => find("", "name asc desc")), /Invalid order_by clause 'name asc desc'. Could not be parsed/);
  assert.match(messageOf(() => find("", "source")), /Invalid attribute key 'source' specified. Valid keys are '\{'name', 'creation_time'\}'/);
  assert.match(messageOf(() => find("", "issue.id")), /Invalid order_by entity: issue/);
  assert.match(messageOf(() => find("nam = 'a'")), /Invalid attribute key 'nam' specified. Valid keys are '\{'name', 'creation_time', 'source'\}'/);
  assert.match(messageOf(() => find("modal.name = 'a'")), /Invalid entity type 'modal'. Valid values are \[/);
  assert.match(messageOf(() => find("issue.size = 'a'")), /Invalid issue key 'size' specified/);
  const refused: readonly (readonly [string, RegExp])[] = [
    ["metrics.auc > 'a'", /Expected numeric value type for metric. Found 'a'/],
    ["creation_time > 'soon'", /Expected numeric value type for numeric attribute: creation_time. Found 'soon'/],
    ["name = 5", /Expected a quoted string value for attributes. Got value 5/],
    ["name > 'a'", /Invalid comparator '>' not one of/],
    ["tags.stage <= 'a'", /Invalid comparator '<=' not one of/],
    ["metrics.auc LIKE 'a'", /Expected numeric value type for metric. Found 'a'/],
    ["name IN ()", /expected a non-empty list of string values, but got empty list/],
    ["name IN (1, 'a')", /While parsing a list in the query, expected string value.*got different type in list: \(1, 'a'\)/],
    ["metrics.auc", /Invalid clause\(s\) in filter string: 'metrics.auc'/],
    ["name = 'a' name = 'b'", /Invalid clause\(s\) in filter string: 'name'/],
    ["name = 'a' AND", /Invalid clause\(s\) in filter string: 'name = 'a' AND'. The expression ends too early/],
    ["name = ''a'", /Invalid clause\(s\) in filter string: 'a'/],
    ["name RLIKE '(?=a)'", /Invalid clause\(s\) in filter string: ''\(\?=a\)''.*in one pass/],
    ["size(name) > 5", /Invalid clause\(s\) in filter string: 'size'. There is no function `size`/],
  ];
  for (const [filter, message] of refused) assert.match(messageOf(() => find(filter)), message, filter);
});
