import { resolve } from "node:path";
import { openAnswer } from "../../api/cliStorage.ts";
import { openBundle } from "../../api/connect.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../text.ts";

/** So many of what could not be read are named. */
const NAMED = 20;

export const command = defineCommand({
  usage: "BUNDLE [options]",
  options: {},
  words: { min: 1, max: 1 },
  schema: openAnswer,
  async run(call) {
    const [word = ""] = call.words;
    const { folder, name, file, runs, problems } = await openBundle(resolve(call.cwd, word), {
      signal: call.signal,
      onProgress: ({ done, total, unit }) => call.say(`${done}${total === null ? "" : ` of ${total}`} ${unit}`),
    });
    return { answer: { folder, name, file, runs, problems: [...problems] } };
  },
  print({ folder, name, runs, problems }, out) {
    out(`${name} is opened for reading: ${counted(runs, "run")}. Nothing was written where it lies.`);
    out(`touchstone runs --folder ${/^[\w./~-]+$/.test(folder) ? folder : JSON.stringify(folder)}`);
    out("lists them; so do the other commands that read. In the editor, a double click on the file shows them.");
    for (const { file, line, reason } of problems.slice(0, NAMED)) out(`  not read: ${file}${line === undefined ? "" : `:${line}`}: ${reason}`);
    if (problems.length > NAMED) out(`  and ${problems.length - NAMED} more`);
  },
});
