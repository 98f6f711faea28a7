import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { zipSync } from "fflate";
import { recordsOf } from "../importers/bundle.fixture.ts";
import { type ImportFixture, unpack, withImports } from "../importers/importers.fixture.ts";
import { sorted, storedModels, storedRegistry, storedTraces } from "../importers/mlflow.fixture.ts";
import { ownFolder } from "../importers/records.fixture.ts";
import { launchFiles } from "../launches/files.ts";
import { readLogThrough } from "../launches/logReader.ts";
import { LogWriter } from "../launches/logWriter.ts";
import { launchOf } from "../store/store.fixture.ts";
import { exportRuns } from "./exporters.ts";

const [FIRST, SECOND, CHILD, LATE] = ["a", "b", "c", "d"].map((letter) => letter.repeat(32)) as [string, string, string, string];
const LAUNCH = "l1abc";
/** Of the file that `tracked` wrote outside of its folder. */
const OUTSIDE = "A file of this launch is left out: outside of the folder it came from (/elsewhere/model.onnx).";

/** Everything that a launch, a script's client and a person can leave in a store: a script that logged in all ways, broke, and was named and starred. */
async function tracked({ store, artifacts }: ImportFixture): Promise<void> {
  const patch = await artifacts.blobs.put(Buffer.from("--- a/train.py\n+++ b/train.py\n"));
  const source = await artifacts.blobs.put(Buffer.from("print('λ')\n"));
  await store.write("launch.create", launchOf(LAUNCH, FIRST, { params: [{ key: "lr", value: "0.1", source: "argument" }] }));
  await store.write("launch.update", {
    launchId: LAUNCH, interpreter: "Python 3.11.7", pty: false, host: { os: "linux", cpus: 8, gpu: null }, packages: [{ name: "numpy", version: "2.1" }],
    environment: { SLURM_JOB_ID: "7", API_KEY: "***" }, notes: ["No GPU was found."], logBytes: 12,
    code: { kind: "git", commit: "1".repeat(40), branch: "main", remote: "origin", author: "ada", added: 3, removed: 1, files: [{ path: "train.py", added: 3, removed: 1, state: "modified" }], nested: [{ path: "lib", commit: "2".repeat(40) }] },
    blobs: [{ kind: "patch", path: "", ...patch }, { kind: "source", path: "train.py", ...source }].map(({ kind, path, digest, bytes }) => ({ kind: kind === "patch" ? "patch" as const : "source" as const, path, digest, bytes })),
  });
  await store.write("run.create", { runId: "f".repeat(32), experimentId: "0", launchId: LAUNCH, name: "busy-bee-1", named: false, user: "ada", start: 1_001, tags: [] });
  await store.write("run.create", { runId: SECOND, experimentId: "0", launchId: LAUNCH, name: "beside", named: true, user: "ada", start: 1_002, tags: [{ key: "stage", value: "two" }] });
  await store.write("run.create", { runId: CHILD, experimentId: "0", launchId: LAUNCH, parentRunId: FIRST, name: "", named: false, user: null, start: 1_003, tags: [] });
  const point = (key: string, value: number, origin: "script" | "logger" | "printed" | "system", step: number) => ({ key, value, step, time: 2_000 + step, origin });
  await store.write("launch.events", {
    launchId: LAUNCH, stream: "events", from: 0, to: 100,
    metrics: [point("loss", 0.5, "script", 0), point("loss", Number.NaN, "script", 1), point("acc", Number.POSITIVE_INFINITY, "printed", 0), point("tb/x", 1, "logger", 4), point("system/cpu", 12.5, "system", 0)],
    params: [{ key: "lr", value: "0.10", source: "config" }, { key: "seed", value: "1", source: "default" }],
    tags: [{ key: "team", value: "vision\nand more" }],
    sites: [{ key: "loss", file: "train.py", line: 41 }],
    files: [
      { direction: "input", path: "data.csv", bytes: 8, digest: `sha256:${"3".repeat(64)}`, site: { file: "train.py", line: 3 }, model: null, time: 1_500 },
      { direction: "output", path: "/elsewhere/model.onnx", bytes: 3, digest: null, site: null, model: { opset: "17" }, time: 1_600 },
    ],
    exception: { type: "ValueError", message: "NaN loss", site: { file: "train.py", line: 44 }, traceback: "Traceback …", time: 2_100 },
    progress: "340/1000",
  });
  await store.write("run.logBatch", { runId: FIRST, metrics: [{ key: "val", value: -1.5, step: 2, time: 2_050 }], params: [{ key: "lr", value: "0.1" }], tags: [] });
  await store.write("run.logInputs", { runId: FIRST, datasets: [{ name: "train", digest: "d1", sourceType: "local", source: "{}", schema: null, profile: "{\"n\":3}", tags: [{ key: "mlflow.data.context", value: "training" }] }], models: [] });
  await store.write("launch.update", { launchId: LAUNCH, status: "failed", exitCode: 1, end: 3_000, lastLine: "ValueError: NaN loss" });
  await store.write("run.update", { runIds: [FIRST], name: "the good one", nameFrom: "person", note: "**mind** the NaN", starred: true });
  await store.write("launch.create", launchOf("l2", LATE, { start: 5_000 }));
  await store.write("launch.update", { launchId: "l2", status: "lost", end: 6_000 });
  await store.write("evaluation.save", {
    evaluationId: "e1", path: "predictions.csv", runId: FIRST, task: "binary", n: 10, bytes: 99, modified: 1_700.5, created: 4_000, mapping: { label: "y", prediction: "p" } as never,
    metrics: { accuracy: { value: 0.9, low: 0.8, high: 0.95, n: 10, method: "wilson", level: 0.95 } },
    summary: { metric: { key: "accuracy", label: "accuracy", estimate: { value: 0.9, low: 0.8, high: 0.95, n: 10, method: "wilson", level: 0.95 } }, error: "error 10 %", worst: "age < 30", weakSlices: 1 },
  });
  const files = launchFiles(store.folder, LAUNCH);
  mkdirSync(files.folder, { recursive: true });
  writeFileSync(files.log, "epoch 1\n\u001b[31mbroken\u001b[0m\n");
  // A zip in a zip, as PyTorch and NumPy write their files.
  await artifacts.put({ kind: "run", id: FIRST }, "model/größe.npz", zipSync({ "a.npy": [Buffer.from("x".repeat(100)), { level: 0 }], "b.npy": [Buffer.from([0x50, 0x4b, 7, 8]), { level: 0 }] }));
  await artifacts.put({ kind: "run", id: SECOND }, "empty.bin", new Uint8Array());
}

