import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { seeded } from "../expressions/random.fixture.ts";
import { openRunTable } from "../runs/openTable.ts";
import { openStore } from "../store/store.ts";
import { temporaryFolder } from "../store/store.fixture.ts";
import { type FuzzCall, fuzzCall, nearlyRight, type Sample } from "./fuzz.fixture.ts";
import { caller, drawing } from "./model.fixture.ts";
import { Retries } from "./retries.ts";
import { createRoutes } from "./routes.ts";
import { createRunSearch } from "./search.ts";
import { openDoor } from "./server.fixture.ts";

const REQUESTS = process.env["TOUCHSTONE_LONG"] === "1" ? 20_000 : 2_000;
/** How many calls are under way at once. */
const CLIENTS = 8;
/** No random call knows this id, nor the run's. */
const experimentId = "987654321987654321";
const seed = 20_261;
const api = "/api/2.0/mlflow/";

test(`after ${REQUESTS} random requests the door is there, its answers are right, and no answer was a failure of its own`, async () => {
  const temporary = temporaryFolder();
  const door = await openDoor(temporary.folder);
  const { store } = door;
  try {
    const call = caller(door);
    const routes = Object.keys(createRoutes({ store, artifacts: createArtifacts(store), search: createRunSearch(openRunTable(store), store.read), retries: new Retries() }));
    await store.write("experiment.create", { name: "watched", time: 1, tags: [{ key: "a", value: "b" }], id: experimentId });
    const { runId } = await store.write("run.create", { runId: "w".repeat(32), experimentId, name: "watched", named: true, user: "ada", start: 5, tags: [] });
    await store.write("run.logBatch", { runId, metrics: [1, Number.NaN, Infinity].map((value, step) => ({ key: "loss", value, step, time: step })), params: [{ key: "lr", value: "0.1" }], tags: [{ key: "t", value: "ü" }] });
    const artifact = `/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${runId}/artifacts/a.txt`;
    assert.equal((await call("PUT", artifact, new TextEncoder().encode("watched bytes"))).status, 200);
    const watched = async (): Promise<string[]> => {
      const answers = await Promise.all([
        call("GET", `${api}experiments/get?experiment_id=${experimentId}`),
        call("GET", `${api}runs/get?run_id=${runId}`),
        call("GET", `${api}metrics/get-history?run_id=${runId}&metric_key=loss&max_results=10`),
        call("POST", `${api}runs/search`, { experiment_ids: [experimentId], filter: "params.lr = '0.1' and tags.t = 'ü'" }),
        call("GET", artifact),
      ]);
      return answers.map(({ status, text }) => `${status} ${text}`);
    };
    const before = await watched();
    assert.match(before.join("\n"), /^200 .*watched bytes$/s);

    const draw = drawing(seeded(seed));
    const ids = ["0", "1", "2", "999999", "nobody"];
    // Things that random calls hit, so that they come further than to "not found".
    for (let i = 0; i < 5; i++) {
      const made = await call("POST", `${api}runs/create`, { experiment_id: "0", start_time: i });
      ids.push(/"run_id":"(\w+)"/.exec(made.text)?.[1] ?? "");
    }
    const model = await call("POST", `${api}logged-models`, { experiment_id: "0", name: "m" });
    ids.push(/"model_id":"([\w-]+)"/.exec(model.text)?.[1] ?? "", "registered");
    await call("POST", `${api}registered-models/create`, { name: "registered" });

    const samples = await differentialCalls();
    const idOf = (name: string): string => (name === "exp" ? draw.of(["0", "0", "1", "2", "7"]) : name === "model" ? draw.of([...ids.slice(-2), ...ids.slice(-2), "nobody"]) : draw.chance(0.9) ? draw.of(ids.slice(5, 10)) : draw.of(ids));

    let sent = 0;
    const failures: string[] = [];
    const client = async (): Promise<void> => {
      while (sent < REQUESTS && failures.length < 5) {
        sent++;
        const one = draw.chance(0.5) ? nearlyRight(draw, samples, idOf) : fuzzCall(draw, routes, ids);
        const problem = await tried(call, one);
        if (problem !== null) failures.push(`request ${sent} of seed ${seed}: ${one.method} ${one.path.slice(0, 300)} ${String(one.body).slice(0, 600)}\n  ${problem}`);
        if (sent % 500 === 0) assert.deepEqual(await watched(), before);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    assert.deepEqual(failures, []);
    assert.deepEqual(await watched(), before);
    const fresh = await call("POST", `${api}runs/create`, { experiment_id: experimentId, run_name: "after", start_time: 6 });
    assert.equal(fresh.status, 200, fresh.text);
    // Nothing was written beside the store.
    assert.deepEqual(readdirSync(temporary.folder), [".touchstone"]);
    await door.close();
    const again = await openStore({ folder: temporary.folder });
    assert.equal(again.read.runs.byId(runId)?.name, "watched");
    assert.equal(again.readOnly, false);
    await again.close();
  } finally {
    await door.close().catch(() => undefined);
    temporary.dispose();
  }
});

/** The calls that are made to the reference too: right ones of every route, and wrong ones. */
async function differentialCalls(): Promise<Sample[]> {
  const folder = join(import.meta.dirname, "..", "..", "test", "differential", "cases");
  const all: Sample[] = [];
  for (const file of readdirSync(folder).sort()) {
    // SAFETY: each file of that folder exports its cases.
    const { cases } = (await import(join(folder, file))) as { cases: readonly { calls: readonly (Sample & { raw?: unknown })[] }[] };
    all.push(...cases.flatMap(({ calls }) => calls.filter(({ raw }) => raw === undefined)));
  }
  return all;
}

/** What is wrong with the answer to a call; null for nothing. */
async function tried(call: ReturnType<typeof caller>, { method, path, body, headers }: FuzzCall): Promise<string | null> {
  try {
    const answer = await call(method, path, body, headers);
    if (answer.status >= 500 && answer.status !== 501) return `${answer.status} ${answer.text.slice(0, 500)}`;
    const mlflow = typeof answer.json["error_code"] === "string" && typeof answer.json["message"] === "string";
    // Spans are also refused in OpenTelemetry's form, there as here.
    const form = mlflow || (path.startsWith("/v1/") && typeof answer.json["detail"] === "string");
    if (answer.status >= 400 && method !== "HEAD" && !form) return `no error in MLflow's form: ${answer.status} ${answer.text.slice(0, 500)}`;
    return null;
  } catch (error) {
    return `no answer: ${String(error)}`;
  }
}
