import { type ChildProcess, spawn } from "node:child_process";
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
    try {
      for (const connections of [1, 8]) {
        const ours = await rates(python, clientEnvironment(door.uri, door.storeToken), connections);
        const theirs = await rates(python, clientEnvironment(mlflow.uri, "none"), connections);
        say(`  ${connections} connection(s): Touchstone ${JSON.stringify(ours)}, MLflow ${JSON.stringify(theirs)}`);
        const name = connections === 1 ? "1 connection" : `${connections} connections`;
        figures.push(
          { what: `log_metric, ${name}`, value: ours.single, unit: "calls/s" },
          { what: `log_metric, ${name}, against MLflow's server`, value: ours.single / theirs.single, unit: "×", budget: "≥ 10 ×" },
          { what: `log_batch of 1,000 metrics, ${name}`, value: ours.batch * 1000, unit: "points/s" },
          { what: `log_batch of 1,000 metrics, ${name}, against MLflow's server`, value: ours.batch / theirs.batch, unit: "×", budget: "≥ 10 ×" },
        );
      }
      return figures;
    } finally {
      await mlflow.stop();
      await door.close();
      dispose();
    }
  },
};
export default benchmark;
