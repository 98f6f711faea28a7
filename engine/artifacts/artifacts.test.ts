import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { TouchstoneError } from "../api/tokens.ts";
import type { Store } from "../store/store.ts";
import { launchOf, withStore } from "../store/store.fixture.ts";
import { createArtifacts } from "./artifacts.ts";
import { artifactFolder, artifactPath } from "./paths.ts";

const run = { kind: "run", id: "r1" } as const;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const coded = (code: string) => (error: unknown) => error instanceof TouchstoneError && error.shape.code === code;
const withRun = (body: (store: Store) => Promise<void>) =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    await body(store);
  });

test("an artifact is one read-only blob, and a link in MLflow's layout", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    await artifacts.put(run, "plots/a+b.txt", text("hello"));
    const { digest } = await artifacts.put(run, "copy.txt", Readable.from([text("hel"), text("lo")]));
    const shown = join(store.dir, "artifacts", "1", "r1", "artifacts", "plots", "a+b.txt");
    assert.equal(readFileSync(shown, "utf8"), "hello");
    assert.equal(statSync(shown).ino, statSync(artifacts.blobs.path(digest)).ino);
    assert.equal(statSync(shown).mode & 0o222, 0);
    assert.deepEqual(artifacts.list(run, ""), [
      { path: "plots", isDir: true, bytes: null },
      { path: "copy.txt", isDir: false, bytes: 5 },
    ]);
    assert.deepEqual(artifacts.list(run, "plots/"), [{ path: "plots/a+b.txt", isDir: false, bytes: 5 }]);
    const part = await artifacts.read(run, "copy.txt", 1, 3);
    assert.deepEqual([new TextDecoder().decode(part.data), part.total], ["ell", 5]);
  }));

test("a path that is overwritten shows the new content, other names keep the old", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    await artifacts.put(run, "a", text("one"));
    await artifacts.put(run, "b", text("one"));
    await artifacts.put(run, "a", text("two"));
    await artifacts.put(run, "a", text("two"));
    const at = (name: string) => readFileSync(join(artifacts.rootOf(run), name), "utf8");
    assert.deepEqual([at("a"), at("b")], ["two", "one"]);
  }));

test("paths never leave the artifacts", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    const evil = ["../x", "a/../../x", "/etc/passwd", "a\\b", "%2e%2e/x", "%252e%252e%252fx", "c:/x", "a//b", "", "a/./b", "x#y", "a\0b"];
    for (const path of evil) await assert.rejects(artifacts.put(run, path, text("x")), coded("INVALID_PATH"), path);
    assert.equal(artifactPath("images/k+step+1.png"), "images/k+step+1.png");
    for (const device of ["con", "aux.txt", "plots/LPT1"]) {
      assert.throws(() => artifactPath(device, "win32"), coded("INVALID_PATH"));
      assert.equal(artifactPath(device, "linux"), device);
    }
    assert.equal(artifactFolder(""), "");
    assert.throws(() => artifactFolder("/"), coded("INVALID_PATH"));
    mkdirSync(artifacts.rootOf(run), { recursive: true });
    symlinkSync("/tmp", join(artifacts.rootOf(run), "out"));
    await assert.rejects(artifacts.put(run, "out/planted", text("x")), coded("INVALID_PATH"));
    assert.equal(existsSync("/tmp/planted"), false);
  }));

test("every legal name stays as it is: percent signs, blanks, other letters, names of devices elsewhere, empty files", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    const names = ["a%20b.txt", "a b.txt", "k+1.png", "100%.txt", "50%25", "täst ü/語.txt", "-", "…", "new\nline", ...(process.platform === "win32" ? [] : ["aux", "con.txt"])];
    for (const name of names) await artifacts.put(run, name, text(name === "-" ? "" : name));
    for (const name of names) {
      assert.equal(readFileSync((await artifacts.locate(run, name)).file, "utf8"), name === "-" ? "" : name);
      assert.equal(readFileSync(join(artifacts.rootOf(run), name), "utf8"), name === "-" ? "" : name);
    }
    const listed = (folder: string): string[] => artifacts.list(run, folder).flatMap(({ path, isDir }) => (isDir ? listed(path) : [path]));
    assert.deepEqual(listed("").sort(), [...names].sort());
  }));

