import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { TouchstoneError } from "../api/tokens.ts";
import { exptrack } from "./exptrack.ts";
import { findSources } from "./find.ts";
import { type ImportFixture, unpack, withImports } from "./importers.fixture.ts";
import { mlruns } from "./mlruns.ts";
import { of, ownFolder, recordsOf } from "./records.fixture.ts";

const SECRET = "what must never be read";

/** The names of runs that were taken in. */
const namesOf = ({ store }: ImportFixture): string[] => [...store.read.runs.all()].map(({ name }) => name).sort();
/** All that is kept of artifacts. */
const kept = ({ store }: ImportFixture): string => globSync("blobs/*/*", { cwd: join(store.dir, "artifacts") }).map((path) => readFileSync(join(store.dir, "artifacts", path), "utf8")).join("\n");
const all = ["deleted one", "diverged", "dazzling-bug-599", "polite-cod-143", "puzzled-dolphin-462", "sweep λ"].sort();

/** A run of the recorded mlruns by its name, relative to it. */
function runNamed(root: string, name: string): string {
  const found = globSync("**/meta.yaml", { cwd: root }).find((file) => readFileSync(join(root, file), "utf8").includes(`run_name: ${name}\n`));
  assert.ok(found, name);
  return found.replace(/[\\/]meta\.yaml$/, "");
}

test("mlruns: broken YAML, broken values and files that are no values are named with file and line; everything else is taken in", () =>
  withImports(async (fixture) => {
    const root = join(unpack("mlruns.tar.gz", ownFolder()), "mlruns");
    const [broken, odd] = [runNamed(root, "deleted one"), runNamed(root, "diverged")];
    writeFileSync(join(root, broken, "meta.yaml"), "run_id: 'a\nstatus: [\n");
    appendFileSync(join(root, odd, "metrics", "loss"), "1750000000010 much 7\n1750000000011 0.125 8\n");
    mkdirSync(join(root, odd, "params"), { recursive: true });
    writeFileSync(join(root, odd, "params", "huge"), "x".repeat(1_100_000));
    const bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n";
    mkdirSync(join(root, "77", "0123456789abcdef0123456789abcdef"), { recursive: true });
    writeFileSync(join(root, "77", "0123456789abcdef0123456789abcdef", "meta.yaml"), bomb);
    const { problems } = await fixture.take(root);
    assert.deepEqual(namesOf(fixture).filter((name) => name !== ""), all.filter((name) => name !== "deleted one"));
    const said = (file: string) => problems.filter((one) => one.file === file).map(({ line, reason }) => `${line ?? ""} ${reason}`);
    assert.match(said(`${broken}/meta.yaml`).join(), /^\d+ Broken YAML: /);
    assert.deepEqual(said(`${odd}/metrics/loss`), ["4 `1750000000010 much 7` is no value of a metric (time value step)."]);
    assert.deepEqual(said(`${odd}/params/huge`), [" It has more than 1000000 bytes."]);
    assert.deepEqual(said("77/meta.yaml"), [" It is missing."]);
    const { store } = fixture;
    const run = [...store.read.runs.all()].find(({ name }) => name === "diverged");
    assert.deepEqual(store.read.metrics.points(run?.runKey ?? 0, "loss").at(-1), { step: 8, time: 1_750_000_000_011, value: 0.125 });
  }));

