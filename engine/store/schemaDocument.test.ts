import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openConnection } from "./connection.ts";
import { migrate } from "./migrations.ts";
import { schemaDocument } from "./schemaDocument.ts";

const path = fileURLToPath(new URL("SCHEMA.md", import.meta.url));
const db = openConnection(":memory:", "write");
migrate(db);
const current = schemaDocument(db);
if (process.argv.includes("--write")) writeFileSync(path, current);

test("SCHEMA.md is what the migrations make", () => {
  assert.equal(readFileSync(path, "utf8"), current);
});
