import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { BackupFile } from "../store/backupFile.ts";
import { openStore } from "../store/store.ts";
import { launchOf, temporaryFolder } from "../store/store.fixture.ts";
import { backUpStore } from "./backup.ts";
import { restoreStore } from "./restore.ts";

const runtime = temporaryFolder();
process.env["TOUCHSTONE_RUNTIME_DIR"] = runtime.folder;
after(runtime.dispose);
const coded = (code: string) => (error: unknown) => error instanceof TouchstoneError && error.shape.code === code;
const silent = () => undefined;

test("a backup of a store that is written meanwhile, restored elsewhere: everything acknowledged before, nothing that was not sent, contents whole", async () => {
  const [from, to] = [temporaryFolder(), temporaryFolder()];
  const store = await openStore({ folder: from.folder });
  const artifacts = createArtifacts(store);
  await store.write("launch.create", launchOf("l", "r1"));
  mkdirSync(join(store.dir, "launches", "l"), { recursive: true });
  writeFileSync(join(store.dir, "launches", "l", "log"), "what was printed ü\n");
  const large = new Uint8Array(9_000_000).map((_, i) => i % 251);
  await artifacts.put({ kind: "run", id: "r1" }, "models/täst +1.bin", large);
  await artifacts.put({ kind: "run", id: "r1" }, "copy.bin", large);
  await artifacts.put({ kind: "run", id: "r1" }, "empty", new Uint8Array());
  const source = await artifacts.blobs.put(new TextEncoder().encode("print(1)"));
  await store.write("launch.update", { launchId: "l", blobs: [{ kind: "source", path: "train.py", ...source }] });

  let [sent, acknowledged, running] = [0, 0, true];
  const writer = (async () => {
    for (let step = 0; running; step++) {
      sent = step + 1;
      await store.write("run.logBatch", { runId: "r1", metrics: [{ key: "loss", value: step / 8, time: step, step }], params: [], tags: [] });
      await artifacts.put({ kind: "run", id: "r1" }, `meanwhile/${step}`, new TextEncoder().encode(`meanwhile ${step}`));
      acknowledged = step + 1;
    }
  })();
  while (acknowledged < 20) await new Promise((resolve) => setImmediate(resolve));
  const before = acknowledged;
  const file = join(from.folder, "monday.touchstone");
  const report = await backUpStore({ folder: from.folder, file, artifactRoot: null, version: "1.2.3", progress: silent });
  const after = sent;
  running = false;
  await writer;
  assert.deepEqual([report.missing, report.runs, report.version], [[], 1, "1.2.3"]);
  assert.deepEqual(readdirSync(from.folder).filter((name) => name.startsWith("monday")), ["monday.touchstone"], "nothing beside it");
  await assert.rejects(backUpStore({ folder: from.folder, file, artifactRoot: null, version: "", progress: silent }), coded("FILE_EXISTS"));
  await assert.rejects(restoreStore(file, from.folder, silent), coded("STORE_EXISTS"));
  await store.close();

  const restored = await restoreStore(file, to.folder, silent);
  assert.deepEqual([restored.files, restored.created], [report.files, report.created]);
  const again = await openStore({ folder: to.folder });
  const kept = createArtifacts(again);
  const run = again.read.runs.byId("r1") ?? assert.fail();
  const points = again.read.metrics.points(run.runKey, "loss");
  assert.ok(points.length >= before && points.length <= after, `${before} ≤ ${points.length} ≤ ${after}`);
  assert.deepEqual(points.map(({ value, step }) => [value, step]), points.map((_, step) => [step / 8, step]));
  for (const { path } of again.read.artifacts.under("run:r1", "")) {
    const { file: content, shown } = await kept.locate({ kind: "run", id: "r1" }, path);
    assert.equal(shown, join(kept.rootOf({ kind: "run", id: "r1" }), path), "the tree is there again");
    if (path.startsWith("meanwhile")) assert.equal(readFileSync(content, "utf8"), path.replace("/", " "));
  }
  assert.deepEqual(new Uint8Array(readFileSync((await kept.locate({ kind: "run", id: "r1" }, "models/täst +1.bin")).file)), large);
  assert.equal(readFileSync(await kept.blobs.verified(source.digest), "utf8"), "print(1)");
  assert.equal(readFileSync(join(again.dir, "launches", "l", "log"), "utf8"), "what was printed ü\n");
  assert.equal(readFileSync(join(again.dir, ".gitignore"), "utf8").trim(), "*");
  await again.write("run.logBatch", { runId: "r1", metrics: [{ key: "loss", value: 1, time: 1, step: 1e6 }], params: [], tags: [] });
  await again.close();
  from.dispose();
  to.dispose();
});

