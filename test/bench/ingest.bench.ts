import { type ChildProcess, spawn } from "node:child_process";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { openDoor } from "../../engine/mlflow/server.fixture.ts";
import { clientEnvironment } from "../../engine/mlflow/client.fixture.ts";
import { temporaryFolder } from "../../engine/store/store.fixture.ts";
import { root } from "../run/entry.mjs";
import type { Benchmark, Figure } from "./benchmark.ts";

const SECONDS = "4";

interface Rates {
  readonly single: number;
  readonly batch: number;
}

async function rates(python: string, env: NodeJS.ProcessEnv, connections: number): Promise<Rates> {
  const child = spawn(python, [join(root, "test/bench/ingest.py"), SECONDS, String(connections)], { env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString("utf8")));
  await new Promise((resolve) => child.once("close", resolve));
  // SAFETY: ingest.py prints this object as its last line.
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Rates;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

/** MLflow's own server as released: SQLite, its default number of workers. */
async function startMlflow(python: string, folder: string): Promise<{ uri: string; stop(): Promise<void> }> {
  const port = await freePort();
  const args = ["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", String(port), "--backend-store-uri", `sqlite:///${folder}/mlflow.db`, "--artifacts-destination", `${folder}/artifacts`];
  const child: ChildProcess = spawn(python, args, { cwd: folder, stdio: "ignore", detached: true });
  const uri = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 2_400; attempt++) {
    const ready = await fetch(`${uri}/health`).then((answer) => answer.ok, () => false);
    if (ready) return { uri, stop: () => stopGroup(child) };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stopGroup(child);
  throw new Error("The MLflow server did not start within two minutes.");
}

/** Answers every call with as little as the client takes: what it measures is the client itself. */
async function startNothing(): Promise<{ uri: string; stop(): Promise<void> }> {
  const answer = JSON.stringify({ run: { info: { run_id: "a".repeat(32), experiment_id: "0", status: "RUNNING", start_time: 0 }, data: {} } });
  const server = createHttpServer((request, response) => {
    request.resume().on("end", () => response.setHeader("content-type", "application/json").end(request.url?.endsWith("runs/create") === true ? answer : "{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { uri: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`, stop };
}

async function stopGroup(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("close", resolve));
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  await ended;
}

const benchmark: Benchmark = {
  title: "ingestion with the real MLflow client, beside MLflow's own server in the same run; one process a connection",
  async run({ python, say }) {
    const figures: Figure[] = [];
    const { folder, dispose } = temporaryFolder();
    const door = await openDoor();
    const mlflow = await startMlflow(python, folder);
    const nothing = await startNothing();
    try {
      for (const connections of [1, 8]) {
        const ours = await rates(python, clientEnvironment(door.uri, door.storeToken), connections);
        const theirs = await rates(python, clientEnvironment(mlflow.uri, "none"), connections);
        const alone = await rates(python, clientEnvironment(nothing.uri, "none"), connections);
        say(`  ${connections} connection(s): Touchstone ${JSON.stringify(ours)}, MLflow ${JSON.stringify(theirs)}, a server that does nothing ${JSON.stringify(alone)}`);
        const name = connections === 1 ? "1 connection" : `${connections} connections`;
        figures.push(
          { what: `log_metric, ${name}`, value: ours.single, unit: "calls/s" },
          { what: `log_metric, ${name}, against MLflow's server`, value: ours.single / theirs.single, unit: "×", budget: "≥ 10 ×" },
          { what: `the most that the client itself reaches, log_metric, ${name}`, value: alone.single / theirs.single, unit: "×" },
          { what: `log_batch of 1,000 metrics, ${name}`, value: ours.batch * 1000, unit: "points/s" },
          { what: `log_batch of 1,000 metrics, ${name}, against MLflow's server`, value: ours.batch / theirs.batch, unit: "×", budget: "≥ 10 ×" },
          { what: `the most that the client itself reaches, log_batch, ${name}`, value: alone.batch / theirs.batch, unit: "×" },
        );
      }
      return figures;
    } finally {
      await nothing.stop();
      await mlflow.stop();
      await door.close();
      dispose();
    }
  },
};
export default benchmark;
