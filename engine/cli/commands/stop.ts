import { stopAnswer } from "../../api/cli.ts";
import type { EngineConnection } from "../../api/connect.ts";
import { engineDrain, engineStatus } from "../../api/engine.ts";
import { launchChanged, launchGet, launchList, type LaunchState, launchStop } from "../../api/launches.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { type Answer, defineCommand, type Outcome, wrongUse } from "../command.ts";

export const command = defineCommand({
  usage: "[RUN…] [options]",
  options: {
    all: { about: "stop every running launch" },
    grace: { value: "SECONDS", about: "how long the script may take to end by itself (default 10)" },
  },
  words: { min: 0, max: 1000 },
  schema: stopAnswer,
  async run(call): Promise<Outcome<Answer<typeof stopAnswer>>> {
    const connection = call.engine({ start: false });
    try {
      await connection.ready();
    } catch (error) {
      if (!(error instanceof TouchstoneError)) throw error;
      if (call.words.length > 0) throw wrongUse("No engine runs for this folder, so none of its runs does.");
      return { answer: { launches: [], engine: "none" } };
    }
    if (call.words.length === 0 && !call.options.flag("all")) {
      await leave(connection);
      return { answer: { launches: [], engine: "left" } };
    }
    const grace = call.options.integer("grace", 0, 3600) ?? 10;
    const { launches } = await connection.request(launchList, { live: true });
    const meant = call.options.flag("all") ? launches : call.words.map((word) => find(launches, word));
    const ended = await Promise.all(meant.map((launch) => stopOne(connection, launch, grace * 1000)));
    return { answer: { launches: ended.map(({ launchId, runId, status, exitCode, signal }) => ({ launchId, runId, status, exitCode, signal })), engine: "stays" } };
  },
  print({ launches, engine }, out) {
    for (const { runId, status, exitCode, signal } of launches) out(`${runId}  ${status}${signal === null ? "" : ` by ${signal}`}${exitCode === null ? "" : ` with exit code ${exitCode}`}`);
    if (engine === "left") out("The engine left; running trainings go on and are taken up by the next one.");
    else if (engine === "none") out("No engine runs for this folder.");
    else if (launches.length === 0) out("Nothing runs.");
  },
});

/** Asks the engine to leave and waits until it has. */
async function leave(connection: EngineConnection): Promise<void> {
  await connection.request(engineDrain, null);
  // It answers what is under way first; its socket closes last, and a connection that starts none then fails.
  for (let tries = 0; tries < 300; tries++) {
    try {
      await connection.request(engineStatus, null, { timeoutMs: 1000 });
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A live launch by the id of its run or its own, or an unambiguous beginning of one. */
function find(launches: readonly LaunchState[], word: string): LaunchState {
  const found = launches.filter(({ launchId, runId }) => launchId.startsWith(word) || runId.startsWith(word));
  const [only] = found;
  if (only === undefined) throw wrongUse(`No running launch has the id ${word}.`, launches.length === 0 ? "Nothing runs." : `Running: ${launches.map(({ runId }) => runId).join(", ")}.`);
  if (found.length > 1) throw wrongUse(`${word} is the beginning of ${found.length} ids.`, `Write more of one: ${found.map(({ runId }) => runId).join(", ")}.`);
  return only;
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
