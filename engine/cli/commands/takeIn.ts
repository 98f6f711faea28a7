import { resolve } from "node:path";
import { takeInAnswer } from "../../api/cli.ts";
import { offlineTakeIn } from "../../api/offline.ts";
import { defineCommand } from "../command.ts";

export const command = defineCommand({
  usage: "DIR [options]",
  options: {},
  words: { min: 1, max: 1 },
  schema: takeInAnswer,
  async run(call) {
    const { taken, problems } = await call.engine().request(offlineTakeIn, { path: resolve(call.cwd, call.words[0] ?? "") }, { signal: call.signal });
    return { answer: { runs: [...taken], problems: [...problems] }, exitCode: problems.length > 0 ? 1 : 0 };
  },
  print({ runs, problems }, out) {
    if (runs.length === 0 && problems.length === 0) out("There is no run in this folder that was recorded offline.");
    for (const { runId, status, changed } of runs) out(`${runId} ${status}${changed ? "" : " (was here already)"}`);
    for (const { file, reason } of problems) process.stderr.write(`${file}: ${reason}\n`);
  },
});
