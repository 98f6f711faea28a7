import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clientEnvironment, runScript } from "./client.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

async function resultOf(name: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, output, result } = await runScript(clientEnvironment(door.uri, door.storeToken), name, ...args);
  assert.equal(code, 0, output);
  // SAFETY: each of these scripts prints an object.
  return result as Record<string, unknown>;
}

test("log_model, register, alias, stage: each name of a version loads the model that predicts the same; every operator finds", async () => {
  const all = ["flowers/1", "flowers/2", "flowers/3"];
  const { loaded, ...rest } = await resultOf("registry.py");
  // SAFETY: by URI, whether the model that was loaded from there predicts as the one that was logged.
  const uris = Object.entries(loaded as Record<string, boolean>);
  assert.deepEqual([uris.length, uris.filter(([, same]) => !same)], [9, []]);
  assert.deepEqual(rest, {
    versions: ["2", "3", "1"],
    first: "1",
    run_ids: [true, true, true],
    searched: {
      "name = 'flowers'": all,
      "name != 'flowers'": ["copies/1"],
      "name LIKE 'flow%'": all,
      "name ILIKE 'FLOW%'": all,
      "name IN ('copies')": ["copies/1"],
      "version_number = 1 and name = 'flowers'": ["flowers/1"],
      "version_number != 1 and name = 'flowers'": ["flowers/2", "flowers/3"],
      "version_number > 2": ["flowers/3"],
      "version_number >= 2": ["flowers/2", "flowers/3"],
      "version_number < 2 and name = 'flowers'": ["flowers/1"],
      "version_number <= 1 and name = 'flowers'": ["flowers/1"],
      "tags.checked = 'no'": ["flowers/1"],
      "tags.checked != 'no'": [],
      "tags.`from` ILIKE 'ID'": ["copies/1", "flowers/2"],
      "tag.`from` LIKE 'i%'": ["copies/1", "flowers/2"],
      "source_path LIKE 'models:/%' and name = 'flowers'": ["flowers/1", "flowers/2"],
      run: ["flowers/1"],
      "not the run": ["flowers/2", "flowers/3"],
      runs: ["flowers/1", "flowers/3"],
      source: ["flowers/2"],
    },
    ordered: {
      "version_number ASC": all,
      "version_number DESC": all.toReversed(),
      "creation_timestamp ASC": all,
      "last_updated_timestamp DESC": all,
    },
    pages: [["1", "2"], ["3"]],
    names: {
      "": ["copies", "flowers", "trees"],
      "name = 'trees'": ["trees"],
      "name != 'trees'": ["copies", "flowers"],
      "name LIKE 't%'": ["trees"],
      "name ILIKE 'T%'": ["trees"],
      "name IN ('trees', 'copies')": ["copies", "trees"],
      "tags.team = 'blue'": ["flowers"],
      "tags.team != 'blue'": ["trees"],
      "tags.team ILIKE 'BLUE'": ["flowers", "trees"],
      "tag.team LIKE 'B%'": ["trees"],
    },
    backwards: ["trees", "flowers", "copies"],
    one: ["the first öne", "Archived", "READY", { checked: "no" }, []],
    whole: ["Which flower it is", { team: "blue" }, { challenger: "3", champion: "2" }, [["1", "Archived"], ["2", "Production"], ["3", "None"]]],
    // The client writes the second one, with its own kind of number.
    tagged: [{ name: "flowers", version: 2 }, { name: "flowers", version: "2" }, { name: "copies", version: 1 }],
    errors: {
      deleted: ["RESOURCE_DOES_NOT_EXIST", "RESOURCE_DOES_NOT_EXIST: Model Version (name=flowers, version=3) not found"],
      alias: ["INVALID_PARAMETER_VALUE", "INVALID_PARAMETER_VALUE: Registered model alias challenger not found."],
      taken: ["RESOURCE_ALREADY_EXISTS", "RESOURCE_ALREADY_EXISTS: Registered Model (name=trees) already exists."],
      stage: ["INVALID_PARAMETER_VALUE", "INVALID_PARAMETER_VALUE: Invalid Model Version stage: Best. Value must be one of None, Staging, Production, Archived."],
      reserved: ["INVALID_PARAMETER_VALUE", "INVALID_PARAMETER_VALUE: 'latest' alias name (case insensitive) is reserved."],
    },
    left: ["flowers", "woods"],
  });
});

test("mlflow.genai.datasets and prompts: inputs of every type, NaN and long numbers come back; merged, tagged, moved, deleted", async () => {
  assert.deepEqual(await resultOf("datasets.py"), {
    tags: [{ team: "blue", "mlflow.user": "ada" }, { team: "red", "mlflow.user": "ada" }],
    by: "ada",
    schema: { question: "string", n: "integer", share: "float", big: "integer", small: "float", none: "null", list: "array", x: "float", y: "float" },
    profile: { num_records: 3 },
    inputs: true,
    typed: ["int", "float", "int", "float", "NoneType", "list"],
    nan: [true, true, { text: "x" }],
    merged: [{ answer: "noon", score: 0.2, more: [1] }, "hard"],
    rows: 3,
    found: { "name = 'qa'": ["qa"], "name LIKE 'q%'": ["qa"], "tags.team = 'blue'": ["qa"], "tags.team != 'blue'": [], "created_by = 'ada'": ["qa"] },
    experiments: [true, true],
    deleted: [1, 2],
    input: ["qa", true],
    gone: "RESOURCE_DOES_NOT_EXIST",
    prompts: [1, 2, "Say {{word}} to {{name}}.", "Say hi to you.", ["greeting"], false],
  });
});

/** What each framework's autologging sends; `wrong` lists whatever is read back differently, by value. */
const frameworks = {
  // A search of three settings: a parent with three children, the best model and the search itself as models.
  sklearn: { runs: 4, models: 2, points: 30, datasets: 4 },
  xgboost: { runs: 1, models: 1, points: 7, datasets: 2 },
  lightgbm: { runs: 1, models: 1, points: 7, datasets: 2 },
  keras: { runs: 1, models: 1, points: 18, datasets: 1 },
} as const;

for (const [framework, counts] of Object.entries(frameworks)) {
  test(`autologging of ${framework}: every param, point, tag, data set, model and file that was sent is read back, by value`, async () => {
    const { params, files, ...rest } = await resultOf("autologging.py", framework);
    assert.deepEqual(rest, { wrong: [], ...counts, found: true, same: true });
    assert.ok(Number(params) > 4 && Number(files) > 4, `${String(params)} params, ${String(files)} files`);
  });
}
