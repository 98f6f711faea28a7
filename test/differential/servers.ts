import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDoor } from "../../engine/mlflow/server.fixture.ts";
import { root } from "../run/entry.mjs";

/** One of the two that answer. */
export interface Side {
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Touchstone's door over a store of its own. */
export async function startOurs(): Promise<Side> {
  const door = await openDoor();
  return { uri: door.uri, headers: door.headers, stop: () => door.close() };
}

/** How long the reference may take to start, on a machine that does other things too. */
const START_MS = 240_000;

/**
 * A real `mlflow server` of this Python in a folder of its own: SQLite, artifacts through its proxy, one worker, nothing
 * beside it. `TOUCHSTONE_REFERENCE` names one that runs already (see `reference.ts`), which is left running. `at`: with this folder, which
 * stays, and port; so one that was ended can be started again.
 */
export async function startReference(python: string, at?: { readonly folder: string; readonly port: number }): Promise<Side> {
  const given = process.env["TOUCHSTONE_REFERENCE"];
  if (given !== undefined && at === undefined) return { uri: given.replace(/\/+$/, ""), headers: {}, stop: () => Promise.resolve() };
  const folder = at?.folder ?? mkdtempSync(join(tmpdir(), "touchstone-reference-"));
  const logs = join(root, "test", "out", "logs");
  mkdirSync(logs, { recursive: true });
  const file = join(logs, "reference.log");
  const log = createWriteStream(file);
  const port = at?.port ?? (await freePort());
  const args = ["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", String(port), "--workers", "1"];
  args.push("--backend-store-uri", `sqlite:///${folder}/mlflow.db`, "--artifacts-destination", join(folder, "artifacts"));
  const { PATH, HOME, LANG, SYSTEMROOT } = process.env;
  // What a person has set for MLflow must not change the reference.
  const env = { PATH, HOME, LANG, SYSTEMROOT, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false", MLFLOW_DISABLE_TELEMETRY: "true" };
  const child = spawn(python, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], detached: process.platform !== "win32" });
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
  const stop = async (): Promise<void> => {
    await endGroup(child);
    log.end();
    if (at === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const uri = `http://127.0.0.1:${port}`;
  const started = await new Promise<boolean>((resolve) => {
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text: Buffer) => {
        said += text.toString("utf8");
        if (said.includes("Uvicorn running on")) resolve(true);
      });
    }
    child.once("exit", () => resolve(false));
    setTimeout(resolve, START_MS, false).unref();
  });
  if (started) return { uri, headers: {}, stop };
  await stop();
  throw new Error(`The reference, ${python} -m mlflow server, did not start:\n${readFileSync(file, "utf8").slice(-2000)}`);
}

/** Ends a process with what it started, all in one group. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (process.platform === "win32") child.kill();
  else process.kill(-child.pid, "SIGKILL");
  await ended;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
