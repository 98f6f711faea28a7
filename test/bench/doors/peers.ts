import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { root } from "../../run/entry.mjs";

/** A server that is measured. */
export interface Peer {
  readonly name: string;
  readonly uri: string;
  /** The longest time that the engine's main thread was held since the last time this was asked, ms. */
  delay(): Promise<Delay>;
  /** Resident memory of it and all that it started, MB. */
  memory(): number;
  stop(): Promise<void>;
}

export interface Delay {
  /** On the clock: on a busy machine mostly the time that others had the processor. */
  readonly clock: number;
  readonly clock99: number;
  /** Of the thread's own processor time. */
  readonly held: number;
}

export type Kind = "Touchstone" | "MLflow" | "MLflow, lean";

/** How long a server may take to start: MLflow's makes its tables first, on a machine that does other things too. */
const START_MS = 240_000;

/**
 * Starts a server on a folder of its own: the engine as people get it (`dist/engine.cjs`), MLflow's server as released
 * (SQLite, its default workers), or its leanest form (one worker, nothing that runs jobs).
 */
export async function startPeer(kind: Kind, python: string, folder: string): Promise<Peer> {
  const port = await freePort();
  const { PATH, HOME, LANG, SYSTEMROOT } = process.env;
  const ours = kind === "Touchstone";
  const command = ours ? process.execPath : python;
  const mlflow = ["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", String(port), "--backend-store-uri", `sqlite:///${folder}/mlflow.db`, "--artifacts-destination", `${folder}/artifacts`];
  const delays = join(folder, "delay.json");
  const args = ours ? ["--import", pathToFileURL(join(import.meta.dirname, "delay.mjs")).href, join(root, "dist/engine.cjs"), "--folder", folder, "--port", String(port), "--no-token", "--stay"] : [...mlflow, ...(kind === "MLflow" ? [] : ["--workers", "1"])];
  const lean = kind === "MLflow, lean" ? { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false" } : {};
  const env = { PATH, HOME, LANG, SYSTEMROOT, MLFLOW_DISABLE_TELEMETRY: "true", TOUCHSTONE_DELAY_FILE: delays, ...lean };
  const child = spawn(command, args, { cwd: folder, env, stdio: "ignore", detached: true });
  const uri = `http://127.0.0.1:${port}`;
  for (const until = Date.now() + START_MS; Date.now() < until && child.exitCode === null; ) {
    if (await fetch(`${uri}/health`).then(({ ok }) => ok, () => false)) return { name: kind, uri, delay: () => delayOf(child, delays), memory: () => memoryOf(child.pid ?? 0), stop: () => stopGroup(child) };
    await pause(100);
  }
  await stopGroup(child);
  throw new Error(`${kind} did not start within ${START_MS / 60_000} minutes.`);
}

async function delayOf(child: ChildProcess, file: string): Promise<Delay> {
  rmSync(file, { force: true });
  child.kill("SIGUSR2");
  for (;;) {
    await pause(20);
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    // SAFETY: what delay.mjs writes.
    if (text.endsWith("}")) return JSON.parse(text) as Delay;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  await ended;
}

/** Of a process and its descendants; NaN where there is no /proc. */
function memoryOf(pid: number): number {
  const status = (id: string): Map<string, string> => {
    try {
      return new Map(readFileSync(`/proc/${id}/status`, "utf8").split("\n").map((line) => [line.split(":", 1)[0] ?? "", line.split(":")[1]?.trim() ?? ""]));
    } catch {
      return new Map();
    }
  };
  let all: { id: number; parent: number; kb: number }[];
  try {
    all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((name) => ({ name, lines: status(name) })).map(({ name, lines }) => ({ id: Number(name), parent: Number(lines.get("PPid") ?? 0), kb: Number.parseInt(lines.get("VmRSS") ?? "0", 10) }));
  } catch {
    return Number.NaN;
  }
  const of = (id: number): number => all.reduce((sum, one) => sum + (one.id === id ? one.kb : 0) + (one.parent === id ? of(one.id) : 0), 0);
  return of(pid) / 1024;
}
