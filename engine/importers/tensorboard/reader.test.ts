import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { maskedCrc32c } from "../bytes/crc32c.ts";
import { curvesOf, fixtures, of, ownFolder, placesOf, recordsOf } from "../records.fixture.ts";
import { tensorboardReader } from "./reader.ts";

/** `[step, value, wall time in ms]`, NaN and infinities as texts: what TensorBoard's EventAccumulator read (record.py beside it). */
interface Expected {
  readonly scalars: Record<string, [number, number | string, number][]>;
  readonly histograms: Record<string, [number, number[], number[]][]>;
  readonly images: Record<string, [number, number][]>;
  readonly tensors: Record<string, [number, unknown, number][]>;
}

const runs = join(fixtures, "tensorboard", "runs");
const expected: Record<string, Expected> = JSON.parse(readFileSync(join(fixtures, "tensorboard", "expected.json"), "utf8"));
const torchlike = "torchlike/events.out.tfevents.1700000000.host";

test("scalars are those that TensorBoard's EventAccumulator reads, value by value", async () => {
  const curves = curvesOf(await recordsOf(tensorboardReader, runs));
  for (const [run, { scalars, tensors }] of Object.entries(expected)) {
    const known = Object.entries(scalars).map(([tag, points]): [string, [number, number, number][]] => [tag, points.map(([step, value, time]) => [step, Number(value), time])]);
    const loss = (tensors["epoch_loss"] ?? []).map(([step, value, time]): [number, number, number] => [step, Number(value), time]);
    assert.deepEqual(curves[run], Object.fromEntries([...known, ...(loss.length > 0 ? [["epoch_loss", loss] as const] : [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, points]) => [key, points])), run);
  }
  assert.equal(curves["tf2/train"]?.["epoch_loss"]?.length, 10, "metadata stands on the first value only");
});

test("texts, pictures and histograms become artifacts, hyperparameters params", async () => {
  const records = await recordsOf(tensorboardReader, runs);
  const bytes = new Map(of(records, "artifact").map(({ run, name, bytes: content }) => [`${run ?? ""} ${name}`, Buffer.from(content ?? [])]));
  assert.equal(bytes.get("torchlike text/notes/text_summary/3.md")?.toString(), "**bold** text, ü");
  assert.equal(bytes.get("tf2/train text/config/0.md")?.toString(), "learning_rate = 0.3");
  assert.equal(bytes.get("torchlike images/sample/1.png")?.length, expected["torchlike"]?.images["sample"]?.[0]?.[1]);
  assert.equal(bytes.get("tf2/train images/digits/5-1.png")?.length, 72);
  const [step, limits = [], counts] = expected["torchlike"]?.histograms["weights"]?.[0] ?? [];
  assert.deepEqual(JSON.parse(String(bytes.get("torchlike histograms/weights/2.json"))), { step, edges: [-1, ...limits.slice(0, -1), 1], counts });
  assert.deepEqual(JSON.parse(String(bytes.get("tf2/train histograms/dense/kernel/1.json"))), { step: 1, edges: [0, 0.4, 0.8, 1.2000000000000002, 1.6, 2], counts: [2, 1, 1, 1, 2] });
  const params = of(records, "param").map(({ run, key, value }) => `${run} ${key}=${value}`);
  assert.deepEqual(params.sort(), ["act=relu", "bias=true", "depth=3", "lr=0.1"].map((param) => `torchlike/trial ${param}`));
  assert.deepEqual(of(records, "run").filter(({ status }) => status !== undefined).map(({ run, status }) => [run, status]), [["torchlike/trial", "finished"]]);
  const starts = of(records, "run").filter(({ run, start }) => run === "torchlike" && start !== undefined).map(({ start }) => start);
  assert.equal(starts.at(-1), 1_700_000_000_000, "its first value's own time, before that of the file");
  assert.deepEqual(of(records, "problem"), []);
});

test("a file that grows is followed from the last whole record, also where it was cut in the middle of one", async () => {
  const folder = ownFolder();
  cpSync(runs, folder, { recursive: true });
  const path = join(folder, torchlike);
  const whole = readFileSync(path);
  const at = whole.length - 1009;
  truncateSync(path, at);
  const before = await recordsOf(tensorboardReader, folder);
  assert.deepEqual(of(before, "problem"), [], "an unfinished record is no damage");
  appendFileSync(path, whole.subarray(at));
  const after = await recordsOf(tensorboardReader, folder, placesOf(before));
  assert.ok(of(after, "metric").every(({ run }) => run === "torchlike"), "nothing of the other files is said again");
  const all = await recordsOf(tensorboardReader, runs);
  assert.deepEqual([...of(before, "metric"), ...of(after, "metric")].filter(({ run }) => run === "torchlike"), of(all, "metric").filter(({ run }) => run === "torchlike"));
  assert.deepEqual(of(await recordsOf(tensorboardReader, folder, placesOf([...before, ...after])), "metric"), []);
});

test("a tag whose metadata was read before is known when its file is followed", async () => {
  const folder = ownFolder();
  const path = join(folder, "events.out.tfevents.1");
  const whole = readFileSync(join(runs, "tf2/train/events.out.tfevents.1700000000.host"));
  // The first value of dense/kernel, with its metadata, ends before this byte; the second has none.
  const second = whole.indexOf("dense/kernel", whole.indexOf("dense/kernel") + 40);
  writeFileSync(path, whole.subarray(0, second));
  const before = await recordsOf(tensorboardReader, folder);
  writeFileSync(path, whole);
  const after = await recordsOf(tensorboardReader, folder, placesOf(before));
  const names = (records: Awaited<ReturnType<typeof recordsOf>>): string[] => of(records, "artifact").map(({ name }) => name);
  assert.deepEqual(names(before), ["histograms/dense/kernel/0.json"]);
  assert.deepEqual(names(after).slice(0, 2), ["histograms/dense/kernel/1.json", "histograms/dense/kernel/2.json"]);
});

