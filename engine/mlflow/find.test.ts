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
}

const things: readonly Thing[] = [
  { name: "a", made: 1, tags: { stage: "prod", "my key": "x" }, metrics: { auc: 0.5 } },
  { name: "B", made: 2, tags: { stage: "test" }, metrics: { auc: Number.NaN } },
  { name: "c", made: 3, tags: {}, metrics: { auc: 0.9 } },
  { name: "d", made: 3, tags: { stage: "Prod" }, metrics: {} },
];

const scope: FindScope<Thing> = {
  what: "A thing",
  attributes: {
    name: { kind: "string", get: ({ name }) => name },
    creation_time: { kind: "time", get: ({ made }) => made },
    source: { kind: "string", get: () => null, unordered: true },
  },
  entities: {
    tags: { kind: "text", get: ({ tags }, key) => tags[key] ?? null },
    metrics: { kind: "number", get: ({ metrics }, key) => metrics[key] ?? null },
    span: { kind: "text", get: ({ name }) => name, keys: ["name"], unordered: true },
  },
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
  assert.equal(find("span.name LIKE 'a%'"), "a");
  assert.equal(find("creation_time >= 3 or tags.stage = 'prod'"), "cda");
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
  assert.match(messageOf(() => find("", "name sideways")), /Invalid ordering key in order_by clause 'name sideways'.*`sideways`/);
  assert.match(messageOf(() => find("", "name asc desc")), /Invalid order_by clause 'name asc desc'. Could not be parsed/);
  assert.match(messageOf(() => find("", "source")), /Invalid attribute key 'source' specified. Valid keys are '\{'name', 'creation_time'\}'/);
  assert.match(messageOf(() => find("", "span.name")), /Invalid order_by entity: span/);
  assert.match(messageOf(() => find("nam = 'a'")), /Invalid attribute key 'nam' specified. Valid keys are '\{'name', 'creation_time', 'source'\}'/);
  assert.match(messageOf(() => find("modal.name = 'a'")), /Invalid entity type 'modal'. Valid values are \[/);
  assert.match(messageOf(() => find("span.size = 'a'")), /Invalid span key 'size' specified/);
});