/** Places of another computer, where here anything may lie, do not come along. */
function withoutForeignPlaces({ runs, launches }: ReturnType<typeof everything>): ReturnType<typeof everything> {
  return { runs, launches: launches.map((launch) => ({ ...launch, cwd: "", files: (launch.files ?? []).filter(({ path }) => !path.startsWith("/")) })) };
}

/** Every read of a store about its runs, without the store's own numbers, colours and the process that is no more. */
function everything({ store, artifacts }: ImportFixture) {
  const { read } = store;
  const contents = (digest: string): string => readFileSync(artifacts.blobs.path(digest)).toString("latin1");
  const launchIds = new Set<string>();
  const runs = [...read.runs.all()].map(({ runKey, launchKey, parentKey, experimentId, ...run }) => {
    const launch = launchKey === null ? undefined : read.launches.byKey(launchKey);
    if (launch) launchIds.add(launch.launchId);
    const latest = read.runs.latest(runKey).map(({ runKey: __, ...one }) => one);
    const { experimentId: ___, id: ____, ...experiment } = read.experiments.byId(experimentId) ?? { experimentId, id: "" };
    return {
      ...run, color: "its own", ...read.runs.words(runKey), experiment, launch: launch?.launchId, parent: parentKey === null ? null : read.runs.byKey(parentKey)?.runId,
      params: read.runs.params(runKey).map(({ key, value, source }) => [key, value, source]), tags: read.runs.tags(runKey).map(({ key, value }) => [key, value]), latest,
      points: latest.map(({ key }) => read.metrics.points(runKey, key)), datasets: read.models.datasets(runKey), evaluations: read.evaluations.whole(run.runId),
      artifacts: read.artifacts.under(`run:${run.runId}`, "").map(({ path, bytes, digest }) => [path, bytes, contents(digest)]),
    };
  });
  const launches = [...launchIds].sort().map((id) => {
    const { launchKey, runKey: _, experimentId, pid: __, ...launch } = read.launches.byId(id) ?? { launchKey: 0, runKey: 0, experimentId: 0, pid: 0 };
    return {
      ...launch, experiment: read.experiments.byId(experimentId)?.name, files: read.launches.fileRows(launchKey), sites: [...read.launches.sites(launchKey)],
      blobs: read.launches.blobs(launchKey).map((blob) => ({ ...blob, content: contents(blob.digest) })),
      log: Buffer.from(readLogThrough(launchFiles(store.folder, id), 0, 1e6).data).toString(),
    };
  });
  return { runs: runs.sort((a, b) => (a.runId < b.runId ? -1 : 1)), launches };
}

