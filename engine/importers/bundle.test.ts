import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readFileSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Zippable, zipSync } from "fflate";
import { TouchstoneError } from "../api/tokens.ts";
import { withImports } from "./importers.fixture.ts";
import { bundleParts } from "./bundleFile.ts";
import { ownFolder } from "./records.fixture.ts";

const text = (words: string): Buffer => Buffer.from(words);
const digest = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");
const manifest = text(JSON.stringify({ format: "touchstone-bundle", version: 1, runs: 1 }));
const run = `{"k":"run","run":"${"a".repeat(32)}","id":"${"a".repeat(32)}","name":"r","start":5,"end":6,"status":"finished"}\n`;
/** A file as somebody made it with a zip program. */
function made(content: Zippable, change: (bytes: Buffer) => Buffer = (bytes) => bytes): string {
  const file = join(ownFolder(), "made.touchstone-bundle");
  writeFileSync(file, change(Buffer.from(zipSync(content))));
  return file;
}
const parts = (more: Zippable = {}, records = run): Zippable => ({ "records.jsonl": text(records), ...more, "touchstone-bundle.json": manifest });

const hostile: readonly (readonly [string, () => string, RegExp])[] = [
  ["breaks off", () => made(parts(), (bytes) => bytes.subarray(0, -30)), /its end is missing/],
  ["has bytes changed in its records", () => made(parts(), (bytes) => (bytes.writeUInt8((bytes[50] ?? 0) ^ 0xff, 50), bytes)), /its records (are damaged|cannot be unpacked)/],
  ["unpacks a thousandfold", () => made(parts({}, "\n".repeat(90_000_000))), /unpack to more than 100 times their size/],
  ["holds a path out of its folder", () => made(parts({ "blobs/../../../evil": text("x") })), /it holds "blobs\/\.\.\/\.\.\/\.\.\/evil", as no Touchstone writes it/],
  ["holds something else", () => made(parts({ "run.sh": text("rm") })), /it holds "run\.sh"/],
  ["has a compressed content", () => made(parts({ [`blobs/${"0".repeat(64)}`]: [Buffer.alloc(1e6), { level: 9 }] })), /a content is compressed/],
  ["is of a newer version", () => made({ ...parts(), "touchstone-bundle.json": text('{"format":"touchstone-bundle","version":2}') }), /was written by a newer Touchstone \(version 2 of the format; this one knows 1\)/],
  ["has no manifest", () => made({ "records.jsonl": text(run) }), /its manifest or its records are missing/],
  ["says two places for one", () => made(parts(), (bytes) => overlapping(bytes)), /is not where its directory says|does not fit into its place/],
  ["has a line without an end", () => made(parts({}, `${run}{"k":"tag","run":"x","key":"${"x".repeat(65 * 2 ** 20)}`)), /a line of its records is too long/],
];

/** The directory's last entry gets the place of the first one. */
function overlapping(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(0, bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 42);
  return bytes;
}

for (const [what, make, reason] of hostile) {
  test(`a bundle that ${what} is refused with file and reason, and nothing of it is taken in`, () =>
    withImports(async ({ take, store }) => {
      const file = make();
      const before = readdirSync(store.dir, { recursive: true }).filter((name) => !String(name).includes("touchstone.db")).sort();
      await assert.rejects(take(file), (error) => {
        assert.ok(error instanceof TouchstoneError);
        assert.match(error.shape.message, reason);
        assert.equal(error.shape.file, file);
        return true;
      });
      assert.deepEqual([[...store.read.runs.all()].length, readdirSync(store.dir, { recursive: true }).filter((name) => !String(name).includes("touchstone.db")).sort()], [0, before]);
    }));
}

