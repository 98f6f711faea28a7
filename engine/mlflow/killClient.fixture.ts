import { createHash } from "node:crypto";
import { closeSync, fsync, openSync, writeSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/**
 * A client that logs as fast as it can while somebody kills the engine, until it is killed itself:
 * `killClient.fixture.ts URI TOKEN FOLDER NAME`. What it is about to send stands in FOLDER/NAME.sent before it goes, what was
 * acknowledged in FOLDER/NAME.acks, on the disk before the same lane goes on: one line `lane number` each.
 */

/** What the five lanes write, by their number; the test compares with it. */
export const written = {
  metric: (n: number): number => n / 8,
  /** 20 metrics of one batch. */
  batch: (n: number, i: number): number => (i === 3 && n % 5 === 0 ? Number.NaN : n + i / 32),
  param: (n: number): string => `value ${n} ü`,
  /** Some MB, none like the other. */
  artifact: (name: string, n: number): Buffer => Buffer.alloc(1_000_000 + (n % 7) * 400_000, createHash("sha256").update(`${name} ${n}`).digest()),
  digest: (content: Uint8Array): string => `sha256:${createHash("sha256").update(content).digest("hex")}`,
};

/** Between uploads, which would leave nothing of two cores for the calls that are counted. */
const PAUSE_MS = 300;
const START = 1_700_000_000_000;

async function run(uri: string, token: string, folder: string, name: string): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const [sent, acks] = ["sent", "acks"].map((kind) => openSync(join(folder, `${name}.${kind}`), "a"));
  if (sent === undefined || acks === undefined) return;

  /** One call, repeated word for word until it is answered: what MLflow's client does, only sooner. */
  const call = async (method: string, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<{ text: string; etag: string }> => {
    for (;;) {
      const answer = await new Promise<{ status: number; text: string; etag: string } | null>((resolve) => {
        const bytes = body instanceof Uint8Array ? body : JSON.stringify(body);
        const type = body instanceof Uint8Array ? {} : { "content-type": "application/json" };
        const one = request(uri + path, { method, agent, headers: { authorization: `Bearer ${token}`, "content-length": Buffer.byteLength(bytes), ...type, ...headers } }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
          response.once("end", () => resolve({ status: response.statusCode ?? 0, text, etag: String(response.headers.etag) }));
          response.once("error", () => resolve(null));
        });
        one.once("error", () => resolve(null));
        one.end(bytes);
      });
      if (answer?.status === 200) return answer;
      if (answer !== null && answer.status < 500) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      await wait(10);
    }
  };
  const api = (route: string, body: unknown): Promise<{ text: string }> => call("POST", `/api/2.0/mlflow/${route}`, body);

  let syncing: Promise<void> | null = null;
  /** What waits shares one sync; what comes while one is under way waits for the next. */
  const synced = async (): Promise<void> => {
    await syncing;
    syncing ??= new Promise<void>((resolve, reject) => fsync(acks, (error) => (error ? reject(error) : resolve()))).finally(() => (syncing = null));
    await syncing;
  };
  const lane = async (kind: string, send: (n: number) => Promise<unknown>): Promise<never> => {
    for (let n = 0; ; n++) {
      writeSync(sent, `${kind} ${n}\n`);
      await send(n);
      writeSync(acks, `${kind} ${n}\n`);
      await synced();
    }
  };

  const made = JSON.parse((await api("runs/create", { experiment_id: "0", run_name: name, start_time: START, tags: [] })).text);
  const run_id = String(made.run.info.run_id);
  writeSync(acks, `run ${run_id}\n`);
  const root = `/api/2.0/mlflow-artifacts`;
  const place = `0/${run_id}/artifacts`;
  await Promise.all([
    lane("metric", (n) => api("runs/log-metric", { run_id, key: "metric", value: written.metric(n), timestamp: START + n, step: n })),
    lane("batch", (n) => {
      const metrics = Array.from({ length: 20 }, (_, i) => ({ key: `batch/${i}`, value: Number.isNaN(written.batch(n, i)) ? "NaN" : written.batch(n, i), timestamp: START + n, step: n }));
      return api("runs/log-batch", { run_id, metrics, params: [{ key: `of batch ${n}`, value: written.param(n) }], tags: [{ key: `of batch ${n}`, value: written.param(n) }] });
    }),
    lane("param", (n) => api("runs/log-parameter", { run_id, key: `p${n}`, value: written.param(n) })),
    lane("tag", (n) => api("runs/set-tag", { run_id, key: "latest", value: String(n) })),
    lane("upload", async (n) => {
      await call("PUT", `${root}/artifacts/${place}/whole/${n}.bin`, written.artifact(name, n));
      await wait(PAUSE_MS);
    }),
    lane("parts", async (n) => {
      await wait(PAUSE_MS);
      const content = written.artifact(`${name} in parts`, n);
      const half = Math.floor(content.length / 2);
      const created = JSON.parse((await call("POST", `${root}/mpu/create/${place}/parts`, { path: `${n}.bin`, num_parts: 2 })).text);
      const parts = await Promise.all([content.subarray(0, half), content.subarray(half)].map(async (part, i) => ({ part_number: i + 1, etag: (await call("PUT", `${root}/mpu/part/${created.upload_id}/${i + 1}`, part)).etag })));
      await call("POST", `${root}/mpu/complete/${place}/parts`, { path: `${n}.bin`, upload_id: created.upload_id, parts });
    }),
  ]);
  closeSync(sent);
}

const [uri, token, folder, name] = process.argv.slice(2);
if (import.meta.main && uri !== undefined && token !== undefined && folder !== undefined && name !== undefined) await run(uri, token, folder, name);