const written = ({ store, artifacts }: ImportFixture, path: string, ids = [...store.read.runs.all()].map(({ runId }) => runId)) =>
  exportRuns(ids, "bundle", path, { store, artifacts, signal: new AbortController().signal, progress: () => undefined });

test("what Touchstone holds of a run comes back from a bundle: name, star, note, all sources of params, origins of metrics, launch with log, code, environment, files and alerts, evaluations", () =>
  withImports(async (fixture) => {
    await tracked(fixture);
    const path = join(ownFolder(), "all.touchstone-bundle");
    const { leftOut, holds } = await written(fixture, path);
    assert.deepEqual(holds, ["code: commit, uncommitted changes and script (1 launch)", "environment: variables, packages, machine and working folder (1 launch)", "everything printed (log) (1 launch)"]);
    assert.deepEqual(leftOut, ["contents of evaluated files: what was found in them is kept (1 run)", "contents of data files that were read or written: paths and digests are kept (1 run)"]);
    await withImports(async (other) => {
      const taken = await other.take(path);
      assert.deepEqual(taken.problems.map(({ reason }) => reason), [OUTSIDE]);
      assert.deepEqual(everything(other), withoutForeignPlaces(everything(fixture)));
      const again = await other.take(path);
      assert.deepEqual([again.added.runs, again.added.points, again.added.artifacts], [0, 0, 0]);
      assert.deepEqual(everything(other), withoutForeignPlaces(everything(fixture)));
    });
  }));

test("logged models with what was measured with them, registered versions and traces of the runs come along", () =>
  withImports(async (fixture) => {
    await fixture.take(join(unpack("mlruns.tar.gz", ownFolder()), "mlruns"));
    const { read } = fixture.store;
    const traceIds = read.traces.ofExperiments(read.experiments.all().map(({ experimentId }) => experimentId)).map(({ traceId }) => traceId);
    const [first] = read.runs.all();
    await fixture.store.write("trace.link", { traceIds, kind: "run", targets: [first?.runId ?? ""] });
    const path = join(ownFolder(), "all.touchstone-bundle");
    assert.deepEqual((await written(fixture, path)).leftOut, ["links of traces to runs that did not make them (1 run)"]);
    await withImports(async (other) => {
      const taken = await other.take(path);
      assert.deepEqual(taken.problems, []);
      assert.ok(traceIds.length > 1);
      const ofRuns = (one: object): boolean => !("name" in one) || (one.name !== "unready" && one.name !== "nobody's");
      assert.equal(storedModels(other).length, 1);
      assert.deepEqual(sorted(storedModels(other)), sorted(storedModels(fixture)).filter(ofRuns));
      assert.deepEqual(storedRegistry(other), { registered: storedRegistry(fixture).registered.filter(ofRuns), versions: storedRegistry(fixture).versions });
      assert.deepEqual(storedTraces(other), storedTraces(fixture));
    });
  }));

