import { constants } from "node:os";
import { runAnswer, runEvent } from "../../api/cli.ts";
import { launchGet, launchStart } from "../../api/launches.ts";
import { userEnvironment } from "../../platform/environment.ts";
import { defineCommand, wrongUse } from "../command.ts";
import { forwardInput } from "../input.ts";
import { followLaunch } from "../follow.ts";
import { ParamChanges } from "../paramChanges.ts";
import { option, recordOffline } from "../offline.ts";

export const command = defineCommand({
  usage: "[options] -- COMMAND…",
  options: {
    name: { value: "NAME", about: "the run's name" },
    experiment: { value: "NAME", about: "the experiment (default: the script's path)" },
    resume: { value: "RUN", about: "go on with a run that ended: its id, or a beginning of it" },
    "other-script": { about: "with --resume: the run goes on with another script than its own" },
    follow: { about: "with --json: a line of JSON for each piece of the log, the answer last" },
    offline: { value: "DIR", about: "record into a folder there, without an engine; `touchstone take-in` takes it in later" },
    detach: { short: "d", about: "start it and leave; it goes on by itself" },
  },
  takesCommand: true,
  schema: runAnswer,
  lineSchema: runEvent,
  async run(call) {
    if (call.command.length === 0) throw wrongUse("What is to be run is missing.", "For example: touchstone run -- python train.py --lr 0.1");
    const [name, experiment, resume] = [call.options.text("name"), call.options.text("experiment"), call.options.text("resume")];
    for (const [word, given] of [["name", name], ["experiment", experiment]] as const) {
      if (resume !== null && given !== null) throw wrongUse(`--${word} is for a new run: one that is resumed keeps its ${word}.`, `Leave --${word} out.`);
    }
    const offline = call.options.text("offline");
    if (offline !== null) {
      const ids = await recordOffline(call, offline, resume, [...option("--name", name), ...option("--experiment", experiment)]);
      return { answer: ids.answer, exitCode: ids.exitCode };
    }
    const streams = call.json && call.options.flag("follow");
    const connection = call.engine();
    const started = await connection.request(launchStart, {
      command: call.command,
      cwd: call.cwd,
      env: userEnvironment(process.env),
      from: "cli",
      ...(process.stdout.isTTY ? { cols: process.stdout.columns, rows: process.stdout.rows } : {}),
      ...(name === null ? {} : { name }),
      ...(resume === null ? {} : { resume, otherScript: call.options.flag("other-script") }),
      ...(experiment === null ? {} : { experiment }),
    });
    const { launchId } = started;
    const ids = { runId: started.runId, launchId, experimentId: started.experimentId };
    if (streams) call.emit({ event: "started", ...ids });
    const changes = resume === null ? null : new ParamChanges(connection, call.say);
    await changes?.tell(ids.runId);
    if (call.options.flag("detach")) {
      const { status, exitCode, signal } = started;
      return { answer: { ...ids, status, exitCode, signal } };
    }
    call.ownSignals();
    const decoder = new TextDecoder();
    const stopInput = forwardInput(connection, launchId);
    try {
      // A run that goes on begins with the log of last time: that was shown then.
      await followLaunch(connection, launchId, started.logBytes, (data, offset) => {
        if (streams) call.emit({ event: "log", offset, text: decoder.decode(data, { stream: true }) });
        else call.write(data);
      });
    } finally {
      stopInput();
    }
    const { runId, experimentId, status, exitCode, signal } = await connection.request(launchGet, { launchId });
    await changes?.tell(runId);
    const answer = { runId, launchId, experimentId, status, exitCode, signal };
    if (streams) call.emit({ event: "ended", ...answer });
    return { answer: streams ? null : answer, exitCode: exitCode ?? signalExitCode(signal) };
  },
  print({ runId, status, exitCode, signal }, _out) {
    const how = signal !== null ? ` by ${signal}` : exitCode === null || exitCode === 0 ? "" : ` with exit code ${exitCode}`;
    process.stderr.write(`touchstone: run ${runId} ${status}${how}\n`);
  },
});

/** As shells do: 128 and the signal's number; 3 where nobody saw how it ended. */
function signalExitCode(signal: string | null): number {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return number === undefined ? 3 : 128 + number;
}
