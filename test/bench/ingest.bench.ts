import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { loadavg } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "../../engine/store/store.fixture.ts";
import { root } from "../run/entry.mjs";
import type { Benchmark, Figure } from "./benchmark.ts";
import { Load } from "./doors/load.ts";
import { parts } from "./doors/parts.ts";
import { type Kind, type Peer, startPeer } from "./doors/peers.ts";
import { seedMlflow, seedTouchstone } from "./doors/seed.ts";

/** What is measured and against whom, by pattern: `TOUCHSTONE_BENCH_PARTS=search TOUCHSTONE_BENCH_PEERS=lean`. */
const wanted = (name: string, variable: string): boolean => new RegExp(process.env[variable] ?? ".", "i").test(name);

interface Side {
  readonly kind: Kind;
  readonly peer: Peer;
}

/** The three servers, each with the same 10,000 runs in it. */
async function startAll(python: string, folder: string, say: (line: string) => void): Promise<Side[]> {
  const sides: Side[] = [];
  const at = (name: string): string => {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  await seedTouchstone(at("ours"));
  sides.push({ kind: "Touchstone", peer: await startPeer("Touchstone", python, at("ours")) });
  const kinds = (["MLflow", "MLflow, lean"] as const).filter((kind) => wanted(kind, "TOUCHSTONE_BENCH_PEERS"));
  if (kinds.length === 0) return sides;
  // Its own server makes the tables.
  const maker = await startPeer("MLflow, lean", python, at("tables"));
  await maker.stop();
  seedMlflow(join(at("tables"), "mlflow.db"));
  for (const [i, kind] of kinds.entries()) {
    const own = at(`mlflow${i}`);
    copyFileSync(join(at("tables"), "mlflow.db"), join(own, "mlflow.db"));
    sides.push({ kind, peer: await startPeer(kind, python, own) });
  }
  say(`  memory with 10,000 runs, before the first call: ${sides.map(({ kind, peer }) => `${kind} ${peer.memory().toFixed(0)} MB`).join(", ")}`);
  return sides;
}

interface Measured {
  readonly kind: Kind;
  readonly value: number;
}

function figuresOf(what: string, unit: "calls/s" | "ms", budget: string | undefined, [ours, ...others]: readonly Measured[]): Figure[] {
  if (ours === undefined) return [];
  const ratio = (theirs: number): number => (unit === "ms" ? theirs / ours.value : ours.value / theirs);
  return [
    { what, value: ours.value, unit },
    ...others.map(({ kind, value }): Figure => ({ what: `  against ${kind} (${value.toPrecision(3)} ${unit})`, value: ratio(value), unit: "×", ...(budget === undefined ? {} : { budget }) })),
  ];
}

/** What the Python client measures, by name: `doors/client.py` prints one line of JSON for each. */
async function clientFigures(python: string, peer: Pick<Peer, "name" | "uri">, part: string): Promise<Map<string, number>> {
  const { PATH, HOME, LANG, TMPDIR, SYSTEMROOT } = process.env;
  const env = { PATH, HOME, LANG, TMPDIR, SYSTEMROOT, MLFLOW_TRACKING_URI: peer.uri, MLFLOW_DISABLE_TELEMETRY: "true" };
  const child = spawn(python, [join(root, "test/bench/doors/client.py"), part, process.env["TOUCHSTONE_BENCH_SECONDS"] ?? "3"], { env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString("utf8")));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`The client failed against ${peer.name}:\n${output}`);
  // SAFETY: client.py prints such pairs.
  return new Map(output.split("\n").filter((line) => line.startsWith("[")).map((line) => JSON.parse(line) as [string, number]));
}

/** What the client reaches at a server that answers with as little as it takes: no server can be faster than that. */
async function clientAlone(python: string, part: string): Promise<Map<string, number>> {
  const created = JSON.stringify({ run: { info: { run_id: "a".repeat(32), experiment_id: "0", status: "RUNNING", start_time: 0 }, data: {} } });
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.setHeader("content-type", "application/json").end(request.url?.endsWith("runs/create") === true ? created : "{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  try {
    return await clientFigures(python, { name: "a server that only says yes", uri: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}` }, `${part}-unchecked`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const clientParts = ["log_metric", "log_batch", "sweep", "search", "history", "sklearn"];

const benchmark: Benchmark = {
  title: "MLflow's API beside MLflow's own server (as released, and its leanest form), same payloads, same run, answers checked by value",
  async run({ python, say }) {
    const { folder, dispose } = temporaryFolder();
    const figures: Figure[] = [];
    const sides = await startAll(python, folder, say);
    try {
      for (const part of parts.filter(({ name }) => wanted(name, "TOUCHSTONE_BENCH_PARTS"))) {
        const measured: Measured[] = [];
        for (const { kind, peer } of sides) {
          const load = new Load(peer.uri, 8);
          try {
            measured.push({ kind, value: await part.measure(load) });
          } finally {
            load.close();
          }
        }
        say(`  ${part.name}: ${measured.map(({ kind, value }) => `${kind} ${value.toPrecision(3)}`).join(", ")} ${part.unit}, load ${loadavg()[0]?.toFixed(1)}`);
        figures.push(...figuresOf(part.name, part.unit, part.budget, measured));
      }
      for (const part of clientParts.filter((name) => wanted(`Python ${name}`, "TOUCHSTONE_BENCH_PARTS"))) {
        const found = [];
        for (const { kind, peer } of sides) found.push({ kind, values: await clientFigures(python, peer, part) });
        const alone = part.startsWith("log_") ? await clientAlone(python, part) : null;
        for (const name of found[0]?.values.keys() ?? []) {
          const unit = name.endsWith(", ms") ? "ms" : "calls/s";
          const measured = found.map(({ kind, values }) => ({ kind, value: values.get(name) ?? Number.NaN }));
          say(`  Python client, ${name}: ${measured.map(({ kind, value }) => `${kind} ${value.toPrecision(3)}`).join(", ")}, load ${loadavg()[0]?.toFixed(1)}`);
          figures.push(...figuresOf(`Python client, ${name}`, unit, undefined, measured));
          const most = alone?.get(name);
          if (most !== undefined) figures.push({ what: "  the most that the client itself reaches, at a server that only says yes", value: most, unit });
        }
      }
      // What a search took is given back after a while.
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      for (const { kind, peer } of sides) figures.push({ what: `memory after all that, ${kind}`, value: peer.memory(), unit: "MB", ...(kind === "Touchstone" ? { budget: "≤ 150 MB with 10,000 runs" } : {}) });
      return figures;
    } finally {
      for (const { peer } of sides) await peer.stop();
      dispose();
    }
  },
};
export default benchmark;