test("a later bundle of the same runs brings what changed there, and leaves what a person changed here", () =>
  withImports(async (fixture) => {
    await tracked(fixture);
    const path = join(ownFolder(), "all.touchstone-bundle");
    await written(fixture, path);
    await withImports(async (other) => {
      await other.take(path);
      await other.store.write("run.update", { runIds: [FIRST], name: "mine", nameFrom: "person" });
      await fixture.store.write("run.update", { runIds: [FIRST], name: "theirs", nameFrom: "person", starred: false });
      await fixture.store.write("run.update", { runIds: [SECOND], name: "renamed there", nameFrom: "person" });
      await written(fixture, path);
      await other.take(path);
      const named = [FIRST, SECOND].map((id) => other.store.read.runs.byId(id)).map((run) => [run?.name, run?.nameFrom, run?.starred]);
      assert.deepEqual(named, [["mine", "person", 0], ["renamed there", "person", 0]]);
    });
  }));

test("a launch that was tracked here is not changed by a bundle that names it", () =>
  withImports(async (fixture) => {
    await tracked(fixture);
    const path = join(ownFolder(), "all.touchstone-bundle");
    await written(fixture, path, [SECOND]);
    await withImports(async (other) => {
      await other.store.write("launch.create", launchOf(LAUNCH, "9".repeat(32)));
      const before = other.store.read.launches.byId(LAUNCH);
      await other.take(path);
      assert.deepEqual(other.store.read.launches.byId(LAUNCH), before);
      assert.equal(other.store.read.runs.byId(SECOND)?.launchKey, null);
      assert.equal(readLogThrough(launchFiles(other.store.folder, LAUNCH), 0, 100).total, 0);
    });
  }));

test("a bundle without log, environment and code holds none of them, and says so; what was logged comes along", () =>
  withImports(async (fixture) => {
    await tracked(fixture);
    const { store, artifacts } = fixture;
    const { path, holds, leftOut } = await exportRuns([FIRST], "bundle", join(ownFolder(), "x"), { store, artifacts, signal: new AbortController().signal, progress: () => undefined, without: ["log", "environment", "code"] });
    assert.deepEqual([holds, leftOut.filter((what) => what.includes("asked"))], [[], ["log, as asked (1 run)", "environment, as asked (1 run)", "code, as asked (1 run)"]]);
    // Who takes it in drops places of another computer: look into the file itself.
    const said = (await recordsOf(path)).find(({ k }) => k === "launch");
    assert.deepEqual(["cwd", "interpreter", "host", "packages", "environment", "code", "logBytes", "blobs"].map((what) => said?.[what]), [".", null, {}, [], {}, null, 0, []]);
    await withImports(async (other) => {
      assert.deepEqual((await other.take(path)).problems.map(({ reason }) => reason), [OUTSIDE]);
      const launch = other.store.read.launches.byId(LAUNCH);
      assert.ok(launch);
      assert.deepEqual([launch.environment, launch.packages, launch.host, launch.code, launch.interpreter, launch.status], [{}, [], {}, null, null, "failed"]);
      assert.deepEqual([other.store.read.launches.blobs(launch.launchKey), readLogThrough(launchFiles(other.store.folder, LAUNCH), 0, 100).total], [[], 0]);
      assert.equal(other.store.read.metrics.points(other.store.read.runs.byId(FIRST)?.runKey ?? 0, "loss").length, 2);
    });
  }));

test("a script that only the repository has comes along as it ran, without code not", () =>
  withImports(async (fixture) => {
    const { store, artifacts } = fixture;
    const git = (...words: string[]): string => execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", ...words], { cwd: store.folder, encoding: "utf8" }).trim();
    git("init", "-q");
    writeFileSync(join(store.folder, "train.py"), "print('committed')\n");
    git("add", "train.py");
    git("commit", "-qm", "first");
    const commit = git("rev-parse", "HEAD");
    writeFileSync(join(store.folder, "train.py"), "print('edited since')\n");
    await store.write("launch.create", launchOf(LAUNCH, FIRST));
    await store.write("launch.update", { launchId: LAUNCH, status: "finished", exitCode: 0, end: 3_000, code: { kind: "git", commit, branch: "main", remote: null, author: "Ada", added: 0, removed: 0, files: [], nested: [] } });
    const code = async (without: readonly "code"[]): Promise<unknown[]> => {
      const { path } = await exportRuns([FIRST], "bundle", join(ownFolder(), "x"), { store, artifacts, signal: new AbortController().signal, progress: () => undefined, without });
      const taken: unknown[] = [];
      await withImports(async (other) => {
        assert.deepEqual((await other.take(path)).problems, []);
        const { launchKey } = other.store.read.launches.byId(LAUNCH) ?? assert.fail();
        for (const { kind, path: file, digest } of other.store.read.launches.blobs(launchKey)) taken.push([kind, file, readFileSync(other.artifacts.blobs.path(digest), "utf8")]);
      });
      return taken;
    };
    assert.deepEqual([await code([]), await code(["code"])], [[["source", "train.py", "print('committed')\n"]], []]);
  }));