test("mlruns: links out of the folder and paths with .. are refused by name, nothing behind them is read", () =>
  withImports(async (fixture) => {
    const folder = ownFolder();
    const root = join(unpack("mlruns.tar.gz", folder), "mlruns");
    const outside = join(folder, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "secret"), SECRET);
    const run = join(root, runNamed(root, "sweep λ"));
    symlinkSync(join(outside, "secret"), join(run, "artifacts", "stolen.txt"));
    symlinkSync(outside, join(run, "artifacts", "all of it"));
    symlinkSync(join(run, "artifacts", "a b+c.txt"), join(run, "artifacts", "within.txt"));
    symlinkSync(join(outside, "secret"), join(run, "params", "password"));
    symlinkSync(join(outside, "secret"), join(run, "metrics", "leak"));
    symlinkSync(outside, join(root, "0", "0123456789abcdef0123456789abcdef"));
    for (const part of globSync("inputs/*/meta.yaml", { cwd: run })) writeFileSync(join(run, part), "source_type: DATASET\nsource_id: ../../../../outside\ndestination_id: x\n");
    const { problems } = await fixture.take(root);
    assert.deepEqual(namesOf(fixture), all);
    const reasons = problems.map(({ file, reason }) => `${file}: ${reason}`).join("\n");
    for (const part of [/stolen\.txt: It leads out of /, /all of it: It is a link to a folder/, /params\/password: It is a link/, /metrics\/leak: It is a link/, /^0\/0123456789abcdef0123456789abcdef: It is a link/m, /`\.\.\/\.\.\/\.\.\/\.\.\/outside` is no id of a data set/]) assert.match(reasons, part);
    assert.ok(!kept(fixture).includes(SECRET));
    const { store } = fixture;
    const stored = [...store.read.runs.all()].find(({ name }) => name === "sweep λ");
    const paths = store.read.artifacts.under(`run:${stored?.runId}`, "").map(({ path }) => path);
    assert.ok(paths.includes("within.txt") && !paths.some((path) => /stolen|all of it/.test(path)), paths.join());
    assert.ok(!store.read.runs.params(stored?.runKey ?? 0).some(({ value }) => value === SECRET));
  }));

test("mlruns: a folder of a run, an experiment or the registry that is a link itself is named, and nothing behind it is read", () =>
  withImports(async (fixture) => {
    const folder = ownFolder();
    const root = join(unpack("mlruns.tar.gz", folder), "mlruns");
    const outside = join(folder, "outside");
    for (const inner of ["v", "v/version-1"]) mkdirSync(join(outside, inner), { recursive: true });
    for (const name of ["id_rsa", "v/meta.yaml", "v/version-1/meta.yaml"]) writeFileSync(join(outside, name), name === "id_rsa" ? SECRET : `name: ${SECRET}\nversion: 1\n`);
    const run = join(root, runNamed(root, "sweep λ"));
    for (const part of ["params", "tags", "metrics", "artifacts", "inputs", "outputs"]) {
      rmSync(join(run, part), { recursive: true, force: true });
      symlinkSync(outside, join(run, part));
    }
    for (const part of ["0/tags", "0/models", "0/traces", "models", ".trash"]) {
      rmSync(join(root, part), { recursive: true, force: true });
      symlinkSync(outside, join(root, part));
    }
    const { problems } = await fixture.take(root);
    const named = new Set(problems.filter(({ reason }) => reason === "It is a link, which is not followed.").map(({ file }) => file));
    const inRun = ["params", "tags", "metrics", "artifacts", "inputs", "outputs"].map((part) => `${runNamed(root, "sweep λ")}/${part}`);
    for (const part of [...inRun, "0/tags", "0/models", "0/traces", "models", ".trash"]) assert.ok(named.has(part), `${part} in ${[...named].join()}`);
    const { store } = fixture;
    assert.ok(!kept(fixture).includes(SECRET));
    for (const { runKey } of store.read.runs.all()) assert.ok(!store.read.runs.params(runKey).some(({ key }) => key === "id_rsa"));
    assert.equal(store.read.registry.byName(SECRET), undefined);
  }));

test("mlflow.db: one that another program has locked is named, leaves the store untouched, and is taken in afterwards", () =>
  withImports(async (fixture) => {
    const folder = unpack("mlflow-db.tar.gz", ownFolder());
    const file = join(folder, "mlflow.db");
    // It is recognised before the other program takes its lock.
    const [found] = (await findSources(file)).sources;
    assert.equal(found?.reader.format, "mlflow-db");
    const other = new Database(file);
    other.exec("BEGIN EXCLUSIVE");
    const read = found.reader.read(file, new Map(), { signal: new AbortController().signal });
    await assert.rejects(async () => (await read[Symbol.asyncIterator]().next()).value, (error) => error instanceof TouchstoneError && error.shape.code === "IMPORT_UNREADABLE" && error.message === `${file} cannot be read: it is locked by another program.` && error.shape.file === file);
    assert.deepEqual([fixture.store.read.sources.all(), namesOf(fixture)], [[], []]);
    other.exec("ROLLBACK");
    other.close();
    assert.equal((await fixture.take(file)).runs, 6);
  }));

