import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statfsSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { zipSync } from "fflate";
import { bundleOf, type OpenedBundle, openBundle } from "../api/connect.ts";
import { configEdit } from "../api/config.ts";
import { engineStatus } from "../api/engine.ts";
import { exportersRun } from "../api/exporters.ts";
import { launchLog } from "../api/launches.ts";
import { artifactsRead, metricCurves, runsDelete, runsGet, runsUpdate, runsWindow } from "../api/runs.ts";
import { viewsSave } from "../api/views.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { PrivateFolder } from "../life/private.ts";
import { bundlesBase } from "../platform/paths.ts";
import { coded } from "../runs/runs.fixture.ts";
import { BUNDLED, bundleOfRuns } from "./bundle.fixture.ts";
import { everythingIn } from "./importers.fixture.ts";

const engines = new TestEngines();
after(() => engines.dispose());

const [RUN, OTHER] = BUNDLED;

/** A bundle of another's runs in a folder of its own. */
async function bundled(name: string): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = engines.folder(name);
  const file = join(folder, `${name}.touchstone-bundle`);
  await bundleOfRuns(file);
  return { folder, file };
}

async function opened(file: string): Promise<OpenedBundle> {
  const bundle = await openBundle(file);
  engines.folder(bundle.folder.slice(engines.root.length + 1));
  return bundle;
}

test("a bundle is opened as a store of its own that is only read: runs, curves, log and artifacts are there, nothing of them can be changed, nothing is written where it lies", { timeout: 120_000 }, async () => {
  const { folder, file } = await bundled("may");
  const before = everythingIn(folder);
  const bundle = await opened(file);
  assert.deepEqual([bundle.name, bundle.file, bundle.runs, bundle.problems], ["may.touchstone-bundle", realpathSync(file), 2, []]);
  // A folder that somebody sends may say that it is one.
  const planted = engines.folder("planted");
  writeFileSync(join(planted, "bundle.json"), readFileSync(join(bundle.folder, "bundle.json")));
  assert.deepEqual([bundleOf(folder), bundleOf(planted), bundleOf(bundle.folder)?.runs], [null, null, 2]);
  const engine = engines.connect(bundle.folder);
  const status = await engine.request(engineStatus, null);
  assert.deepEqual([engine.folder, status.readOnly, status.runs], [bundle.folder, true, 2]);
  assert.match(status.notes.join(), /of the bundle may\.touchstone-bundle, which is opened for reading\. Take In Bundle…/);
  const { heads } = await engine.request(runsWindow, { query: {}, columns: [], from: 0, to: 10 });
  assert.deepEqual(heads.map(({ runId, title, status: state }) => [runId, title, state]), [[OTHER, "too fast", "finished"], [RUN, "the good one", "finished"]]);
  const run = await engine.request(runsGet, { runId: RUN });
  assert.deepEqual([run.note, run.params.map(({ key, value, source }) => [key, value, source]), run.launch?.command], ["keep", [["lr", "0.1", "argument"]], ["python", "train.py"]]);
  const { curves } = await engine.request(metricCurves, { runIds: [RUN], key: "loss", x: "step", maxPoints: 100 });
  assert.deepEqual(curves.map(({ y }) => [...y]), [[1, 1 / 2, 1 / 3]]);
  assert.equal(Buffer.from((await engine.request(launchLog, { launchId: "l1", offset: 0 })).data).toString(), "hello\n");
  assert.equal(Buffer.from((await engine.request(artifactsRead, { runId: RUN, path: "notes/a.txt", offset: 0, length: 100 })).data).toString(), "content");

  const changes = [
    engine.request(runsUpdate, { runIds: [RUN], name: "mine" }),
    engine.request(runsDelete, { runIds: [RUN] }),
    engine.request(configEdit, { edit: { kind: "direction", metric: "loss", direction: "up" } } as never),
    engine.request(viewsSave, { name: "x" } as never),
  ];
  for (const change of changes) {
    await assert.rejects(change, (error) => {
      assert.ok(coded("BUNDLE_READ_ONLY")(error));
      assert.match(JSON.stringify(error), /Take In Bundle… takes them into a folder of yours/);
      return true;
    });
  }
  assert.deepEqual(readdirSync(bundle.folder).sort(), [".touchstone", "bundle.json"]);
  assert.equal((await engine.request(runsGet, { runId: RUN })).name, "the good one");
  // It can be exported again, as it is.
  const copy = join(engines.root, "copy.touchstone-bundle");
  assert.equal((await engine.request(exportersRun, { runIds: [RUN], format: "bundle", path: copy })).runs, 1);
  assert.deepEqual(everythingIn(folder), before);
});

test("opened again it is there at once; a file that was written anew is another bundle; what nobody opened for weeks goes", { timeout: 120_000 }, async () => {
  const { file } = await bundled("june");
  const bundle = await openBundle(file);
  // Somebody's mark: what is unpacked again would not have it.
  writeFileSync(join(bundle.folder, "mark"), "");
  const again = await openBundle(file);
  assert.deepEqual([again.folder, existsSync(join(bundle.folder, "mark"))], [bundle.folder, true]);
  utimesSync(file, new Date(1), new Date(1));
  const changed = await openBundle(file);
  assert.notEqual(changed.folder, bundle.folder);
  utimesSync(join(bundle.folder, "bundle.json"), new Date(1), new Date(1));
  await openBundle(file);
  assert.deepEqual([existsSync(bundle.folder), existsSync(changed.folder)], [false, true]);
});

