import { errorAnswer, schemaAnswer } from "../../api/cli.ts";
import { defineCommand, wrongUse } from "../command.ts";
import { commands } from "../registry.ts";

export const command = defineCommand({
  usage: "[COMMAND] [options]",
  options: {},
  words: { min: 0, max: 2 },
  schema: schemaAnswer,
  async run({ words }) {
    const wanted = words.join(" ");
    const listed = commands.filter(({ name }) => wanted === "" || name === wanted);
    if (listed.length === 0) throw wrongUse(`There is no command \`${wanted}\`.`, `Commands: ${commands.map(({ name }) => name).join(", ")}.`);
    const schemas: Record<string, unknown> = {};
    for (const { name, load } of listed) {
      const { command: found } = await load();
      schemas[name] = { $schema: "https://json-schema.org/draft/2020-12/schema", title: `touchstone ${name} --json`, ...found.schema };
      if (found.lineSchema !== undefined) schemas[`${name} --follow`] = { title: `a line of touchstone ${name} --json --follow`, ...found.lineSchema };
    }
    if (wanted === "") schemas["error"] = { title: "what any command prints when it fails", ...errorAnswer };
    return { answer: { commands: schemas } };
  },
  print({ commands: schemas }, out) {
    const all = Object.values(schemas);
    out(JSON.stringify(all.length === 1 ? all[0] : schemas, null, 2));
  },
});
