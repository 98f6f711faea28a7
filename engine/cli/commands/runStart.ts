import { offlineAnswer } from "../../api/cli.ts";
import { defineCommand } from "../command.ts";
import { loggedOptions, loggedWords, offlineModule, option } from "../offline.ts";

export const command = defineCommand({
  usage: "[options]",
  options: {
    offline: { value: "DIR", about: "where the run's folder is made (default: touchstone-offline)" },
    name: { value: "NAME", about: "the run's name" },
    experiment: { value: "NAME", about: "the experiment" },
    ...loggedOptions,
  },
  schema: offlineAnswer,
  async run(call) {
    const { options } = call;
    const { code, text } = await offlineModule(call, ["run-start", ...option("--offline", options.text("offline")), ...option("--name", options.text("name")), ...option("--experiment", options.text("experiment")), ...loggedWords(options)], "answer");
    return { answer: { folder: text, exitCode: null }, exitCode: code };
  },
  print({ folder }, out) {
    out(folder);
  },
});