test("a pipe beside a database or in its place is neither waited for nor read; a locked one is recognised by what made its tables", async () => {
  const folder = unpack("mlflow-db.tar.gz", ownFolder());
  const file = join(folder, "mlflow.db");
  const other = new Database(file);
  other.exec("BEGIN EXCLUSIVE");
  assert.equal((await findSources(file)).sources.length, 1);
  other.exec("ROLLBACK");
  other.close();
  // Each in a process of its own: one that hangs is ended.
  const here = new URL(".", import.meta.url).href;
  const said = (path: string): string => {
    const code = `const { findSources } = await import(${JSON.stringify(`${here}find.ts`)}); const { readText } = await import(${JSON.stringify(`${here}files.ts`)}); const { ForeignDatabase } = await import(${JSON.stringify(`${here}../store/foreign/database.ts`)});
      const tried = (body) => { try { body(); return "read"; } catch (error) { return error.message; } };
      console.log((await findSources(${JSON.stringify(path)})).sources.length, tried(() => new ForeignDatabase(${JSON.stringify(path)}).close()), tried(() => readText(${JSON.stringify(`${path}-wal`)}, 100)));`;
    return execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", timeout: 20_000, stdio: ["ignore", "pipe", "ignore"] });
  };
  execFileSync("mkfifo", [`${file}-wal`]);
  assert.match(said(file), /^1 .*mlflow\.db-wal is not a plain file\. It is not a plain file\.$/m);
  rmSync(file);
  execFileSync("mkfifo", [file]);
  assert.match(said(file), /^0 /);
});

test("exptrack: a folder elsewhere that is named as an output is not even listed; mlruns: a meta.yaml that is a link makes no source", async () => {
  const folder = unpack("exptrack.tar.gz", ownFolder());
  const outside = ownFolder();
  writeFileSync(join(outside, "secret"), SECRET);
  const file = join(folder, ".exptrack", "experiments.db");
  const db = new Database(file);
  db.prepare("UPDATE artifacts SET path = ?").run(outside);
  db.close();
  const records = await recordsOf(exptrack, file);
  assert.deepEqual(of(records, "artifact"), []);
  assert.match(of(records, "problem").map(({ reason }) => reason).join(), new RegExp(`leads out of .* \\(to ${outside}\\)`));

  const root = join(ownFolder(), "mlruns");
  mkdirSync(join(root, "0"), { recursive: true });
  writeFileSync(join(outside, "meta"), "experiment_id: 0\n");
  symlinkSync(join(outside, "meta"), join(root, "0", "meta.yaml"));
  assert.equal(await mlruns.detect(root), null);
  rmSync(join(root, "0", "meta.yaml"));
  writeFileSync(join(root, "0", "meta.yaml"), `experiment_id: 0\n${"#".repeat(1_100_000)}`);
  assert.equal(await mlruns.detect(root), null);
});

test("mlflow.db: cut short or with flipped bits anywhere, what can be read is taken in, and the rest is named", () =>
  withImports(async (fixture) => {
    const folder = unpack("mlflow-db.tar.gz", ownFolder());
    const whole = readFileSync(join(folder, "mlflow.db"));
    rmSync(join(folder, "mlruns"), { recursive: true });
    let partial = 0;
    for (const [name, bytes] of damaged(whole)) {
      const file = join(folder, `${name}.db`);
      writeFileSync(file, bytes);
      const outcome = await fixture.take(file).catch((error: unknown) => error);
      if (outcome instanceof Error) assert.ok(/is no source/.test(outcome.message) || (outcome instanceof TouchstoneError && outcome.shape.code === "IMPORT_UNREADABLE"), `${name}: ${outcome.stack}`);
      else partial += 1;
      for (const { reason } of outcome instanceof Error ? [] : (outcome as { problems: { reason: string }[] }).problems) assert.doesNotMatch(reason, /TypeError|undefined is not/);
    }
    assert.ok(partial > 0, "some of them could be read in part");
    assert.ok(namesOf(fixture).every((name) => typeof name === "string"));
    assert.equal(fixture.store.trouble, null);
  }));

