import assert from "node:assert/strict";
import { createHash, randomFillSync } from "node:crypto";
import { type Load, milliseconds, rate } from "./load.ts";
import { curveValue, experimentName, metricValue, paramValue, runIdOf, seeded } from "./seed.ts";

/** One thing that is measured at each server in the same way. Answers are checked by value: nobody wins by being wrong. */
export interface Part {
  readonly name: string;
  /** `rate`: more is better; `ms`: less is. */
  readonly unit: "calls/s" | "ms";
  readonly budget?: string;
  /** One figure. */
  measure(load: Load): Promise<number>;
}

interface WireRun {
  readonly info: { readonly run_id: string; readonly experiment_id: string; readonly status: string };
  readonly data: { readonly metrics?: readonly WireMetric[]; readonly params?: readonly { key: string; value: string }[] };
}
interface WireMetric {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly run_id?: string;
}
interface Page {
  readonly runs?: readonly WireRun[];
  readonly metrics?: readonly WireMetric[];
  readonly next_page_token?: string;
}

const SECONDS = Number(process.env["TOUCHSTONE_BENCH_SECONDS"] ?? 3);

async function experimentOf(load: Load): Promise<string> {
  const { experiment } = await load.json<{ experiment: { experiment_id: string } }>("GET", `experiments/get-by-name?experiment_name=${experimentName}`);
  return experiment.experiment_id;
}

async function newRun(load: Load): Promise<string> {
  const { run } = await load.json<{ run: WireRun }>("POST", "runs/create", { experiment_id: "0", start_time: Date.now() });
  return run.info.run_id;
}

async function getRun(load: Load, runId: string): Promise<WireRun> {
  return (await load.json<{ run: WireRun }>("GET", `runs/get?run_id=${runId}`)).run;
}

function logMetric(connections: number): Part {
  return {
    name: `log_metric, ${connections} connection${connections === 1 ? "" : "s"}`,
    unit: "calls/s",
    budget: "≥ 10 ×",
    async measure(load) {
      const runs = await Promise.all(Array.from({ length: connections }, () => newRun(load)));
      const made = await rate(connections, SECONDS, (worker, n) => load.json("POST", "runs/log-metric", { run_id: runs[worker], key: "loss", value: n / 8, timestamp: 1000 + n, step: n }));
      for (const [worker, runId] of runs.entries()) {
        const { metrics = [] } = await load.json<Page>("GET", `metrics/get-history?run_id=${runId}&metric_key=loss&max_results=25000`);
        assert.deepEqual(metrics.map(({ value, step }) => [step, value]).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)), Array.from({ length: made.calls[worker] ?? 0 }, (_, n) => [n, n / 8]));
      }
      return made.rate;
    },
  };
}

function logBatch(connections: number): Part {
  return {
    name: `log_batch of 1,000 metrics, ${connections} connection${connections === 1 ? "" : "s"}`,
    unit: "calls/s",
    budget: "≥ 10 ×",
    async measure(load) {
      const runs = await Promise.all(Array.from({ length: connections }, () => newRun(load)));
      const metrics = (n: number) => Array.from({ length: 1000 }, (_, k) => ({ key: `m${k}`, value: n + k / 8, timestamp: 1000 + n, step: n }));
      const made = await rate(connections, SECONDS, (worker, n) => load.json("POST", "runs/log-batch", { run_id: runs[worker], metrics: metrics(n) }));
      for (const [worker, runId] of runs.entries()) {
        const last = (made.calls[worker] ?? 0) - 1;
        const { data } = await getRun(load, runId);
        assert.equal(data.metrics?.length, 1000);
        for (const { key, value, step } of data.metrics ?? []) assert.deepEqual([value, step], [last + Number(key.slice(1)) / 8, last]);
      }
      return made.rate;
    },
  };
}

const sweep: Part = {
  name: "a run of a sweep: create, 30 params, 50 metrics, end",
  unit: "calls/s",
  async measure(load) {
    let last = "";
    const made = await rate(1, SECONDS, async (_, n) => {
      last = await newRun(load);
      await load.json("POST", "runs/log-batch", { run_id: last, params: Array.from({ length: 30 }, (_, k) => ({ key: `p${k}`, value: String(k + n) })) });
      await load.json("POST", "runs/log-batch", { run_id: last, metrics: Array.from({ length: 50 }, (_, k) => ({ key: `m${k}`, value: k / 4 + n, timestamp: 5, step: 0 })) });
      await load.json("POST", "runs/update", { run_id: last, status: "FINISHED", end_time: Date.now() });
    });
    const { info, data } = await getRun(load, last);
    const n = (made.calls[0] ?? 0) - 1;
    assert.equal(info.status, "FINISHED");
    assert.deepEqual([...(data.params ?? [])].map(({ key, value }) => Number(value) - Number(key.slice(1))), new Array<number>(30).fill(n));
    assert.deepEqual([...(data.metrics ?? [])].map(({ key, value }) => value - Number(key.slice(1)) / 4), new Array<number>(50).fill(n));
    return made.rate;
  },
};

/** Whether a run came back with the values that it was seeded with. */
function checkRun({ info, data }: WireRun): void {
  const run = Number.parseInt(info.run_id, 16) - 1;
  const metrics = (data.metrics ?? []).filter(({ key }) => key.startsWith("metric_"));
  assert.equal(metrics.length, seeded.metrics);
  for (const { key, value } of metrics) assert.equal(value, metricValue(run, Number(key.slice(7))), info.run_id);
  assert.equal(data.params?.length, seeded.params);
  for (const { key, value } of data.params ?? []) assert.equal(value, paramValue(run, Number(key.slice(6))), info.run_id);
}

