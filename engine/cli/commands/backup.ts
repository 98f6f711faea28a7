import { resolve } from "node:path";
import { backupAnswer } from "../../api/cliStorage.ts";
import { storeFolderOf } from "../../api/connect.ts";
import { OWN_VERSION } from "../../life/version.ts";
import { backUpStore } from "../../storage/backup.ts";
import { defineCommand } from "../command.ts";
import { everySecond, sizeText } from "../text.ts";

export const command = defineCommand({
  usage: "FILE [options]",
  options: { "artifact-root": { value: "DIR", about: "where `serve --artifact-root` keeps artifacts (default: in the store)" } },
  words: { min: 1, max: 1 },
  needsStore: true,
  schema: backupAnswer,
  async run(call) {
    const file = resolve(call.cwd, call.words[0] ?? "");
    const folder = storeFolderOf(call.folder);
    const root = call.options.text("artifact-root");
    const progress = everySecond((done, total) => call.say(`${done} of ${total} files`));
    const { missing, ...report } = await backUpStore({ folder, file, artifactRoot: root === null ? null : resolve(call.cwd, root), version: OWN_VERSION.version, progress });
    return { answer: { file, folder, ...report, missing: [...missing] }, exitCode: missing.length === 0 ? 0 : 1 };
  },
  print({ file, runs, files, bytes, missing }, out) {
    out(`${file}: ${runs} run${runs === 1 ? "" : "s"}, ${files} files, ${sizeText(bytes)}.`);
    for (const path of missing) out(`Missing in the store: ${path}`);
  },
});
