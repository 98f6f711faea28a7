import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { withImports } from "./importers.fixture.ts";
import { ownFolder } from "./records.fixture.ts";

const LOCAL = "m-0123456789abcdef0123456789abcdef";
const time = 1_750_000_000_000;

/** An mlruns folder of these files. */
function mlrunsOf(files: Readonly<Record<string, string>>): string {
  const root = join(ownFolder(), "mlruns");
  for (const [name, text] of Object.entries({ "0/meta.yaml": "experiment_id: '0'\nname: Default\nlifecycle_stage: active\n", ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const version = (name: string, number: number, source: string, more = ""): Record<string, string> => ({
  [`models/${name}/meta.yaml`]: `name: ${name}\ncreation_timestamp: 5\nlast_updated_timestamp: 6\ndescription: theirs\n`,
  [`models/${name}/version-${number}/meta.yaml`]: `name: ${name}\nversion: ${number}\ncreation_timestamp: 5\nsource: ${source}\n${more}`,
});

test("what is registered, logged and traced here stays when a folder says otherwise of the same names and ids", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const traceId = "tr-0123456789abcdef0123456789abcdef";
    await store.write("registered.create", { name: "prod", time, description: "ours", tags: [] });
    await store.write("version.create", { name: "prod", time, source: "runs:/good/model", location: "runs:/good/model", runId: "good", runLink: null, description: null, modelId: null, tags: [] });
    await store.write("registered.update", { name: "prod", time, setAliases: [{ alias: "champion", version: 1 }] });
    await store.write("trace.start", { experimentId: "0", traceId, time, duration: 1, state: "OK", clientRequestId: null, requestPreview: "ours", responsePreview: null, tags: [], metadata: [], assessments: [] });
    // A logged model that is here from another folder, with its files.
    const logged = { [`0/models/${LOCAL}/meta.yaml`]: `name: net\nstatus: 2\nexperiment_id: 0\ncreation_timestamp: 5\n`, [`0/models/${LOCAL}/artifacts/model.pkl`]: "ours" };
    await fixture.take(mlrunsOf(logged));
    const before = store.read.artifacts.under(`model:${LOCAL}`, "");
    assert.equal(before.length, 1);

    const { problems } = await fixture.take(
      mlrunsOf({
        ...version("prod", 1, "file:///tmp/evil"),
        ...version("prod", 2, "s3://evil/model"),
        "models/prod/aliases/champion": "2",
        [`0/models/${LOCAL}/meta.yaml`]: "name: evil\nstatus: 2\nexperiment_id: 0\ncreation_timestamp: 5\n",
        [`0/models/${LOCAL}/artifacts/model.pkl`]: "evil",
        [`0/traces/${traceId}/trace_info.yaml`]: "request_time: '2026-01-01T00:00:00Z'\nstate: ERROR\nrequest_preview: evil\n",
      }),
    );
    const { registry } = store.read;
    assert.equal(registry.byName("prod")?.description, "ours");
    assert.deepEqual(registry.versionsOf(registry.byName("prod")?.registeredKey ?? 0).map((one) => [one.version, one.source, one.location]), [[1, "runs:/good/model", "runs:/good/model"]]);
    assert.deepEqual(registry.aliases(registry.byName("prod")?.registeredKey ?? 0), [{ alias: "champion", version: 1 }]);
    assert.equal(store.read.models.byId(LOCAL)?.name, "net");
    assert.deepEqual(store.read.artifacts.under(`model:${LOCAL}`, ""), before);
    assert.equal(store.read.traces.byId(traceId)?.requestPreview, "ours");
    const said = problems.map(({ reason }) => reason).join("\n");
    for (const what of ["The registered model prod", "The version prod/1", "The version prod/2", `The model evil (${LOCAL})`, `The trace ${traceId}`]) {
      assert.ok(said.includes(`${what} is not taken in: one of that name is here already, which this source did not bring.`), `${what} in ${said}`);
    }
  }));

test("a registered model of a folder is brought up to date by that folder; a file of this computer is no place of its versions", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const root = mlrunsOf({ ...version("theirs", 1, "file:///etc"), ...version("theirs", 2, "s3://bucket/model") });
    const { problems } = await fixture.take(root);
    const { registry } = store.read;
    const now = () => registry.versionsOf(registry.byName("theirs")?.registeredKey ?? 0).map((one) => [one.version, one.source, one.location, one.stage]);
    assert.deepEqual(now(), [[1, "file:///etc", "", "None"], [2, "s3://bucket/model", "s3://bucket/model", "None"]]);
    assert.match(problems.map(({ reason }) => reason).join(), /The files of version theirs\/1 are not taken from file:\/\/\/etc: Invalid model version source/);
    writeFileSync(join(root, "models/theirs/version-2/meta.yaml"), "name: theirs\nversion: 2\ncreation_timestamp: 5\nsource: s3://bucket/model\ncurrent_stage: Production\n");
    await fixture.take(root);
    assert.equal(now()[1]?.[3], "Production");
    // Deleted and made anew here, it is nobody else's.
    await store.write("registered.delete", { name: "theirs" });
    await store.write("registered.create", { name: "theirs", time, description: "ours", tags: [] });
    writeFileSync(join(root, "models/theirs/version-2/meta.yaml"), "name: theirs\nversion: 2\ncreation_timestamp: 5\nsource: s3://bucket/other\n");
    await fixture.take(root);
    assert.deepEqual(now(), []);
  }));
