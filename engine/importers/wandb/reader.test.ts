import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { curvesOf, fixtures, of, ownFolder, placesOf, recordsOf } from "../records.fixture.ts";
import type { SourceRecord } from "../records.ts";
import { wandbReader } from "./reader.ts";

const folder = join(fixtures, "wandb");
const good = "wandb/offline-run-20261121_170000-good1234";
const goodFile = `${good}/run-good1234.wandb`;
/** What wandb's own datastore reader and messages read (record.py beside it). `[step, value, time]`. */
const expected: { readonly history: Record<string, [number, number | string, number][]>; readonly stats: number } = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));

test("the history is what wandb's own reader reads, value by value", async () => {
  const curves = curvesOf(await recordsOf(wandbReader, folder))["good1234"] ?? {};
  const history = Object.fromEntries(Object.entries(expected.history).map(([key, points]) => [key, points.map(([step, value, time]) => [step, Number(value), time])]));
  const own = Object.keys(curves).filter((key) => !key.startsWith("system/") && key !== "best" && key !== "score.max");
  assert.deepEqual(own.sort(), Object.keys(history).sort());
  for (const key of own) assert.deepEqual(curves[key], history[key], key);
  assert.deepEqual(curves["best"]?.map(([step, value]) => [step, value]), [[45, 0.9]], "what stands in the summary alone is a last point");
  assert.equal(curves["system/memory_percent"]?.length, expected.stats);
});

test("name, project, configuration, tags, note, status and files of a run", async () => {
  const records = await recordsOf(wandbReader, folder);
  const params = of(records, "param").filter(({ run }) => run === "good1234").map(({ key, value }) => `${key}=${value}`);
  assert.deepEqual(params.sort(), ["late=true", "layers=[1,2]", "lr=0.1", "model.act=relu", "model.depth=3"]);
  const first = of(records, "run").find(({ run }) => run === "good1234");
  assert.deepEqual([first?.name, first?.experiment, first?.note, first?.status], ["first run", "digits", "A note", "running"]);
  assert.deepEqual(of(records, "run").slice(-1).map(({ run, status }) => [run, status]), [["good1234", "finished"]]);
  assert.ok(of(records, "run").some(({ run, status, end }) => run === "bad12345" && status === "failed" && (end ?? 0) > (first?.start ?? Infinity)));
  const tags = new Map(of(records, "tag").filter(({ run }) => run === "good1234").map(({ key, value }) => [key, value]));
  assert.equal(tags.get("wandb.tags"), "a, b");
  assert.equal(tags.get("winner"), "relu");
  const artifacts = of(records, "artifact").filter(({ run }) => run === "good1234");
  assert.deepEqual(artifacts.map(({ name }) => name), ["histograms/weights/40.json", "media/images/sample_41_d6325bd24a66141e9be5.png", "output.log"]);
  assert.deepEqual(JSON.parse(String(Buffer.from(artifacts[0]?.bytes ?? []))), { step: 40, edges: [1, 1.5, 2, 2.5, 3], counts: [1, 0, 1, 1] });
  assert.deepEqual(of(records, "problem"), []);
});

test("a file that grows is followed, wherever it was cut", async () => {
  const whole = readFileSync(join(folder, goodFile));
  const all = await recordsOf(wandbReader, join(folder, goodFile));
  // In a record, in its head, behind a first part, at a block's end, within the header of the file.
  for (const cut of [3, 7, 9, 5000, 14_000, 32_768, 40_000, whole.length - 1]) {
    const path = join(ownFolder(), "run-good1234.wandb");
    writeFileSync(path, whole.subarray(0, cut));
    const before = await recordsOf(wandbReader, path);
    assert.deepEqual(of(before, "problem"), [], `cut at ${cut}`);
    writeFileSync(path, whole);
    const after = await recordsOf(wandbReader, path, placesOf(before));
    for (const kind of ["metric", "param", "tag", "run"] as const) assert.deepEqual([...of(before, kind), ...of(after, kind)], of(all, kind), `cut at ${cut}`); // SAFETY: a list of constants.
  }
});