test("names that lead out of the artifacts, launches that are none, and contents nobody has are problems of their own", () =>
  withImports(async ({ take, store }) => {
    const content = text("hello");
    const id = "a".repeat(32);
    const lines = [
      run,
      `{"k":"file","run":"${id}","name":"../../../up.txt","blob":"${digest(content)}"}`,
      `{"k":"file","run":"${id}","name":"good.txt","blob":"${digest(content)}"}`,
      `{"k":"file","run":"${id}","name":"lost.txt","blob":"${"0".repeat(64)}"}`,
      `{"k":"file","launch":"../../up","name":"log","blob":"${digest(content)}"}`,
      '{"k":"launch","launch":"../../up","experiment":"x","command":["x"],"cwd":"/","origin":"cli","status":"finished","start":1}',
      '{"k":"launch","launch":"ok1","experiment":"x","command":["x"],"cwd":"/","origin":"cli","status":"finished","start":1,"end":2,"script":"../../etc/passwd","code":{"kind":"git","commit":"--upload-pack=evil","files":[{"path":"../x","state":"added"}]}}',
      `{"k":"own","run":"${id}","name":"r","nameFrom":"person","status":"finished","launch":"ok1","first":true,"exception":"{}"}`,
      '{"k":"tag","run":"x","key":"no value"}',
      '{"k":"points","run":"x","key":"m","step":[1],"time":[],"value":[1]}',
      "[[[",
    ].join("\n");
    const { problems } = await take(made(parts({ [`blobs/${digest(content)}`]: [content, { level: 0 }] }, lines)));
    assert.deepEqual(problems.map(({ file, line, reason }) => `${file}${line === undefined ? "" : `:${line}`} ${reason}`).sort(), [
      "../../../up.txt Invalid path: ../../../up.txt",
      "lost.txt Its content is not in the bundle.",
      "records.jsonl:10 This line is no record that this version knows.",
      "records.jsonl:11 These points are no columns of one length.",
      "records.jsonl:12 This line is not JSON.",
      "records.jsonl:7 This launch is not of the kind that Touchstone writes.",
    ].sort());
    const launch = store.read.launches.byId("ok1");
    assert.deepEqual([launch?.script, launch?.code?.commit, launch?.code?.files, launch?.runId], [null, null, [], id]);
    assert.deepEqual(store.read.artifacts.under(`run:${id}`, "").map(({ path }) => path), ["good.txt"]);
  }));

test("a content that is a zip itself, and one beyond 4 GiB, lie where the directory says", async () => {
  const inner = Buffer.from(zipSync({ "a.npy": [text("x"), { level: 0 }] }));
  const large = Buffer.alloc(1000, 7);
  const last = text("behind it");
  const file = made(parts(Object.fromEntries([inner, large, last].map((content) => [`blobs/${digest(content)}`, [content, { level: 0 }]]))));
  const whole = readFileSync(file);
  // 4 GiB more of that content, as a hole in the file: sizes and offsets, which are counted modulo 2^32, stay the same.
  const at = whole.indexOf(large) + 500;
  const handle = openSync(file, "r+");
  ftruncateSync(handle, at);
  writeSync(handle, whole, at, whole.length - at, at + 2 ** 32);
  closeSync(handle);
  const { blobs, runs } = await bundleParts(file);
  const [first, second, third] = [inner, large, last].map((content) => blobs.get(digest(content)));
  assert.deepEqual([runs, first?.packed, second?.packed, third?.packed], [1, inner.length, 1000 + 2 ** 32, last.length]);
  assert.deepEqual([first?.start, second?.start, third?.start], [whole.indexOf(inner), whole.indexOf(large), whole.indexOf(last) + 2 ** 32]);
});

test("records with fields of a wrong kind are named with their line and the field, and the others come", () =>
  withImports(async ({ take, store }) => {
    const id = "a".repeat(32);
    const wrong: readonly (readonly [string, string])[] = [
      [`{"k":"run","run":"b","id":"b","name":{"a":1},"start":5}`, "run name"],
      [`{"k":"run","run":"b","id":"b","start":1e300}`, "run start"],
      [`{"k":"run","run":"b","id":"b","status":"weird"}`, "run status"],
      [`{"k":"run","run":"b","id":["x"]}`, "run id"],
      [`{"k":"dataset","run":"${id}","name":"d"}`, "dataset digest"],
      [`{"k":"modelLink","run":"${id}","direction":"sideways","model":"m-1","step":1}`, "modelLink direction"],
      [`{"k":"experiment","experiment":"e9","tags":5}`, "experiment tags"],
      [`{"k":"model","model":"../../up","experiment":"e"}`, "model model"],
      [`{"k":"registeredModel","name":"n","created":1,"updated":1,"description":null,"tags":[{"key":1}],"aliases":[]}`, "registeredModel tags"],
      [`{"k":"version","name":"n","version":"one"}`, "version version"],
      [`{"k":"trace","trace":"tr-1","experiment":"e","time":"x"}`, "trace time"],
    ];
    const { problems, added } = await take(made(parts({}, `${wrong.map(([line]) => `${line}\n`).join("")}null\n7\n${run}`)));
    assert.deepEqual(problems.map(({ file, line, reason }) => `${file}:${line} ${reason}`), [
      ...wrong.map(([, what], index) => [index + 1, ...what.split(" ")]).map(([line, kind, field]) => `records.jsonl:${line} This ${kind} is not of the kind that Touchstone writes: \`${field}\` is none.`),
      ...[12, 13].map((line) => `records.jsonl:${line} This line is no record that this version knows.`),
    ]);
    assert.deepEqual([added.runs, [...store.read.runs.all()].map(({ runId }) => runId)], [1, [id]]);
  }));

