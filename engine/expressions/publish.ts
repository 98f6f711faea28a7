import { readFileSync, writeFileSync } from "node:fs";
import { withGenerated } from "./document.ts";
import { functionTable } from "./functions.ts";

// Run after a change of functions.ts: `node engine/expressions/publish.ts`. A test tells when it was forgotten.
const file = new URL("../../EXPRESSIONS.md", import.meta.url);
writeFileSync(file, withGenerated(readFileSync(file, "utf8"), "functions", functionTable()));
