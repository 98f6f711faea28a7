import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, realpathSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { serveAnswer } from "../../api/cli.ts";
import { connectEngine } from "../../api/connect.ts";
import { engineTrackingEnvironment } from "../../api/engine.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { STORE_FOLDER } from "../../life/folder.ts";
import { firstReport } from "../../life/start.ts";
import { OWN_VERSION } from "../../life/version.ts";
import { entryPath } from "../../platform/entries.ts";
import { ownEnvironment } from "../../platform/environment.ts";
import { type Call, defineCommand } from "../command.ts";

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
    const folder = storeFolder(call);
    const args = ["--folder", folder, "--stay"];
    if (port !== null) args.push("--port", String(port));
    if (artifactRoot !== null) args.push("--artifact-root", resolve(artifactRoot));
    if (call.options.flag("no-token")) args.push("--no-token");
    call.ownSignals();
    const child = spawn(process.execPath, [entryPath("engine"), ...args], { env: ownEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
    const left = new Promise<number>((done) => child.once("exit", (code) => done(code ?? 3)));
    const leave = (): void => void child.kill("SIGTERM");
    process.on("SIGINT", leave).on("SIGTERM", leave);
    try {
      await announce(call, folder, child);
      return { answer: null, exitCode: (await left) === 0 ? 0 : 3 };
    } catch (error) {
      leave();
      throw error;
    } finally {
      process.off("SIGINT", leave).off("SIGTERM", leave);
    }
  },
  print() {
    // `announce` has said everything.
  },
});

/** `--store` names the folder itself, or its `.touchstone`. */
function storeFolder(call: Call): string {
  const named = resolve(call.options.text("store") ?? call.folder);
  const folder = basename(named) === STORE_FOLDER ? dirname(named) : named;
  mkdirSync(folder, { recursive: true });
  return realpathSync.native(folder);
}

async function announce(call: Call, folder: string, child: ChildProcess): Promise<void> {
  const report = await firstReport(child);
  if (report === null) throw new TouchstoneError({ code: "ENGINE_START", message: "The engine did not start; what it said stands above." });
  if (report.state === "failed") throw new TouchstoneError(report.error);
  if (report.state === "taken") {
    throw new TouchstoneError({ code: "ENGINE_TAKEN", message: `Another engine serves ${folder} already.`, hint: "`touchstone status` shows its address; `touchstone stop` ends it." });
  }
  const connection = connectEngine({ folder, clientKind: "cli", extensionVersion: OWN_VERSION.version, start: false });
  try {
    const { env } = await connection.request(engineTrackingEnvironment, null);
    if (call.json) call.emit({ trackingUri: report.trackingUri, folder, pid: child.pid, env });
    call.say(`Serving ${folder} at ${report.trackingUri}; Ctrl-C ends it.`);
    const open = call.options.flag("no-token");
    if (open) call.say("Warning: --no-token lets every process and every user of this machine read, change and delete what this store holds.");
    if (!call.json) {
      call.say("A process that logs here needs:");
      for (const name of ["MLFLOW_TRACKING_URI", ...(open ? [] : ["MLFLOW_TRACKING_TOKEN"])]) call.say(`  export ${name}=${env[name] ?? ""}`);
    }
  } finally {
    connection.dispose();
  }
}