test("of a log that is longer than what is kept, beginning and end come along; one that is written on meanwhile, as far as it was", () =>
  withImports(async (fixture) => {
    await tracked(fixture);
    const { store, artifacts } = fixture;
    const files = launchFiles(store.folder, LAUNCH);
    rmSync(files.log);
    const writer = new LogWriter(files, { headBytes: 40, tailBytes: 64 });
    for (let epoch = 0; epoch < 30; epoch++) writer.write(Buffer.from(`epoch ${epoch}: ok\n`));
    const [head, tail] = [readFileSync(files.log), readFileSync(files.logTail)];
    assert.ok(tail.includes("epoch 29: ok"));
    const progress = (): void => appendFileSync(files.log, "printed since");
    const { path } = await exportRuns([FIRST], "bundle", join(ownFolder(), "x"), { store, artifacts, signal: new AbortController().signal, progress });
    await withImports(async (other) => {
      assert.deepEqual((await other.take(path)).problems.map(({ reason }) => reason), [OUTSIDE]);
      const taken = launchFiles(other.store.folder, LAUNCH);
      assert.deepEqual([readFileSync(taken.log), readFileSync(taken.logTail)], [head, tail]);
    });
  }));

test("a bundle without the log says how a launch ended, not the line that it printed last", () =>
  withImports(async ({ store, artifacts }) => {
    await store.write("launch.create", launchOf(LAUNCH, FIRST));
    await store.write("launch.update", { launchId: LAUNCH, status: "failed", exitCode: 1, end: 3_000, lastLine: "login refused for ada" });
    const errorWithout = async (...without: ("log" | "code")[]) => {
      const { path } = await exportRuns([FIRST], "bundle", join(ownFolder(), "x"), { store, artifacts, signal: new AbortController().signal, progress: () => undefined, without });
      let error: string | null | undefined;
      await withImports(async (other) => {
        await other.take(path);
        error = other.store.read.runs.byId(FIRST)?.error;
      });
      return error;
    };
    assert.deepEqual([await errorWithout("log"), await errorWithout("code")], ["exit code 1", "exit code 1: login refused for ada"]);
  }));

test("what looks like a key or password in the log is masked in the bundle, every byte in its place, and counted; the log here stays", () =>
  withImports(async (fixture) => {
    await tracked(fixture);
    const { log } = launchFiles(fixture.store.folder, LAUNCH);
    const lines = (key: string, password: string, pem: readonly string[], name: string): string => ["größe 1\r50 %\rdone", `using ${key} now`, `at https://${password}@host/x`, ...pem, "epoch 3", `{'WANDB_API_KEY': '${name}'}`, "tokens=3 NUM_TOKENS=5", "end"].join("\n");
    const secret = lines("sk-abcdefghijklmnopqrstuvwx", "ada:pà-ss", ["-----BEGIN RSA PRIVATE KEY-----", "MIIEabc+/=", "-----END RSA PRIVATE KEY-----"], "0123abcd");
    writeFileSync(log, secret);
    const path = join(ownFolder(), "x.touchstone-bundle");
    const { holds } = await written(fixture, path);
    assert.equal(holds.at(-1), "everything printed (log) (1 launch; what looks like a key or password is masked in 5 lines)");
    assert.equal(readFileSync(log, "utf8"), secret);
    await withImports(async (other) => {
      assert.deepEqual((await other.take(path)).problems.map(({ reason }) => reason), [OUTSIDE]);
      const stars = (text: string): string => "*".repeat(Buffer.byteLength(text));
      const expected = lines(stars("sk-abcdefghijklmnopqrstuvwx"), stars("ada:pà-ss"), [stars("-----BEGIN RSA PRIVATE KEY-----"), stars("MIIEabc+/="), "-----END RSA PRIVATE KEY-----"], stars("0123abcd"));
      assert.equal(Buffer.from(readLogThrough(launchFiles(other.store.folder, LAUNCH), 0, 1e6).data).toString(), expected);
    });
  }));

