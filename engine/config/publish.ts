import { readFileSync, writeFileSync } from "node:fs";
import { withGenerated } from "../expressions/document.ts";
import { seedTable } from "../runs/seeds.ts";
import { directionTable } from "./directions.ts";
import { publishedSchema } from "./schema.ts";

// Run after a change of schema.ts or directions.ts: `node engine/config/publish.ts`. A test tells when it was forgotten.
writeFileSync(new URL("../../media/touchstone.schema.json", import.meta.url), publishedSchema());
const file = new URL("../../TOUCHSTONE-YAML.md", import.meta.url);
writeFileSync(file, withGenerated(withGenerated(readFileSync(file, "utf8"), "directions", directionTable()), "seeds", seedTable()));