/** A file cut at several lengths, and with bytes changed at steady distances. */
function* damaged(whole: Buffer): Generator<[name: string, bytes: Buffer]> {
  for (const part of [0.02, 0.3, 0.6, 0.9, 0.99]) yield [`cut ${part}`, whole.subarray(0, Math.floor(whole.length * part))];
  for (let round = 0; round < 12; round++) {
    const bytes = Buffer.from(whole);
    for (let at = 100 + round * 37; at < bytes.length; at += 40_009) bytes[at] = (bytes[at] ?? 0) ^ (1 << (round % 8));
    yield [`flipped ${round}`, bytes];
  }
}

test("mlflow.db: artifacts that its paths put elsewhere are refused, views that pass for tables are not read", () =>
  withImports(async (fixture) => {
    const folder = ownFolder();
    const inner = unpack("mlflow-db.tar.gz", join(folder, "project"));
    const outside = join(folder, "outside", "artifacts");
    mkdirSync(outside, { recursive: true });
    writeFileSync(join(outside, "secret"), SECRET);
    const db = new Database(join(inner, "mlflow.db"));
    db.prepare("UPDATE runs SET artifact_uri = ? WHERE name = 'sweep λ'").run(outside);
    db.prepare("UPDATE runs SET artifact_uri = '../outside/artifacts' WHERE name = 'diverged'").run();
    db.prepare("UPDATE runs SET artifact_uri = 's3://bucket/1/artifacts' WHERE name = 'deleted one'").run();
    db.exec("ALTER TABLE tags RENAME TO real_tags; CREATE VIEW tags AS SELECT 'stolen' AS key, value, run_uuid FROM params");
    db.close();
    const { problems } = await fixture.take(join(inner, "mlflow.db"));
    const reasons = problems.map(({ file, reason }) => `${file}: ${reason}`).join("\n");
    assert.match(reasons, new RegExp(`outside/artifacts: Its artifacts lie outside of .*, so they are not taken in`));
    assert.match(reasons, /s3:\/\/bucket\/1\/artifacts: Artifacts at s3:\/\/bucket are not read: they do not lie on this disk/);
    assert.ok(!kept(fixture).includes(SECRET));
    const { store } = fixture;
    assert.ok([...store.read.runs.all()].every(({ runKey }) => store.read.runs.tags(runKey).every(({ key }) => key !== "stolen")));
    cpSync(inner, join(folder, "views"), { recursive: true });
    const views = new Database(join(folder, "views", "mlflow.db"));
    views.exec("ALTER TABLE metrics RENAME TO real_metrics; CREATE VIEW metrics AS SELECT * FROM real_metrics");
    views.close();
    assert.deepEqual((await findSources(join(folder, "views", "mlflow.db"))).sources, []);
  }));

test("what is damaged leaves nothing in the system's temporary folder", async () => {
  const folder = unpack("exptrack.tar.gz", ownFolder());
  const file = join(folder, ".exptrack", "experiments.db");
  const [found] = (await findSources(file)).sources;
  writeFileSync(file, readFileSync(file).subarray(0, 5_000));
  const before = readdirSync((await import("node:os")).tmpdir()).filter((name) => name.startsWith("touchstone-import-"));
  assert.ok(found);
  try {
    for await (const record of found.reader.read(file, new Map(), { signal: new AbortController().signal })) assert.ok(record.k);
  } catch (error) {
    assert.ok(error instanceof TouchstoneError && error.shape.code === "IMPORT_UNREADABLE", String(error));
  }
  assert.deepEqual(readdirSync((await import("node:os")).tmpdir()).filter((name) => name.startsWith("touchstone-import-")), before);
});
