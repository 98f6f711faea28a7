import { writeFileSync } from "node:fs";
import { publishedSchema } from "./schema.ts";

// Run after a change of schema.ts: `node engine/config/publish.ts`. A test tells when it was forgotten.
writeFileSync(new URL("../../media/touchstone.schema.json", import.meta.url), publishedSchema());
