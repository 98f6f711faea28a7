import { offlineAnswer } from "../../api/cli.ts";
import { defineCommand, wrongUse } from "../command.ts";
import { loggedOptions, loggedWords, offlineModule, option } from "../offline.ts";

export const command = defineCommand({
  usage: "[options] [KEY=NUMBER…]",
  options: {
    run: { value: "DIR", about: "what run-start printed (default: TOUCHSTONE_OFFLINE_RUN)" },
    step: { value: "N", about: "the step that the numbers belong to" },
    ...loggedOptions,
  },
  words: { min: 0, max: 1000 },
  schema: offlineAnswer,
  async run(call) {
    const folder = call.options.text("run") ?? process.env["TOUCHSTONE_OFFLINE_RUN"];
    if (folder === undefined) throw wrongUse("Which run is meant is missing.", "Give what `touchstone run-start` printed with --run, or in TOUCHSTONE_OFFLINE_RUN.");
    const { code } = await offlineModule(call, ["log", `--run=${folder}`, ...option("--step", call.options.text("step")), ...loggedWords(call.options), "--", ...call.words], "answer");
    return { answer: { folder, exitCode: null }, exitCode: code };
  },
  print() {
    // A pipeline wants no word of it.
  },
});
