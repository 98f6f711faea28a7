import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { launchOf } from "../store/store.fixture.ts";
import { basicsRead, clientEnvironment, launchScript, runScript } from "./client.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

const run = (runId: string) => {
  const found = door.store.read.runs.byId(runId);
  assert.ok(found, runId);
  return found;
};
const experimentOf = (runId: string) => door.store.read.experiments.byId(run(runId).experimentId)?.name;
const params = (runId: string) => door.store.read.runs.params(run(runId).runKey).map(({ key, value, source }) => `${key}=${value} ${source}`);
const metric = (runId: string, key: string) => door.store.read.runs.latestOfKey(run(runId).runKey, key)?.value;
const runsOf = (launchId: string) => door.store.read.runs.ofLaunch(door.store.read.launches.keyOf(launchId) ?? -1);

test("a client without a launch: everything it wrote is read back by value", async () => {
  const { code, output, result } = await runScript(clientEnvironment(door.uri, door.storeToken), "basics.py");
  assert.equal(code, 0, output);
  // SAFETY: the script prints this object.
  const { run_id: runId, changed, missing, ...rest } = result as { run_id: string; changed: string[]; missing: string[] };
  assert.deepEqual(rest, basicsRead(runId));
  assert.deepEqual(changed, [
    "INVALID_PARAMETER_VALUE",
    `INVALID_PARAMETER_VALUE: Changing param values is not allowed. Param with key='lr' was already logged with value='0.1' for run ID='${runId}'. Attempted logging new value '0.2'.`,
  ]);
  assert.deepEqual(missing, ["RESOURCE_DOES_NOT_EXIST", `RESOURCE_DOES_NOT_EXIST: Run with id=${"f".repeat(32)} not found`]);
});

test("names of artifacts: what the client logs, it lists and downloads again; it sends a %20 as a blank, we keep one of our own", async () => {
  await door.store.write("launch.create", launchOf("own", "by-touchstone"));
  await createArtifacts(door.store).put({ kind: "run", id: "by-touchstone" }, "g%20h.txt", new TextEncoder().encode("ours"));
  const { code, output, result } = await runScript(clientEnvironment(door.uri, door.storeToken), "names.py");
  assert.equal(code, 0, output);
  // SAFETY: the script prints this object.
  const { run_id: runId, ...rest } = result as { run_id: string };
  const listed = ["100%.txt", "50% sure.txt", "a b.txt", "aux", "c d.txt", "con.txt", "e+f.txt", "empty.bin", "täst ü 語.txt"];
  assert.deepEqual(rest, {
    wrong: [],
    listed,
    sizes: [["100%.txt", 8], ["50% sure.txt", 14], ["a b.txt", 7], ["aux", 3], ["c d.txt", 9], ["con.txt", 7], ["e+f.txt", 7], ["empty.bin", 0], ["täst ü 語.txt", 16]],
    whole: listed,
    local: ["g h.txt"],
    kept: "ours",
  });
  const stored = door.store.read.artifacts.under(`run:${runId}`, "").map(({ path }) => path).filter((path) => !path.includes("/"));
  assert.deepEqual(stored.sort(), listed);
});

test("every way to log a file and to get it back, whole and in parts", async () => {
  const folders = { MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: "400000", MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: "500000", MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE: "1", MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: "true" };
  const incoming = join(door.store.dir, "artifacts", "incoming");
  const inParts = () => readdirSync(incoming).map((name) => JSON.parse(readFileSync(join(incoming, name), "utf8"))).map(({ path, parts, done }) => `${path} ${parts} ${done}`);
  for (const more of [{}, { MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "true", ...folders }]) {
    const { code, output, result } = await runScript({ ...clientEnvironment(door.uri, door.storeToken), ...more }, "artifacts.py");
    assert.equal(code, 0, output);
    assert.deepEqual(result, {
      wrong: [],
      sizes: [
        ["all files/big model+1.bin", 1_536_007],
        ["all files/in ner/größe.bin", 700_001],
        ["all files/in ner/zero", 0],
        ["big model+1.bin", 1_536_007],
        ["config +1.json", 60],
        ["config.yaml", 35],
        ["nötes/a b+c.txt", 6],
        ["tables/my table+1.json", 75],
      ],
    });
  }
  assert.deepEqual(inParts().sort(), ["all files/big model+1.bin 4 true", "all files/in ner/größe.bin 2 true", "big model+1.bin 4 true"]);
});