const bomb = zipSync({ "records.jsonl": Buffer.from("\n".repeat(90_000_000)), "touchstone-bundle.json": Buffer.from('{"format":"touchstone-bundle","version":1}') });
const newer = zipSync({ "records.jsonl": Buffer.from("\n"), "touchstone-bundle.json": Buffer.from('{"format":"touchstone-bundle","version":9}') });
const escaping = zipSync({ "records.jsonl": Buffer.from("\n"), "../../up.sh": Buffer.from("x"), "touchstone-bundle.json": Buffer.from('{"format":"touchstone-bundle","version":1}') });

for (const [what, content, code, reason] of [
  ["blows up", bomb, "BUNDLE_DAMAGED", /unpack to more than 100 times/],
  ["is of a newer version", newer, "BUNDLE_NEWER", /newer Touchstone/],
  ["leads out of its folder", escaping, "BUNDLE_DAMAGED", /it holds "\.\.\/\.\.\/up\.sh"/],
  ["is no bundle", Buffer.from("hello"), "BUNDLE_DAMAGED", /is no bundle/],
  ["is cut off", null, "BUNDLE_DAMAGED", /its end is missing/],
] as const) {
  test(`a file that ${what} is not opened for reading either: file and reason are said, nothing is left`, { timeout: 60_000 }, async () => {
    const name = what.replaceAll(" ", "-");
    const { file } = content === null ? await bundled(name) : { file: join(engines.root, `${name}.touchstone-bundle`) };
    if (content === null) truncateSync(file, readFileSync(file).length - 40);
    else writeFileSync(file, content);
    mkdirSync(bundlesBase(), { recursive: true });
    const before = readdirSync(bundlesBase()).sort();
    await assert.rejects(openBundle(file), (error) => {
      assert.ok(coded(code)(error), String(error));
      assert.match(String(error), reason);
      return true;
    });
    assert.deepEqual(readdirSync(bundlesBase()).sort(), before);
  });
}

test("who cancels while it unpacks ends that, and leaves nothing", { timeout: 30_000 }, async () => {
  const { file } = await bundled("july");
  mkdirSync(bundlesBase(), { recursive: true });
  const before = readdirSync(bundlesBase()).sort();
  // One that says how far it is, and never comes to an end.
  const enginePath = join(engines.root, "endless.mjs");
  writeFileSync(enginePath, `import { mkdirSync } from "node:fs";
mkdirSync(process.argv[process.argv.indexOf("--folder") + 1]);
console.log('{"progress":{"done":1,"total":2,"unit":"contents"}}');
setInterval(() => {}, 1_000);`);
  const abort = new AbortController();
  const opening = openBundle(file, { signal: abort.signal, enginePath, onProgress: () => abort.abort() });
  await assert.rejects(opening, coded("CANCELLED"));
  assert.deepEqual(readdirSync(bundlesBase()).sort(), before);
});

test("two windows that open it at the same time get the same store", { timeout: 60_000 }, async () => {
  const { file } = await bundled("august");
  const [one, other] = await Promise.all([openBundle(file), openBundle(file)]);
  assert.deepEqual([one.folder, one.runs, other.runs], [other.folder, 2, 2]);
  assert.deepEqual(readdirSync(bundlesBase()).filter((name) => name.endsWith(".part")), []);
});

test("an opened bundle is kept for two weeks after it was last opened; what a killed window left half unpacked, for a day", { timeout: 120_000 }, async () => {
  const day = 24 * 60 * 60 * 1000;
  const ago = (days: number): Date => new Date(Date.now() - days * day);
  const { file } = await bundled("kept");
  const { folder } = await openBundle(file);
  const part = (name: string, days: number): string => {
    const path = join(bundlesBase(), `${name}.part`);
    mkdirSync(path);
    utimesSync(path, ago(days), ago(days));
    return path;
  };
  const [old, young] = [part("old", 1.1), part("young", 0.9)];
  utimesSync(join(folder, "bundle.json"), ago(13), ago(13));
  const { file: another } = await bundled("another");
  await openBundle(another);
  assert.deepEqual([folder, old, young].map(existsSync), [true, false, true]);
  await openBundle(file);
  assert.ok(statSync(join(folder, "bundle.json")).mtimeMs > ago(0.5).getTime(), "its two weeks begin again");
  utimesSync(join(folder, "bundle.json"), ago(15), ago(15));
  await openBundle(another);
  assert.equal(existsSync(folder), false);
  rmSync(young, { recursive: true });
});

test("what nobody opened for weeks goes when an engine starts; what an engine reads stays", { timeout: 120_000 }, async () => {
  const [read, left] = [await opened((await bundled("read")).file), await openBundle((await bundled("left")).file)];
  const reading = engines.connect(read.folder);
  await reading.ready();
  // Secret, port and log of the engine that read it.
  const own = new PrivateFolder(left.folder).path;
  for (const { folder } of [read, left]) utimesSync(join(folder, "bundle.json"), new Date(1), new Date(1));
  await engines.connect(engines.folder("a project")).ready();
  await until(() => !existsSync(left.folder) && !existsSync(own));
  assert.equal(existsSync(read.folder), true);
  assert.equal((await reading.request(runsGet, { runId: RUN })).name, "the good one");
});

test("one that the disk has no room for is refused before it is unpacked, once what nobody opened for weeks has made room", { timeout: 60_000 }, async () => {
  const { folder } = await openBundle((await bundled("forgotten")).file);
  utimesSync(join(folder, "bundle.json"), new Date(1), new Date(1));
  const { file } = await bundled("huge");
  const { bavail, bsize } = statfsSync(engines.root);
  // A file with a hole takes no room itself.
  truncateSync(file, bavail * bsize + 2 ** 30);
  await assert.rejects(openBundle(file), (error) => {
    assert.ok(coded("DISK_FULL")(error), String(error));
    assert.equal(existsSync(folder), false);
    assert.match(String(error), /huge\.touchstone-bundle takes [\d.]+ GB or more when it is opened, and [\d.]+ GB are free in /);
    return true;
  });
});