test("a link at or above a run's tree, or on the shelves of contents, leads nobody out", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    await artifacts.put(run, "kept", text("kept"));
    const root = join(store.dir, "artifacts");
    const { digest } = await artifacts.blobs.put(text("later"));
    rmSync(artifacts.blobs.path(digest));
    const places = ["1", "1/r1", "1/r1/artifacts", "blobs", `blobs/${digest.slice(7, 9)}`, "incoming"];
    for (const place of places) {
      const outside = join(store.dir, "..", "outside", place);
      mkdirSync(join(outside, ".."), { recursive: true });
      renameSync(join(root, place), outside);
      symlinkSync(outside, join(root, place));
      const before = readdirSync(join(store.dir, "..", "outside"), { recursive: true });
      await assert.rejects(artifacts.put(run, "made/file", text("later")), coded("INVALID_PATH"), place);
      if (place.startsWith("1")) await assert.rejects(artifacts.remove(run, "kept"), coded("INVALID_PATH"), place);
      else await assert.rejects(artifacts.collect(0), coded("INVALID_PATH"), place);
      assert.deepEqual(readdirSync(join(store.dir, "..", "outside"), { recursive: true }), before, place);
      rmSync(join(root, place));
      renameSync(outside, join(root, place));
    }
    assert.equal(readFileSync((await artifacts.locate(run, "kept")).file, "utf8"), "kept");
  }));

test("an id that is a path, as a planted store may hold, is no place", () =>
  withStore(async (store) => {
    const artifacts = createArtifacts(store);
    for (const id of ["../../../../evil", "a/b", ".."]) {
      await store.write("launch.create", launchOf(`l${id.length}`, id));
      await assert.rejects(artifacts.put({ kind: "run", id }, "x", text("x")), coded("INVALID_PATH"));
    }
    assert.equal(existsSync(join(store.dir, "artifacts")), false);
  }));

test("a link in the tree leads nobody out: nothing is made or removed behind it", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    await artifacts.put(run, "out/deep/file", text("x"));
    await artifacts.put(run, "kept", text("x"));
    const tree = artifacts.rootOf(run);
    const outside = join(store.dir, "..", "outside");
    mkdirSync(join(outside, "deep"), { recursive: true });
    writeFileSync(join(outside, "deep", "file"), "not ours");
    rmSync(join(tree, "out"), { recursive: true });
    symlinkSync(outside, join(tree, "out"));
    await assert.rejects(artifacts.remove(run, "out/deep/file"), coded("INVALID_PATH"));
    assert.equal(readFileSync(join(outside, "deep", "file"), "utf8"), "not ours");
    await assert.rejects(artifacts.put(run, "out/made/file", text("x")), coded("INVALID_PATH"));
    assert.deepEqual(readdirSync(outside), ["deep"]);
    // The link itself is ours to remove.
    await artifacts.put(run, "into", text("x"));
    rmSync(join(tree, "into"));
    symlinkSync(outside, join(tree, "into"));
    await artifacts.remove(run, "into");
    assert.equal(existsSync(join(tree, "into")), false);
    assert.deepEqual(readdirSync(outside), ["deep"]);
  }));

test("a name is a file or a folder", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    await artifacts.put(run, "a", text("x"));
    await assert.rejects(artifacts.put(run, "a/b", text("x")), coded("PATH_TAKEN"));
    await artifacts.put(run, "d/e", text("x"));
    await assert.rejects(artifacts.put(run, "d", text("x")), coded("PATH_TAKEN"));
    assert.equal(artifacts.list(run, "").length, 2);
  }));

test("content that changed on the disk is refused, not served", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    const { digest } = await artifacts.put(run, "model.bin", text("weights"));
    await artifacts.locate(run, "model.bin");
    chmodSync(artifacts.blobs.path(digest), 0o644);
    writeFileSync(artifacts.blobs.path(digest), "weightz!");
    await assert.rejects(artifacts.locate(run, "model.bin"), coded("BLOB_CORRUPT"));
    await assert.rejects(artifacts.locate(run, "nothing"), coded("ARTIFACT_MISSING"));
  }));

test("fresh content heals a blob that was planted or cut short, and is not thrown away against it", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    const { digest } = await artifacts.put(run, "model.bin", text("weights"));
    await artifacts.locate(run, "model.bin");
    for (const damage of ["weightz", "wei", ""]) {
      chmodSync(artifacts.blobs.path(digest), 0o644);
      writeFileSync(artifacts.blobs.path(digest), damage);
      await artifacts.put(run, "model.bin", text("weights"));
      const { file } = await artifacts.locate(run, "model.bin");
      assert.equal(readFileSync(file, "utf8"), "weights");
      assert.equal(readFileSync(join(artifacts.rootOf(run), "model.bin"), "utf8"), "weights");
    }
  }));

test("an upload that breaks off leaves nothing", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    const broken = Readable.from((async function* () {
      yield text("half");
      throw new Error("connection lost");
    })());
    await assert.rejects(artifacts.put(run, "half.bin", broken), /connection lost/);
    assert.deepEqual(artifacts.list(run, ""), []);
    assert.deepEqual(await artifacts.collect(0), { files: 0, bytes: 0 });
  }));