test("places of another computer are left out: nothing here is read because a bundle names it", () =>
  withImports(async ({ take, store }) => {
    const id = "a".repeat(32);
    const evaluation = (name: string, path: string): string => `{"k":"evaluation","run":"${id}","evaluationId":"${name}","path":"${path}","task":"binary","n":1,"bytes":1,"modified":1,"created":1,"mapping":{},"metrics":{},"summary":{"metric":{}}}\n`;
    const use = (path: string): string => `{"direction":"input","path":"${path}","time":1,"bytes":1}`;
    const lines = `${run}${["/etc/hostname", "../up.csv", "C:\\\\up.csv", "out/p.csv"].map((path, index) => evaluation(`e${index}`, path)).join("")}{"k":"launch","launch":"l9","experiment":"x","command":["x"],"cwd":"/etc","origin":"cli","status":"finished","start":1,"end":2,"files":[${use("/etc/passwd")},${use("data.csv")},${use("../x")}]}\n`;
    const { problems } = await take(made(parts({}, lines)));
    const launch = store.read.launches.byId("l9");
    assert.deepEqual([launch?.cwd, store.read.launches.fileRows(launch?.launchKey ?? 0).map(({ path }) => path), store.read.evaluations.whole(id).map(({ path }) => path)], ["", ["data.csv"], ["out/p.csv"]]);
    assert.deepEqual(problems.map(({ line, reason }) => `${line} ${reason}`), [
      "2 This evaluation is left out: its file lies outside of the folder it came from (/etc/hostname).",
      "3 This evaluation is left out: its file lies outside of the folder it came from (../up.csv).",
      "4 This evaluation is left out: its file lies outside of the folder it came from (C:\\up.csv).",
      "6 2 files of this launch are left out: outside of the folder it came from (/etc/passwd).",
    ]);
  }));

test("a run that was running when its bundle was written is lost, with the time of the bundle, and so is its launch", () =>
  withImports(async ({ store, take }) => {
    const id = "a".repeat(32);
    const written = "2026-01-02T03:04:05.000Z";
    const lines = [
      `{"k":"launch","launch":"l9","experiment":"x","command":["x"],"cwd":"","origin":"cli","status":"running","start":1000}`,
      `{"k":"run","run":"${id}","id":"${id}","name":"r","start":1000,"end":null,"status":"running"}`,
      `{"k":"own","run":"${id}","name":"r","nameFrom":"client","status":"running","launch":"l9","first":true}`,
    ].join("\n");
    const file = made({ "records.jsonl": text(lines), "touchstone-bundle.json": text(JSON.stringify({ format: "touchstone-bundle", version: 1, runs: 1, created: written })) });
    assert.deepEqual((await take(file)).problems, []);
    const [kept, launch] = [store.read.runs.byId(id), store.read.launches.byId("l9")];
    assert.deepEqual([kept?.status, kept?.end, kept?.error], ["lost", Date.parse(written), `It was still running when its bundle was written (${written}); what became of it is not in there.`]);
    assert.deepEqual([launch?.status, launch?.end], ["lost", Date.parse(written)]);
    await take(file);
    assert.equal(store.read.runs.byId(id)?.status, "lost");
  }));
