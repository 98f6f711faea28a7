import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { prepareOtherPython, preparePython } from "../../test/run/python.ts";
import { launchOf } from "../store/store.fixture.ts";
import { clientEnvironment, runWith } from "./client.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

/** Clients that log here: the locked one, and the newest patch release two minor versions before it. */
const clients = [
  { version: "3.17.2", python: preparePython },
  { version: "3.15.2", python: () => prepareOtherPython("older") },
];

for (const { version, python } of clients) {
  test(`MLflow ${version}: runs of eight processes at once with children, each reads back what it logged`, { timeout: 240_000 }, async () => {
    const launchId = `eight${version.replaceAll(".", "")}`;
    await door.store.write("launch.create", launchOf(launchId, `${launchId}-first`, { command: ["python", "parallel.py"], start: Date.now() }));
    const { code, output, result } = await runWith(await python(), clientEnvironment(door.uri, door.launchToken(launchId)), "parallel.py");
    assert.equal(code, 0, output);
    assert.deepEqual(result, { version, ranks: [0, 1, 2, 3, 4, 5, 6, 7], ids: 24, wrong: [] });
    const runs = door.store.read.runs.ofLaunch(door.store.read.launches.keyOf(launchId) ?? -1);
    assert.deepEqual([runs.length, runs.filter(({ parentKey }) => parentKey === null).length, runs.filter(({ status }) => status === "finished").length], [24, 8, 24]);
    assert.ok(runs.some(({ runId }) => runId === `${launchId}-first`), "one of them took over the launch's run");
  });
}

test("an older client: everything it wrote is read back by value", { timeout: 240_000 }, async () => {
  const { code, output, result } = await runWith(await prepareOtherPython("older"), clientEnvironment(door.uri, door.storeToken), "basics.py");
  assert.equal(code, 0, output);
  // SAFETY: the script prints this object.
  const { run_id: runId, changed, missing, ...rest } = result as { run_id: string; changed: string[]; missing: string[] };
  assert.deepEqual([changed[0], missing[0]], ["INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"]);
  assert.deepEqual(rest, {
    experiment: "churn",
    by_name: null,
    name: "baseline",
    status: "FINISHED",
    params: { lr: "0.1", depth: "6", model: "gbm", p49: "49" },
    tags: { team: "blue", gone: null, note: "ünïcödé", t2: "2", "mlflow.runName": "baseline" },
    metrics: { val_f1: 0.75, "val/auc": 0.5, loss: 0.25, batch: 249.75 },
    history: [[0, 0.9], [1, 0.5], [2, "nan"], [3, "inf"], [4, 0.25]],
    dataset: [["train", "code", { "mlflow.data.context": "training" }]],
    artifacts: ["all", "config", "hello.txt", "plots"],
    plots: [["plots/confusion+matrix ü.txt", 8]],
    downloaded: "1 2\n3 4\n",
    values: { a: [1, 2] },
    found: [runId],
    none: 0,
  });
});