test("collection frees what nothing refers to, and only that", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    const kept = await artifacts.put(run, "keep", text("keep"));
    const gone = await artifacts.put(run, "drop/it", text("drop"));
    const code = await artifacts.blobs.put(text("source"));
    await store.write("launch.update", { launchId: "l1", blobs: [{ kind: "source", path: "a.py", ...code }] });
    await artifacts.remove(run, "drop");
    assert.deepEqual(await artifacts.collect(), { files: 0, bytes: 0 }, "too young");
    for (const { digest } of [kept, gone, code]) utimesSync(artifacts.blobs.path(digest), 1, 1);
    assert.deepEqual(await artifacts.collect(), { files: 1, bytes: 4 });
    assert.equal(existsSync(join(artifacts.rootOf(run), "drop")), false);
    await artifacts.blobs.verified(code.digest);
    await artifacts.locate(run, "keep");
  }));

test("a run that moves to another experiment takes its tree along", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    await artifacts.put(run, "early.txt", text("x"));
    const { experimentId } = await store.write("experiment.create", { name: "own", time: 1, tags: [] });
    await store.write("run.create", { runId: "r2", experimentId, launchId: "l1", name: "n", named: false, user: null, start: 1, tags: [] });
    await artifacts.moved("r1", "1");
    assert.equal(readFileSync(join(store.dir, "artifacts", experimentId, "r1", "artifacts", "early.txt"), "utf8"), "x");
  }));

test("a moved run's tree is whole where something was stored before it followed, and moving again does no harm", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    await artifacts.put(run, "plots/early.txt", text("early"));
    await artifacts.put(run, "both.txt", text("old"));
    const old = join(store.dir, "artifacts", "1", "r1");
    const { experimentId } = await store.write("experiment.create", { name: "own", time: 1, tags: [] });
    await store.write("run.create", { runId: "r2", experimentId, launchId: "l1", name: "n", named: false, user: null, start: 1, tags: [] });
    await artifacts.put(run, "both.txt", text("new"));
    await artifacts.moved("r1", "1");
    await artifacts.moved("r1", "1");
    const at = (name: string) => readFileSync(join(store.dir, "artifacts", experimentId, "r1", "artifacts", name), "utf8");
    assert.deepEqual([at("plots/early.txt"), at("both.txt")], ["early", "new"]);
    assert.equal(existsSync(old), false);
  }));

test("a quota: what does not fit is refused with a sentence and leaves nothing, 90 % is told, freed room counts", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    const told: (string | null)[] = [];
    artifacts.quota.onWarning((warning) => told.push(warning));
    const bytes = (mb: number, fill: number): Uint8Array => new Uint8Array(mb * 1_000_000).fill(fill);
    await artifacts.put(run, "first", bytes(0.5, 1));
    await artifacts.quota.set(1_000_000);
    await artifacts.put(run, "same", bytes(0.5, 1));
    assert.equal(await artifacts.quota.used(), 500_000, "the same content counts once");
    const refused = artifacts.put(run, "large", Readable.from([bytes(0.4, 2), bytes(0.4, 3)]));
    await assert.rejects(refused, (error) => error instanceof TouchstoneError && error.shape.code === "ARTIFACT_QUOTA" && /^large is not stored: artifacts take 0\.5 of the 1 MB that touchstone\.artifacts\.quota allows/.test(error.message));
    assert.deepEqual([readdirSync(join(store.dir, "artifacts", "incoming")), artifacts.list(run, "").length], [[], 2]);
    assert.deepEqual(told, []);
    const second = await artifacts.put(run, "second", bytes(0.4, 4));
    assert.match(told[0] ?? "", /^Artifacts take 0\.9 of the 1 MB/);
    const code = await artifacts.blobs.put(bytes(0.3, 5));
    await store.write("launch.update", { launchId: "l1", blobs: [{ kind: "source", path: "a.py", ...code }] });
    await artifacts.remove(run, "second");
    utimesSync(artifacts.blobs.path(second.digest), 1, 1);
    assert.deepEqual(await artifacts.collect(), { files: 1, bytes: 400_000 });
    assert.deepEqual(told.slice(1), [null]);
    assert.equal(await createArtifacts(store).quota.used(), 800_000, "what is on the disk");
    await artifacts.quota.set(null);
    await artifacts.put(run, "large", bytes(2, 6));
  }));

test("uploads at the same time share the room that a quota leaves", () =>
  withRun(async (store) => {
    const artifacts = createArtifacts(store);
    await artifacts.quota.set(1_000_000);
    const upload = (fill: number) => artifacts.put(run, `part${fill}`, Readable.from(Array.from({ length: 8 }, () => new Uint8Array(100_000).fill(fill))));
    const results = await Promise.allSettled([1, 2, 3, 4].map(upload));
    const stored = results.filter(({ status }) => status === "fulfilled").length;
    assert.ok(stored <= 1, `${stored} of 4 were stored`);
    assert.equal(await artifacts.quota.used(), stored * 800_000, "what was refused takes nothing");
    assert.equal(await createArtifacts(store).quota.used(), stored * 800_000);
    if (stored === 0) await upload(5);
  }));
