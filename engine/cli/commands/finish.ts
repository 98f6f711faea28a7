import { offlineAnswer } from "../../api/cli.ts";
import { defineCommand, wrongUse } from "../command.ts";
import { offlineModule } from "../offline.ts";

export const command = defineCommand({
  usage: "[options]",
  options: {
    run: { value: "DIR", about: "what run-start printed (default: TOUCHSTONE_OFFLINE_RUN)" },
    "exit-code": { value: "N", about: "how the pipeline ended: 0 (default) counts as finished" },
  },
  schema: offlineAnswer,
  async run(call) {
    const folder = call.options.text("run") ?? process.env["TOUCHSTONE_OFFLINE_RUN"];
    if (folder === undefined) throw wrongUse("Which run is meant is missing.", "Give what `touchstone run-start` printed with --run, or in TOUCHSTONE_OFFLINE_RUN.");
    const exitCode = call.options.integer("exit-code", 0, 255) ?? 0;
    const { code } = await offlineModule(call, ["finish", `--run=${folder}`, `--exit-code=${exitCode}`], "answer");
    return { answer: { folder, exitCode }, exitCode: code };
  },
  print() {
    // A pipeline wants no word of it.
  },
});
