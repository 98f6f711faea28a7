import { resolve } from "node:path";
import { restoreAnswer } from "../../api/cliStorage.ts";
import { restoreStore } from "../../storage/restore.ts";
import { defineCommand } from "../command.ts";
import { madeFolder } from "../madeFolder.ts";
import { counted, dateText, everySecond, sizeText } from "../text.ts";

export const command = defineCommand({
  usage: "FILE [options]",
  options: {},
  words: { min: 1, max: 1 },
  makesFolder: true,
  schema: restoreAnswer,
  async run(call) {
    const file = resolve(call.cwd, call.words[0] ?? "");
    const folder = await madeFolder(call.folder);
    const { missing, ...report } = await restoreStore(file, folder, everySecond((done, total) => call.say(`${done} of ${total} files`)));
    return { answer: { file, folder, ...report, missing: [...missing] } };
  },
  print({ folder, runs, files, bytes, created, missing }, out) {
    out(`${folder} has the store of ${dateText(created)} UTC again: ${counted(runs, "run")}, ${counted(files, "file")}, ${sizeText(bytes)}.`);
    for (const path of missing) out(`Was missing already when the backup was made: ${path}`);
  },
});
