import { resolve } from "node:path";
import { launchStart } from "../../api/launches.ts";
import { runsGet, runsUpdate } from "../../api/runs.ts";
import { type RunTool, wrongInput } from "../ask.ts";
import { shortId } from "../words.ts";

export const startRun: RunTool = async (input, { ask, call, folder }) => {
  const command = input.texts("command");
  const name = input.optionalText("name");
  const launch = await ask(launchStart, { command, cwd: resolve(call.cwd ?? folder), env: call.env ?? {}, from: "agent", ...(name === undefined ? {} : { name }) });
  return { text: `Started ${command.join(" ")} as run ${launch.runId}. get_run ${shortId(launch.runId)} says how it goes.`, data: { run: launch.runId, launch: launch.launchId, status: launch.status } };
};

export const tagRun: RunTool = async (input, { ask, runId }) => {
  const runIds = [...new Set(input.texts("runs").map(runId))];
  const [setTags, deleteTags] = [input.pairs("set"), input.texts("remove")];
  if (Object.keys(setTags).length + deleteTags.length === 0) throw wrongInput("Name tags in `set` or `remove`.");
  await ask(runsUpdate, { runIds, setTags, deleteTags });
  return { text: `Tags of ${runIds.length} ${runIds.length === 1 ? "run" : "runs"} are changed.`, data: { runs: runIds } };
};

export const noteRun: RunTool = async (input, { ask, runId }) => {
  const id = runId(input.text("run"));
  const given = input.text("note");
  const before = input.flag("add") ? (await ask(runsGet, { runId: id })).note : "";
  const note = before === "" ? given : `${before}\n${given}`;
  await ask(runsUpdate, { runIds: [id], note });
  return { text: `The note of ${shortId(id)} is: ${note}`, data: { run: id, note } };
};
