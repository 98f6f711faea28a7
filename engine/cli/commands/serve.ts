import { type ChildProcess, spawn } from "node:child_process";
import { basename, dirname, resolve } from "node:path";
import { serveAnswer } from "../../api/cli.ts";
import { connectEngine, type EngineConnection } from "../../api/connect.ts";
import { engineStatus, type EngineStatus, engineTrackingEnvironment } from "../../api/engine.ts";
import { runsWindow } from "../../api/runs.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { STORE_FOLDER } from "../../life/folder.ts";
import { PrivateFolder } from "../../life/private.ts";
import { firstReport } from "../../life/start.ts";
import { OWN_VERSION } from "../../life/version.ts";
import { entryPath } from "../../platform/entries.ts";
import { ownEnvironment } from "../../platform/environment.ts";
import { type Call, defineCommand } from "../command.ts";
import { leave } from "../leave.ts";
import { madeFolder } from "../madeFolder.ts";

/** How often, and after what rest, the place of an engine that leaves is tried: it writes everything down first. */
const PATIENCE = 100;
const REST_MS = 100;

export const command = defineCommand({
  usage: "[options]",
  options: {
    port: { value: "N", short: "p", about: "the port on 127.0.0.1 (default: the store's own, kept from run to run)" },
    store: { value: "DIR", about: `the folder that holds ${STORE_FOLDER}; made where there is none (default: where you are)` },
    "artifact-root": { value: "DIR", about: "where artifacts are kept (default: in the store)" },
    "no-token": { about: "let every process of this machine in; for tools that cannot send a token" },
  },
  schema: serveAnswer,
  async run(call) {
    const port = call.options.integer("port", 1, 65_535);
    const artifactRoot = call.options.text("artifact-root");
    const folder = await storeFolder(call);
    const args = ["--folder", folder, "--stay"];
    if (port !== null) args.push("--port", String(port));
    if (artifactRoot !== null) args.push("--artifact-root", resolve(artifactRoot));
    if (call.options.flag("no-token")) args.push("--no-token");
    call.ownSignals();
    for (let tries = 0; ; tries++) {
      const child = spawn(process.execPath, [entryPath("engine"), ...args], { env: ownEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
      const left = new Promise<number>((done) => child.once("exit", (code) => done(code ?? 3)));
      const end = (): void => void child.kill("SIGTERM");
      process.on("SIGINT", end).on("SIGTERM", end);
      try {
        const report = await startedEngine(child);
        if (report !== null) {
          const connection = connectEngine({ folder, clientKind: "cli", extensionVersion: OWN_VERSION.version, start: false });
          await announce(call, connection, { folder, trackingUri: report.trackingUri, pid: child.pid ?? 0 }).finally(() => connection.dispose());
          return { answer: null, exitCode: (await left) === 0 ? 0 : 3 };
        }
        await left;
      } catch (error) {
        end();
        throw error;
      } finally {
        process.off("SIGINT", end).off("SIGTERM", end);
      }
      if (await joinRunning(call, folder, port)) return { answer: null };
      if (tries >= PATIENCE) throw new TouchstoneError({ code: "ENGINE_TAKEN", message: `An engine holds ${folder} but does not answer.`, hint: "`touchstone stop` ends it." });
      await new Promise((done) => setTimeout(done, REST_MS));
    }
  },
  print() {
    // `announce` has said everything.
  },
});

/** `--store` names the folder itself, or its `.touchstone`. */
function storeFolder(call: Call): Promise<string> {
  const named = resolve(call.options.text("store") ?? call.folder);
  return madeFolder(basename(named) === STORE_FOLDER ? dirname(named) : named);
}

/** The engine serves, or null: another one serves this store, or has not quite left. @throws TouchstoneError why it cannot serve. */
async function startedEngine(child: ChildProcess): Promise<{ trackingUri: string } | null> {
  const report = await firstReport(child);
  if (report === null) throw new TouchstoneError({ code: "ENGINE_START", message: "The engine did not start; what it said stands above." });
  if (report.state === "failed") throw new TouchstoneError(report.error);
  return report.state === "taken" ? null : report;
}

/**
 * What becomes of an engine that serves this store already. One that only answered commands is asked to leave, so that this command serves
 * in its place. One that somebody uses stays: its address is shown, and it is kept until Ctrl-C. False: the place is free, or will be.
 */
async function joinRunning(call: Call, folder: string, port: number | null): Promise<boolean> {
  const left = new AbortController();
  const connection = connectEngine({ folder, clientKind: "cli", extensionVersion: OWN_VERSION.version, start: false, onState: ({ state }) => void (state === "failed" && left.abort()) });
  const stop = (): void => left.abort();
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    const status = await connection.request(engineStatus, null);
    const users = await usersOf(connection, status, new PrivateFolder(folder).address()?.stays === true);
    if (users === null) {
      await leave(connection);
      return false;
    }
    const refused = call.options.flag("no-token") ? "--no-token" : call.options.text("artifact-root") !== null ? "--artifact-root" : null;
    if (refused !== null) throw new TouchstoneError({ code: "ENGINE_TAKEN", message: `An engine serves ${folder} already, for ${users}: ${refused} is not taken up by it.`, hint: `Leave ${refused} out to log to that one, or end it first: touchstone stop` });
    if (port !== null && status.trackingUri !== `http://127.0.0.1:${port}`) call.say(`Not at port ${port}: an engine of this folder runs already, for ${users}, and keeps its own.`);
    await announce(call, connection, { folder, trackingUri: status.trackingUri, pid: status.pid });
    if (!left.signal.aborted) await new Promise<void>((done) => left.signal.addEventListener("abort", () => done(), { once: true }));
    return true;
  } catch (error) {
    // It went away meanwhile.
    if (error instanceof TouchstoneError && /^ENGINE_(GONE|LEAVING|UNREACHABLE)$/.test(error.shape.code)) return false;
    throw error;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    connection.dispose();
  }
}

/** Who would miss an engine at this address, in words; null: nobody does. */
async function usersOf(connection: EngineConnection, { clients, liveLaunches }: EngineStatus, stays: boolean): Promise<string | null> {
  if (stays) return "another `touchstone serve`";
  if (liveLaunches > 0) return "a training";
  if (clients > 1) return "an editor window or another command";
  // A script that was started elsewhere logs here: it is no client, its run is open.
  const { matched } = await connection.request(runsWindow, { query: { filter: 'status = "running"', view: "active" }, columns: [], from: 0, to: 1 });
  return matched > 0 ? "a run that is open" : null;
}

interface Served {
  readonly folder: string;
  readonly trackingUri: string;
  readonly pid: number;
}

async function announce(call: Call, connection: EngineConnection, { folder, trackingUri, pid }: Served): Promise<void> {
  const { env } = await connection.request(engineTrackingEnvironment, null);
  if (call.json) call.emit({ trackingUri, folder, pid, env });
  call.say(`Serving ${folder} at ${trackingUri}; Ctrl-C ends it.`);
  const open = call.options.flag("no-token");
  if (open) call.say("Warning: --no-token lets every process and every user of this machine read, change and delete what this store holds.");
  if (call.json) return;
  call.say("A process that logs here needs:");
  for (const name of ["MLFLOW_TRACKING_URI", ...(open ? [] : ["MLFLOW_TRACKING_TOKEN"])]) call.say(`  export ${name}=${env[name] ?? ""}`);
}
