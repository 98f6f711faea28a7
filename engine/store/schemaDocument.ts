import type { Db } from "./connection.ts";
import { storeVersion } from "./migrations.ts";

interface Entry {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/** The text of SCHEMA.md for a migrated store. The comments in it are those of the CREATE statements. */
export function schemaDocument(db: Db): string {
  const entries = db
    .prepare<[], Entry>("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'view', rowid")
    .all();
  const block = (list: readonly Entry[]): string => list.map(({ sql }) => `\`\`\`sql\n${tidied(sql)};\n\`\`\``).join("\n\n");
  return `# The store: \`.touchstone/touchstone.db\`

Generated from the migrations by \`node engine/store/schemaDocument.test.ts --write\`; do not edit. SQLite, WAL, schema version ${storeVersion(db)}
(\`PRAGMA user_version\`). Times are UTC milliseconds. Values that may be NaN stand in \`ANY\` columns, NaN as the text \`'NaN'\`; ±Infinity are REAL.

The views are stable: other tools may read them. The tables may change with any version.

## Views

${block(entries.filter(({ type }) => type === "view"))}

## Tables

${block(entries.filter(({ type }) => type !== "view"))}
`;
}

/** SQLite writes an added column between the last one and the comma with its comment. Its own comment stands in the statement as that in front of its type. */
function tidied(sql: string): string {
  return sql.replace(/, (\w+) \/\* (.*?) \*\/ (\w+),( --.*)$/gm, (_, name: string, comment: string, type: string, before: string) => `,${before}\n  ${name} ${type}, -- ${comment}`);
}
