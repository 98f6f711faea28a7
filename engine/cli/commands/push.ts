import { pushAnswer } from "../../api/cliExport.ts";
import { remotePush, type PushCount, type RemoteAddress } from "../../api/remote.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { chosenRuns, runOptions } from "../chosenRuns.ts";
import { defineCommand, wrongUse } from "../command.ts";

const CREDENTIALS = "Give the server's token in the environment as TOUCHSTONE_REMOTE_TOKEN, or a user in TOUCHSTONE_REMOTE_USERNAME and the password in TOUCHSTONE_REMOTE_PASSWORD.";

export const command = defineCommand({
  usage: "URI [options]",
  options: runOptions,
  words: { min: 1, max: 1 },
  needsStore: true,
  schema: pushAnswer,
  async run(call) {
    const runIds = await chosenRuns(call);
    if (runIds.length === 0) throw wrongUse("No run fits, so there is nothing to send.");
    // Credentials are no arguments: those are seen in the list of processes. MLflow's own variables are those of this folder's store in a tracked shell.
    const { TOUCHSTONE_REMOTE_USERNAME: username, TOUCHSTONE_REMOTE_PASSWORD: password, TOUCHSTONE_REMOTE_TOKEN: token } = process.env;
    const address: RemoteAddress = { uri: call.words[0] ?? "", ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }), ...(token === undefined ? {} : { token }) };
    const answer = await call.engine().request(remotePush, { runIds, address }, { signal: call.signal, onProgress: ({ done, total }) => call.say(`${done} of ${total ?? "?"} runs`) }).catch((error: unknown) => {
      // The engine's hint is about connecting in the editor.
      throw error instanceof TouchstoneError && error.shape.code === "REMOTE_REFUSED" ? new TouchstoneError({ ...error.shape, hint: CREDENTIALS }) : error;
    });
    return { answer: { ...answer, models: { ...answer.models }, versions: { ...answer.versions }, traces: { ...answer.traces }, failed: answer.failed.map((one) => ({ ...one })), leftOut: [...answer.leftOut] }, exitCode: answer.failed.length === 0 ? 0 : 1 };
  },
  print({ uri, created, updated, same, theirs, models, versions, traces, failed, leftOut }, out) {
    out(`${uri}: ${words({ created, updated, same: same + theirs })}, ${failed.length} failed`);
    for (const [what, count] of [["logged models", models], ["versions of registered models", versions], ["traces", traces]] as const) {
      if (count.created + count.updated + count.same > 0) out(`${what}: ${words(count)}`);
    }
    for (const { runId, reason } of failed) out(`${runId}: ${reason}`);
    for (const what of leftOut) out(`not sent: ${what}`);
  },
});

function words({ created, updated, same }: PushCount): string {
  return `${created} new, ${updated} updated, ${same} there already`;
}