test("a flipped bit costs its record, and is told with file and byte", async () => {
  const folder = ownFolder();
  cpSync(join(runs, "torchlike"), folder, { recursive: true });
  const path = join(folder, "events.out.tfevents.1700000000.host");
  const bytes = readFileSync(path);
  const value = bytes.indexOf("loss");
  bytes[value] = (bytes[value] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const records = await recordsOf(tensorboardReader, folder);
  const [problem, ...more] = of(records, "problem");
  assert.match(problem?.reason ?? "", /^The checksum of the record at byte \d+ is wrong\.$/);
  assert.equal(problem?.file, "events.out.tfevents.1700000000.host");
  assert.deepEqual(more, []);
  assert.deepEqual(curvesOf(records)["."]?.["loss"]?.map(([step]) => step), Array.from({ length: 19 }, (_, index) => index + 1));
});

test("where a length is damaged, the next whole record is found", async () => {
  const folder = ownFolder();
  const path = join(folder, "events.out.tfevents.1");
  const bytes = readFileSync(join(runs, torchlike));
  // The length of the second record.
  const second = bytes.readUInt32LE(0) + 16;
  bytes.writeUInt32LE(0xffffffff, second);
  writeFileSync(path, bytes);
  const records = await recordsOf(tensorboardReader, path);
  assert.match(of(records, "problem")[0]?.reason ?? "", new RegExp(`^It is damaged at byte ${second}: \\d+ bytes were passed over\\.$`));
  assert.deepEqual(curvesOf(records)["."]?.["loss"]?.map(([step]) => step), Array.from({ length: 19 }, (_, index) => index + 1));
});

test("an absurd length with a right checksum waits for its bytes and takes no memory", async () => {
  const path = join(ownFolder(), "events.out.tfevents.1");
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(2n ** 60n, 0);
  head.writeUInt32LE(maskedCrc32c(head, 0, 8), 8);
  writeFileSync(path, Buffer.concat([readFileSync(join(runs, torchlike)), head, Buffer.alloc(100)]));
  const records = await recordsOf(tensorboardReader, path);
  assert.equal(of(records, "metric").length, 43);
  assert.equal(placesOf(records).get("events.out.tfevents.1")?.offset, readFileSync(join(runs, torchlike)).length);
});

test("a link to what is read anyway is not told: W&B's latest-run and its logs beside event files", async () => {
  const folder = ownFolder();
  const inner = join(folder, "wandb", "run-1-x", "logs");
  mkdirSync(inner, { recursive: true });
  mkdirSync(join(folder, "tb"));
  cpSync(join(runs, torchlike), join(folder, "tb", "events.out.tfevents.1"));
  writeFileSync(join(inner, "debug.log"), "");
  writeFileSync(join(folder, "plain"), "");
  symlinkSync("run-1-x", join(folder, "wandb", "latest-run"));
  symlinkSync(join(inner, "debug.log"), join(folder, "wandb", "debug.log"));
  symlinkSync("events.out.tfevents.1", join(folder, "tb", "last.tfevents"));
  symlinkSync(join("..", "plain"), join(folder, "tb", "events.out.tfevents.2"));
  symlinkSync(ownFolder(), join(folder, "tb", "away"));
  const records = await recordsOf(tensorboardReader, folder);
  assert.deepEqual(of(records, "problem").map(({ file }) => file), ["tb/away", "tb/events.out.tfevents.2"]);
  assert.deepEqual(of(records, "run").map(({ run }) => run).filter((run, index, all) => all.indexOf(run) === index), ["tb"]);
});

test("links are told and not followed; a folder is recognised by what lies in it", async () => {
  const folder = ownFolder();
  mkdirSync(join(folder, "run"));
  symlinkSync(join(runs, torchlike), join(folder, "run", "events.out.tfevents.2"));
  assert.deepEqual(of(await recordsOf(tensorboardReader, folder), "problem"), [{ k: "problem", file: "run/events.out.tfevents.2", reason: "It is a link: links are not followed." }]);
  assert.equal(await tensorboardReader.detect(folder), null);
  assert.deepEqual(await tensorboardReader.detect(dirname(runs)), { path: dirname(runs) });
  assert.deepEqual(await tensorboardReader.detect(join(runs, torchlike)), { path: join(runs, torchlike) });
  assert.equal(await tensorboardReader.detect(join(fixtures, "tensorboard", "expected.json")), null);
});

test("hyperparameters that add_hparams writes below a run's folder are the run's too", async () => {
  const folder = ownFolder();
  for (const name of ["a/1795295893.9302418", "a/trial", "b/1795295893.9302418"]) cpSync(join(runs, "torchlike", "trial"), join(folder, name), { recursive: true });
  cpSync(join(runs, torchlike), join(folder, "a", "events.out.tfevents.1700000000.host"));
  const params = of(await recordsOf(tensorboardReader, folder), "param").filter(({ key }) => key === "lr");
  assert.deepEqual(params.map(({ run, value }) => `${run} ${value}`).sort(), ["a 0.1", "a/1795295893.9302418 0.1", "a/trial 0.1", "b/1795295893.9302418 0.1"]);
});