/** Runs that a filter finds and their order, from the formulas. */
const expected = Array.from({ length: seeded.runs }, (_, run) => run)
  .filter((run) => metricValue(run, 3) > 0.25 && paramValue(run, 0) === "gbm")
  .sort((a, b) => metricValue(b, 7) - metricValue(a, 7) || b - a);

function search(name: string, body: object, wanted: readonly number[], all = false): Part {
  return {
    name: `search, 10,000 runs × 50 metrics × 30 params: ${name}`,
    unit: "ms",
    budget: "≥ 20 ×",
    async measure(load) {
      const experiment = await experimentOf(load);
      const found: WireRun[] = [];
      let pages = 0;
      let bytes: Buffer[] = [];
      const time = await milliseconds(async () => {
        for (let token = ""; pages === 0 || token !== ""; pages++) {
          const page = await load.bytes("POST", "/api/2.0/mlflow/runs/search", JSON.stringify({ experiment_ids: [experiment], ...body, ...(token === "" ? {} : { page_token: token }) }));
          bytes.push(page);
          token = /"next_page_token":\s*"([^"]+)"/.exec(page.toString("latin1", Math.max(0, page.length - 1000)))?.[1] ?? "";
          if (!all) token = "";
        }
      });
      for (const page of bytes) {
        // SAFETY: the shape of MLflow's API; its values are checked below.
        found.push(...((JSON.parse(page.toString("utf8")) as Page).runs ?? []));
      }
      bytes = [];
      assert.deepEqual(found.map(({ info }) => info.run_id), wanted.map(runIdOf));
      for (const run of found) checkRun(run);
      return time;
    },
  };
}

const newest = Array.from({ length: seeded.runs }, (_, i) => seeded.runs - 1 - i);

const history: Part = {
  name: "history of 100,000 points, pages of 25,000",
  unit: "ms",
  async measure(load) {
    const metrics: WireMetric[] = [];
    const pages: Buffer[] = [];
    const time = await milliseconds(async () => {
      for (let token = ""; pages.length === 0 || token !== ""; ) {
        const page = await load.bytes("GET", `/api/2.0/mlflow/metrics/get-history?run_id=${runIdOf(0)}&metric_key=curve&max_results=25000${token === "" ? "" : `&page_token=${encodeURIComponent(token)}`}`);
        pages.push(page);
        token = /"next_page_token":\s*"([^"]+)"/.exec(page.toString("latin1", Math.max(0, page.length - 1000)))?.[1] ?? "";
      }
    });
    // SAFETY: the shape of MLflow's API; its values are checked below.
    for (const page of pages) metrics.push(...((JSON.parse(page.toString("utf8")) as Page).metrics ?? []));
    assert.equal(metrics.length, seeded.curve);
    for (const { step, value } of metrics) assert.equal(value, curveValue(step));
    assert.equal(new Set(metrics.map(({ step }) => step)).size, seeded.curve);
    return time;
  },
};

const bulk: Part = {
  name: "bulk history of 50 runs, 500 points each",
  unit: "ms",
  async measure(load) {
    const query = new URLSearchParams([["metric_key", "short"], ["max_results", "25000"], ...Array.from({ length: seeded.bulkRuns }, (_, i) => ["run_id", runIdOf(i + 1)])]);
    let page: Buffer = Buffer.alloc(0);
    const time = await milliseconds(async () => (page = await load.bytes("GET", `/ajax-api/2.0/mlflow/metrics/get-history-bulk?${query.toString()}`)));
    // SAFETY: as above.
    const { metrics = [] } = JSON.parse(page.toString("utf8")) as Page;
    assert.equal(metrics.length, seeded.bulkRuns * seeded.bulkPoints);
    for (const { step, value } of metrics) assert.equal(value, curveValue(step));
    assert.equal(new Set(metrics.map(({ run_id, step }) => `${run_id} ${step}`)).size, metrics.length);
    return time;
  },
};

const file = randomFillSync(Buffer.alloc(100_000_000));
const artifactPath = (runId: string, experiment: string): string => `/api/2.0/mlflow-artifacts/artifacts/${experiment}/${runId}/artifacts/weights.bin`;

function artifact(name: "upload" | "download"): Part {
  return {
    name: `artifact of 100 MB, ${name}`,
    unit: "ms",
    async measure(load) {
      const runId = await newRun(load);
      const path = artifactPath(runId, "0");
      const up = await milliseconds(() => load.bytes("PUT", path, file, "application/octet-stream"));
      let back: Buffer = Buffer.alloc(0);
      const down = await milliseconds(async () => (back = await load.bytes("GET", path)));
      const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
      assert.equal(digest(back), digest(file));
      return name === "upload" ? up : down;
    },
  };
}

/** In this order; what only reads comes last. */
export const parts: readonly Part[] = [
  logMetric(1),
  logMetric(8),
  logBatch(1),
  logBatch(8),
  sweep,
  search("filter and order, first 1,000", { filter: "metrics.metric_3 > 0.25 AND params.param_0 = 'gbm'", order_by: ["metrics.metric_7 DESC"], max_results: 1000 }, expected.slice(0, 1000)),
  search("filter and order, first 100", { filter: "metrics.metric_3 > 0.25 AND params.param_0 = 'gbm'", order_by: ["metrics.metric_7 DESC"], max_results: 100 }, expected.slice(0, 100)),
  search("newest 1,000", { max_results: 1000 }, newest.slice(0, 1000)),
  search("all pages of 1,000", { max_results: 1000 }, newest, true),
  history,
  bulk,
  artifact("upload"),
  artifact("download"),
];