test("a wrong checksum costs the rest of its block and is told with its byte; what follows is taken in", async () => {
  const path = join(ownFolder(), "run-good1234.wandb");
  const bytes = readFileSync(join(folder, goodFile));
  bytes[2_000] = (bytes[2_000] ?? 0) ^ 4;
  writeFileSync(path, bytes);
  const records = await recordsOf(wandbReader, path);
  assert.match(of(records, "problem")[0]?.reason ?? "", /^It is damaged at byte \d+: the checksum of a record is wrong\. \d+ bytes were passed over\.$/);
  assert.equal(of(records, "problem")[0]?.file, "run-good1234.wandb");
  const curves = curvesOf(records)["good1234"] ?? {};
  assert.equal(curves["score"]?.length, 3, "in a later block");
  assert.ok((curves["loss"]?.length ?? 0) < 41);
  assert.equal(of(records, "run").at(-1)?.status, "finished");
});

test("a run that was killed says no end: after ten minutes of silence it is over", async () => {
  const path = join(ownFolder(), "run-good1234.wandb");
  writeFileSync(path, readFileSync(join(folder, goodFile)).subarray(0, 9_000));
  const status = async (): Promise<unknown> => of(await recordsOf(wandbReader, path), "run").at(-1)?.status;
  assert.equal(await status(), "running");
  utimesSync(path, new Date("2026-11-01"), new Date("2026-11-01"));
  assert.equal(await status(), "killed");
});

test("a run that was taken for killed and writes again is running, and ends as it says", async () => {
  const path = join(ownFolder(), "run-good1234.wandb");
  const whole = readFileSync(join(folder, goodFile));
  const old = new Date("2026-11-01");
  const statuses = (records: SourceRecord[]): unknown[] => of(records, "run").map(({ status, end }) => [status, end === null]);
  writeFileSync(path, whole.subarray(0, 9_000));
  utimesSync(path, old, old);
  const silent = await recordsOf(wandbReader, path);
  assert.deepEqual(statuses(silent).at(-1), ["killed", false]);
  assert.deepEqual(statuses(await recordsOf(wandbReader, path, placesOf(silent))), [], "nothing new");
  writeFileSync(path, whole.subarray(0, 20_000));
  const more = await recordsOf(wandbReader, path, placesOf(silent));
  assert.deepEqual(statuses(more), [["running", true]]);
  writeFileSync(path, whole);
  assert.deepEqual(statuses(await recordsOf(wandbReader, path, placesOf(more))), [["finished", false]]);
});

test("what is no W&B file is told; links are not followed; names that lead out stay inside", async () => {
  const root = ownFolder();
  const files = join(root, "offline-run-1-x1", "files");
  cpSync(join(folder, good), join(root, "offline-run-1-x1"), { recursive: true });
  symlinkSync("/etc/hostname", join(files, "secret.txt"));
  mkdirSync(join(root, "offline-run-2-x2"));
  writeFileSync(join(root, "offline-run-2-x2", "run-x2.wandb"), "not W&B's at all");
  const records = await recordsOf(wandbReader, root);
  assert.deepEqual(of(records, "problem").map(({ file, reason }) => [file, reason]), [
    ["offline-run-1-x1/files/secret.txt", "It is a link: links are not followed."],
    ["offline-run-2-x2/run-x2.wandb", "It does not begin as a W&B file does: it is damaged, or of a version that is not read."],
  ]);
  assert.ok(of(records, "artifact").every(({ name }) => !name.includes("..") && name !== "secret.txt"));
});

test("recognised: a run's file, its folder, wandb/, and the folder above it", async () => {
  assert.deepEqual(await wandbReader.detect(join(folder, goodFile)), { path: join(folder, goodFile), confines: join(folder, good) });
  for (const path of [join(folder, good), join(folder, "wandb"), folder]) assert.deepEqual(await wandbReader.detect(path), { path });
  assert.equal(await wandbReader.detect(fixtures + "/tensorboard"), null);
  assert.equal(await wandbReader.detect(join(folder, "train.py")), null);
});