test("what looks like a key or password in the script and in uncommitted changes is masked in the bundle, said in its list and in the launch's notes; the patch stays one, and the code here stays", () =>
  withImports(async (fixture) => {
    await tracked(fixture);
    const { store, artifacts } = fixture;
    const script = (key: string, pem: string): string => `import os\nAPI_KEY = os.environ["API_KEY"]\nlogin(api_key="${key}", name="größe")\nPEM = """-----${pem}\n`;
    const removed = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
    const patch = (first: string, second: string): string =>
      ["diff --git a/train.py b/train.py", "index 257cc56..5716ca5 100644", "--- a/train.py", "+++ b/train.py", "@@ -1,2 +1,3 @@", " keep", `-token = "${first}"`, "+one", `+password = "${second}"`, "diff --git a/x.bin b/x.bin", "new file mode 100644", "index 0000000..1111111", "GIT binary patch", "literal 20", "cAPI_KEY=sk-abcdefghijklmnopqrstuvwx", "", ""].join("\n");
    const put = async (kind: "patch" | "source", path: string, content: string | Buffer) => ({ kind, path, ...(await artifacts.blobs.put(Buffer.from(content))) });
    const binary = Buffer.from('\0api_key = "0123abcd"\n');
    const blobs = [await put("patch", "", patch(removed, "hunter2")), await put("source", "train.py", script("0123abcd", "BEGIN PRIVATE KEY-----\nMIIEabc+/=")), await put("source", "x.bin", binary), await put("source", "empty.py", ""), await put("source", "plain.py", "x = 1\n")];
    await store.write("launch.update", { launchId: LAUNCH, blobs: blobs.map(({ kind, path, digest, bytes }) => ({ kind, path, digest, bytes })) });
    const path = join(ownFolder(), "x.touchstone-bundle");
    const { holds } = await written(fixture, path);
    assert.equal(holds[0], "code: commit, uncommitted changes and script (1 launch; what looks like a key or password is masked in 5 lines: there the code is not what ran)");
    assert.deepEqual(readFileSync(artifacts.blobs.path(blobs[1]?.digest ?? ""), "utf8"), script("0123abcd", "BEGIN PRIVATE KEY-----\nMIIEabc+/="));
    await withImports(async (other) => {
      assert.deepEqual((await other.take(path)).problems.map(({ reason }) => reason), [OUTSIDE]);
      const launch = other.store.read.launches.byId(LAUNCH);
      assert.equal(launch?.notes.at(-1), "In the bundle that this run came in, what looks like a key or password is masked in the patch, train.py: there the code is not what ran.");
      const contents = Object.fromEntries(other.store.read.launches.blobs(launch?.launchKey ?? 0).map((blob) => [blob.path, readFileSync(other.artifacts.blobs.path(blob.digest)).toString()]));
      const masked = patch("*".repeat(removed.length), "*******");
      assert.deepEqual(contents, { "": masked, "train.py": script("********", `${"*".repeat("BEGIN PRIVATE KEY-----".length)}\n**********`).replace('"""-----', `"""${"*".repeat(5)}`), "x.bin": binary.toString(), "empty.py": "", "plain.py": "x = 1\n" });
      // Git still reads it: what stands in a hunk is counted in lines.
      const said = execFileSync("git", ["apply", "--numstat", "--include=train.py", "-"], { cwd: ownFolder(), input: masked.slice(0, masked.indexOf("diff --git a/x.bin")) });
      assert.equal(said.toString(), "2\t1\ttrain.py\n");
    });
  }));
