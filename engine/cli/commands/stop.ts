import { stopAnswer } from "../../api/cli.ts";
import type { EngineConnection } from "../../api/connect.ts";
import { launchChanged, launchGet, launchList, type LaunchState, launchStop } from "../../api/launches.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { hasStore } from "../../life/folder.ts";
import { meantId } from "../../runs/named.ts";
import { type Answer, type Call, defineCommand, type Outcome, wrongUse } from "../command.ts";
import { leave } from "../leave.ts";

export const command = defineCommand({
  usage: "[RUN…] [options]",
  options: {
    all: { about: "stop every running launch" },
    grace: { value: "SECONDS", about: "how long the script may take to end by itself (default 10)" },
  },
  words: { min: 0, max: 1000 },
  schema: stopAnswer,
  async run(call): Promise<Outcome<Answer<typeof stopAnswer>>> {
    const all = call.options.flag("all");
    const connection = await running(call);
    if (call.words.length === 0 && !all) {
      if (connection !== null) await leave(connection);
      return { answer: { launches: [], engine: connection === null ? "none" : "left" } };
    }
    // A training outlives its engine: the next one takes it up, and can stop it.
    const taken = connection ?? (hasStore(call.folder) ? call.engine() : null);
    if (taken === null) {
      if (!all) throw wrongUse(`There is no store for ${call.folder}, so no run ${call.words.join(", ")}.`, "Name the folder of the run: --folder DIR");
      return { answer: { launches: [], engine: "none" } };
    }
    const grace = call.options.integer("grace", 0, 3600) ?? 10;
    const { launches } = await taken.request(launchList, { live: true });
    const meant = all ? launches : call.words.map((word) => find(launches, word));
    const ended = await Promise.all(meant.map((launch) => stopOne(taken, launch, grace * 1000)));
    return { answer: { launches: ended.map(({ launchId, runId, status, exitCode, signal }) => ({ launchId, runId, status, exitCode, signal })), engine: "stays" } };
  },
  print({ launches, engine }, out) {
    for (const { runId, status, exitCode, signal } of launches) out(`${runId}  ${status}${signal === null ? "" : ` by ${signal}`}${exitCode === null ? "" : ` with exit code ${exitCode}`}`);
    if (engine === "left") out("The engine left; running trainings go on and are taken up by the next one.");
    else if (engine === "none") out("No engine runs for this folder.");
    else if (launches.length === 0) out("Nothing runs.");
  },
});

/** The engine that runs; null where none does. */
async function running(call: Call): Promise<EngineConnection | null> {
  const connection = call.engine({ start: false });
  try {
    await connection.ready();
    return connection;
  } catch (error) {
    if (error instanceof TouchstoneError) return null;
    throw error;
  }
}

/** A live launch by the id of its run or its own, or an unambiguous beginning of one. */
function find(launches: readonly LaunchState[], word: string): LaunchState {
  const running = launches.length === 0 ? "Nothing runs." : `Running: ${launches.map(({ runId }) => runId).join(", ")}.`;
  const id = meantId(word, launches.flatMap(({ launchId, runId }) => [runId, launchId].filter((one) => one.startsWith(word))), running);
  const found = launches.find(({ launchId, runId }) => runId === id || launchId === id);
  if (found === undefined) throw wrongUse(`No running launch has the id ${word}.`, running);
  return found;
}

async function stopOne(connection: EngineConnection, { launchId }: LaunchState, graceMs: number): Promise<LaunchState> {
  const ended = new Promise<void>((resolve) => {
    const off = connection.on(launchChanged, (state) => {
      if (state.launchId !== launchId || isLive(state)) return;
      off();
      resolve();
    });
  });
  await connection.request(launchStop, { launchId, graceMs });
  const state = await connection.request(launchGet, { launchId });
  if (isLive(state)) await ended;
  return connection.request(launchGet, { launchId });
}

function isLive({ status }: LaunchState): boolean {
  return status === "running" || status === "scheduled";
}