test("a loop of three: the first takes the launch's run over, the others stand beside it, arguments keep their place", async () => {
  const { code, output } = await launchScript(door, "loop", "loop-first", { params: [{ key: "lr", value: "0.5", source: "argument" }, { key: "epochs", value: "3", source: "argument" }] }, "loop.py", "--epochs", "3");
  assert.equal(code, 0, output);
  const runs = runsOf("loop");
  assert.deepEqual(runs.map(({ status, parentKey }) => [status, parentKey]), Array.from({ length: 3 }, () => ["finished", null]));
  assert.equal(runs[0]?.runId, "loop-first");
  assert.deepEqual(runs.map(({ runId }) => experimentOf(runId)), ["train.py", "train.py", "train.py"]);
  assert.deepEqual(params("loop-first"), ["epochs=3 argument", "epochs=3 client", "lr=0.5 argument", "lr=0.1 client"]);
  assert.deepEqual(runs.map(({ runId }) => metric(runId, "loss")), [0.2, 0.4, 0.6]);
});

test("nested: the parent is the launch's run in the script's experiment, its children hang on it", async () => {
  const { code, output } = await launchScript(door, "nested", "nested-first", {}, "nested.py");
  assert.equal(code, 0, output);
  const [parent, ...children] = runsOf("nested");
  assert.deepEqual([parent?.runId, parent?.name, experimentOf("nested-first")], ["nested-first", "search", "search"]);
  assert.deepEqual(children.map(({ name, parentKey }) => [name, parentKey === parent?.runKey]), [["depth 3", true], ["depth 5", true]]);
  assert.deepEqual(children.map(({ runId }) => metric(runId, "loss")), [1 / 3, 1 / 5]);
});

test("endings: an exception, an exception within a child, os._exit, and a plain end are told apart", async () => {
  const statuses: Record<string, unknown> = {};
  for (const how of ["raise", "with", "exit", "end"]) {
    const { code } = await launchScript(door, how, `${how}-first`, {}, "endings.py", how);
    statuses[how] = [code, ...runsOf(how).map(({ status }) => status)];
  }
  // Without the bootstrap nobody tells of the exception, so "raise" ends as the client said; capture's own test has it failed.
  assert.deepEqual(statuses, { raise: [1, "finished"], with: [1, "finished", "failed"], exit: [7, "failed"], end: [0, "finished"] });
});

test("four processes: four runs, each with its own values, one of them the launch's", async () => {
  const { code, output } = await launchScript(door, "four", "four-first", {}, "processes.py");
  assert.equal(code, 0, output);
  const runs = runsOf("four");
  assert.deepEqual(runs.map(({ runId }) => [params(runId).length, metric(runId, "loss")]).map(([n]) => n), [1, 1, 1, 1]);
  assert.deepEqual(new Set(runs.map(({ runId }) => `${params(runId)[0]} ${metric(runId, "loss")}`)), new Set([0, 1, 2, 3].map((rank) => `rank=${rank} client ${rank + 0.4}`)));
  assert.deepEqual(new Set(runs.map(({ runId }) => experimentOf(runId))), new Set(["parallel"]));
  assert.equal(runs[0]?.runId, "four-first");
});

test("autologging of scikit-learn: params, metrics, data set and a model that loads back", async () => {
  const { code, output, result } = await launchScript(door, "auto", "auto-first", {}, "autolog.py");
  assert.equal(code, 0, output);
  // SAFETY: the script prints this object.
  const { runs, C, status, same, inputs, outputs, metrics } = result as { runs: string[]; C: string[]; status: string[]; same: boolean; inputs: number; outputs: string[]; metrics: Record<string, number> };
  assert.equal(runs[0], "auto-first");
  assert.deepEqual([C, same, status, inputs, outputs.length], [["0.5", "2.0"], true, ["READY", "READY"], 1, 1]);
  assert.equal(metrics["test_accuracy"], metrics["training_score"]);
  assert.equal(experimentOf("auto-first"), "train.py");
});