test("what is no backup, is damaged, or was made to write elsewhere restores nothing", async () => {
  const { folder, dispose } = temporaryFolder();
  const store = await openStore({ folder });
  await store.write("launch.create", launchOf("l", "r1"));
  await createArtifacts(store).put({ kind: "run", id: "r1" }, "w.bin", new Uint8Array(1_000_000).fill(5));
  const file = join(folder, "backup");
  await backUpStore({ folder, file, artifactRoot: null, version: "1", progress: silent });
  const target = join(folder, "target");
  mkdirSync(target);
  const refused = async (bad: string, code: string): Promise<void> => {
    await assert.rejects(restoreStore(bad, target, silent), coded(code), bad);
    assert.deepEqual(readdirSync(target), [], bad);
  };
  await refused(join(folder, "none"), "BACKUP_FOREIGN");
  await refused(store.file, "BACKUP_FOREIGN");
  const bytes = readFileSync(file);
  const flipped = Buffer.from(bytes);
  flipped.fill(6, bytes.length / 2, bytes.length / 2 + 10);
  writeFileSync(join(folder, "flipped"), flipped);
  await refused(join(folder, "flipped"), "BACKUP_DAMAGED");
  for (const path of ["../planted", "/tmp/planted", "artifacts/blobs/../../../planted", "launches/..\\x", "touchstone.yaml"]) {
    const planted = join(folder, `planted ${path.replaceAll(/\W/g, "")}`);
    const made = BackupFile.create(planted);
    made.addPiece(path, 0, Buffer.from("x"));
    made.addFile({ path, bytes: 1, digest: "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" });
    made.finish({ created: 1, version: "1", schema: 1, runs: 0, missing: [] });
    made.close();
    await refused(planted, "BACKUP_DAMAGED");
  }
  assert.equal(existsSync(join(folder, "planted")), false);

  // A content that is gone is named, the rest is kept.
  const [{ digest } = { digest: "" }] = store.read.artifacts.under("run:r1", "");
  const hex = digest.slice("sha256:".length);
  const blob = join(store.dir, "artifacts", "blobs", hex.slice(0, 2), hex);
  rmSync(blob);
  const { missing } = await backUpStore({ folder, file: join(folder, "second"), artifactRoot: null, version: "1", progress: silent });
  assert.deepEqual(missing, [`artifacts/blobs/${hex.slice(0, 2)}/${hex}`]);
  await store.close();
  dispose();
});

test("a backup leaves alone what stands beside its file, and never takes the name of what came meanwhile", async () => {
  const { folder, dispose } = temporaryFolder();
  const store = await openStore({ folder });
  await store.write("launch.create", launchOf("l", "r1"));
  const file = join(folder, "monday");
  mkdirSync(`${file}.snapshot`);
  writeFileSync(join(`${file}.snapshot`, "thesis.tex"), "mine");
  writeFileSync(`${file}.partial`, "mine as well");
  await backUpStore({ folder, file, artifactRoot: null, version: "1", progress: silent });
  assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith("monday")), ["monday", "monday.partial", "monday.snapshot"]);
  assert.equal(readFileSync(join(`${file}.snapshot`, "thesis.tex"), "utf8"), "mine");
  assert.equal(readFileSync(`${file}.partial`, "utf8"), "mine as well");

  const late = join(folder, "late");
  mkdirSync(join(store.dir, "launches", "l"), { recursive: true });
  writeFileSync(join(store.dir, "launches", "l", "log"), "x");
  await assert.rejects(backUpStore({ folder, file: late, artifactRoot: null, version: "1", progress: () => writeFileSync(late, "theirs") }), coded("FILE_EXISTS"));
  assert.equal(readFileSync(late, "utf8"), "theirs");
  assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith("late")), ["late"]);
  await store.close();
  dispose();
});

test("a backup whose database is none, with digests that fit, leaves no store", async () => {
  const { folder, dispose } = temporaryFolder();
  const [bad, target] = [join(folder, "bad"), join(folder, "target")];
  mkdirSync(target);
  const content = Buffer.from("this is no database".repeat(100));
  const made = BackupFile.create(bad);
  made.addPiece("touchstone.db", 0, content);
  made.addFile({ path: "touchstone.db", bytes: content.length, digest: `sha256:${createHash("sha256").update(content).digest("hex")}` });
  made.finish({ created: 1, version: "1", schema: 1, runs: 0, missing: [] });
  made.close();
  await assert.rejects(restoreStore(bad, target, silent));
  assert.deepEqual(readdirSync(target), []);
  dispose();
});

test("a place for a backup that is not there, or that nothing can be written to, is said for people; no folder is made", async () => {
  const from = temporaryFolder();
  await (await openStore({ folder: from.folder })).close();
  const backUp = (file: string) => backUpStore({ folder: from.folder, file, artifactRoot: null, version: "", progress: silent });
  const said = async (file: string) => backUp(file).then(() => assert.fail(), (error: unknown) => (error instanceof TouchstoneError ? error.shape : assert.fail(String(error))));
  const missing = join(from.folder, "mistyped", "b.backup");
  assert.deepEqual(await said(missing), { code: "BACKUP_PLACE", message: "There is no folder for the backup here.", file: missing, hint: "Make it first, or name a place that is there: a backup makes no folders." });
  writeFileSync(join(from.folder, "a file"), "");
  assert.equal((await said(join(from.folder, "a file", "b.backup"))).code, "BACKUP_PLACE");
  // A file system where nobody can make anything.
  const { code, message, hint } = await said("/proc/b.backup");
  assert.deepEqual([code, hint], ["BACKUP_PLACE", "Choose another place; nothing was written."]);
  assert.match(message, /^The backup cannot be written: E[A-Z]+: /);
  assert.deepEqual(readdirSync(from.folder).sort(), [".touchstone", "a file"]);
  from.dispose();
});
