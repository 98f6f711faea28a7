import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { temporaryFolder } from "../../engine/store/store.fixture.ts";
import { type Benchmark, type Figure, median } from "./benchmark.ts";
import { Load, milliseconds, rate } from "./doors/load.ts";
import { type Delay, type Peer, startPeer } from "./doors/peers.ts";
import { fillScale, shape, valueOf } from "./doors/scale.ts";

const SECONDS = Number(process.env["TOUCHSTONE_BENCH_SECONDS"] ?? 4);
/** As many as it takes for the searches to fill a page there too: the same answer is compared. */
const small = 2_000;
const large = Number(process.env["TOUCHSTONE_BENCH_RUNS"] ?? 100_000);

interface Found {
  readonly runs?: readonly { readonly info: { readonly run_id: string }; readonly data: { readonly metrics?: readonly { readonly key: string; readonly value: number }[] } }[];
}

const searches = [
  ["newest 1,000", {}],
  ["filter and order, first 1,000", { filter: "metrics.metric_3 > 0.25 AND params.param_1 != '7'", order_by: ["metrics.metric_7 DESC"] }],
] as const;

async function search(load: Load, body: object): Promise<Found> {
  return load.json<Found>("POST", "runs/search", { experiment_ids: ["1000"], max_results: 1000, ...body });
}

/** Every value that came back is the one that was stored. */
function check({ runs = [] }: Found): void {
  assert.equal(runs.length, 1000);
  for (const { info, data } of runs) {
    const run = Number.parseInt(info.run_id, 16);
    assert.equal(data.metrics?.length, shape.metrics);
    for (const { key, value } of data.metrics ?? []) assert.equal(value, valueOf(run, Number(key.slice(7)), shape.points));
  }
}

interface Measured {
  readonly points: number;
  readonly searched: readonly number[];
  readonly delays: { readonly logging: Delay; readonly searching: Delay; readonly both: Delay };
  readonly memory: number;
}

async function measure(peer: Peer, say: (line: string) => void): Promise<Measured> {
  const load = new Load(peer.uri, 8);
  try {
    const made = await Promise.all(Array.from({ length: 4 }, () => load.json<{ run: { info: { run_id: string } } }>("POST", "runs/create", { experiment_id: "0" })));
    const ids = made.map(({ run }) => run.info.run_id);
    const metrics = (n: number) => Array.from({ length: 1000 }, (_, k) => ({ key: `m${k % 50}`, value: n + k / 8, timestamp: 1000 + n, step: n * 20 + Math.floor(k / 50) }));
    let at = 0;
    const logging = async (): Promise<number> => {
      const from = at;
      const { rate: calls, calls: counts } = await rate(4, SECONDS, (worker, n) => load.json("POST", "runs/log-batch", { run_id: ids[worker], metrics: metrics(from + n) }));
      at += Math.max(...counts);
      return calls * 1000;
    };
    for (const [, body] of searches) check(await search(load, body));
    await logging();
    await peer.delay();
    const points = await logging();
    const whileLogging = await peer.delay();
    const searched: number[] = [];
    for (const [, body] of searches) {
      const times: number[] = [];
      for (let i = 0; i < 15; i++) times.push(await milliseconds(() => search(load, body)));
      searched.push(median(times));
    }
    const whileSearching = await peer.delay();
    const ended = logging();
    while ((await Promise.race([ended, pause(50)])) === undefined) check(await search(load, searches[1][1]));
    const both = await peer.delay();
    await pause(20_000);
    const found = { points, searched, delays: { logging: whileLogging, searching: whileSearching, both }, memory: peer.memory() };
    say(`  ${JSON.stringify(found)}, load ${loadavg()[0]?.toFixed(1)}`);
    return found;
  } finally {
    load.close();
  }
}

const benchmark: Benchmark = {
  title: `${large.toLocaleString("en-US")} runs and ${(large * shape.metrics * shape.points) / 1e6} million points in one store, beside ${small.toLocaleString("en-US")} runs`,
  async run({ python, say }) {
    const { folder, dispose } = temporaryFolder();
    const at = async (runs: number): Promise<Measured> => {
      const own = join(folder, String(runs));
      mkdirSync(own);
      await fillScale(own, runs);
      const peer = await startPeer("Touchstone", python, own);
      try {
        return await measure(peer, say);
      } finally {
        await peer.stop();
        rmSync(own, { recursive: true, force: true });
      }
    };
    try {
      const [few, many] = [await at(small), await at(large)];
      const figures: Figure[] = [
        { what: `log_batch, 4 connections, into ${small} runs`, value: few.points, unit: "points/s" },
        { what: `log_batch, 4 connections, into ${large} runs`, value: many.points, unit: "points/s" },
        { what: "  of the small store's rate", value: many.points / few.points, unit: "×", budget: "≥ 0.67 ×" },
      ];
      for (const [i, [name]] of searches.entries()) {
        const [a = Number.NaN, b = Number.NaN] = [few.searched[i], many.searched[i]];
        figures.push({ what: `search, ${name}, among ${small} runs`, value: a, unit: "ms" }, { what: `search, ${name}, among ${large} runs`, value: b, unit: "ms" }, { what: "  of the small store's speed", value: a / b, unit: "×", budget: "≥ 0.67 ×" });
      }
      for (const [name, delay] of Object.entries(many.delays)) {
        figures.push({ what: `main thread's worst delay, ${name}`, value: delay.clock, unit: "ms", budget: "< 20 ms on a quiet machine" }, { what: `  of it its own processor time`, value: delay.held, unit: "ms", budget: "< 20 ms" });
      }
      figures.push({ what: "memory with the large store, 20 s later", value: many.memory, unit: "MB" });
      return figures;
    } finally {
      dispose();
    }
  },
};
export default benchmark;
