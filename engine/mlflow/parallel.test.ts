import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { prepareOtherPython, preparePython } from "../../test/run/python.ts";
import { launchOf } from "../store/store.fixture.ts";
import { basicsRead, clientEnvironment, runWith } from "./client.fixture.ts";
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
  assert.deepEqual(rest, basicsRead(runId));
});
