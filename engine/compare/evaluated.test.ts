// Intervals and p are those of statistics/paired.test.ts, which has them from SciPy and statsmodels; here: which rows they are made of.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { createCompute, type Compute } from "../compute/compute.ts";
import { Evaluations } from "../evaluation/service.ts";
import { seeded } from "../expressions/random.fixture.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import { mcnemarExact, pairedProportions } from "../statistics/paired.ts";
import { withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { DataContents } from "./content.ts";
import { compareEvaluations } from "./evaluated.ts";
import { snapshotFile } from "./snapshotFile.ts";

const N = 600;
const random = seeded(13);
const rows = Array.from({ length: N }, (_, i) => ({ id: `item-${i}`, region: ["north", "south", "east"][i % 3] ?? "", label: random() < 0.5 ? "yes" : "no", a: random() < 0.2, b: random() < (i % 3 === 1 ? 0.55 : 0.18) }));
const flip = (label: string): string => (label === "yes" ? "no" : "yes");
/** Predictions of a model, in an order of their own. */
const csv = (wrong: (row: (typeof rows)[number]) => boolean, from = 0, reversed = false): string => {
  const lines = rows.slice(from).map((row) => [row.id, row.region, row.label, wrong(row) ? flip(row.label) : row.label].join(","));
  return ["id,region,label,prediction", ...(reversed ? lines.reverse() : lines), ""].join("\n");
};

async function withEvaluations(body: (services: { store: Store; compute: Compute; evaluations: Evaluations }) => Promise<void>): Promise<void> {
  await withStore(async (store) => {
    const compute = createCompute(() => undefined);
    const tagRules = () => [{ name: "south", where: "region = 'south'" }];
    const evaluations = new Evaluations({ folder: store.folder, store, compute, tagRules, mappings: () => [], remember: () => undefined, log: (message) => assert.fail(message), saved: () => undefined });
    try {
      await storeRuns(store, [{ id: "a" }, { id: "b" }, { id: "c" }]);
      await body({ store, compute, evaluations });
    } finally {
      await compute.close();
    }
  });
}

const signal = new AbortController().signal;
/** An evaluation, and the snapshot that it leaves once its slices are found. */
async function evaluate({ store, evaluations }: { store: Store; evaluations: Evaluations }, runId: string, text: string): Promise<void> {
  writeFileSync(join(store.folder, "predictions.csv"), text);
  const { evaluationId } = await evaluations.run("predictions.csv", null, runId, {});
  while (!existsSync(snapshotFile(store, evaluationId))) await new Promise((resolve) => setImmediate(resolve));
}

test("two runs that wrote one file after the other are compared item by item: all rows, and the tag in which one is worse", () =>
  withEvaluations(async (services) => {
    await evaluate(services, "a", csv(({ a }) => a));
    await evaluate(services, "b", csv(({ b }) => b, 0, true));
    const found = await compareEvaluations(services, ["a", "b"], 0, signal);
    assert.deepEqual([found.paired, found.measure, found.left, found.note, found.paths], [true, "errors", 0, null, ["predictions.csv", "predictions.csv"]]);
    const naive = (of: typeof rows) => {
      const [onlyB, onlyA] = [of.filter(({ a, b }) => b && !a).length, of.filter(({ a, b }) => a && !b).length];
      return { n: [of.length, of.length], errors: [of.filter(({ a }) => a).length, of.filter(({ b }) => b).length], difference: pairedProportions(onlyB, onlyA, of.length), p: mcnemarExact(onlyB, onlyA) };
    };
    const of = (name: string) => {
      const { n, errors, changes } = found.rows.find((row) => row.name === name)!;
      return { n, errors, difference: changes[1]?.difference, p: changes[1]?.p };
    };
    const { errors, p } = naive(rows);
    assert.ok(found.answer.startsWith(`Of the same 600 rows A gets ${errors[0]} wrong, B ${errors[1]} (p ${p < 0.001 ? "< 0.001" : `= ${Number(p.toPrecision(2))}`})`), found.answer);
    assert.match(found.answer, /; B is worse on south\.$/);
    assert.deepEqual(of("all rows"), naive(rows));
    assert.deepEqual(of("south"), naive(rows.filter(({ region }) => region === "south")));
    assert.deepEqual(found.rows.slice(0, 2).map(({ kind, changes }) => [kind, changes[0], changes[1]?.verdict]), [["all", null, "worse"], ["tag", null, "worse"]]);
  }));

test("other items are compared as such; a third run that was not evaluated is named", () =>
  withEvaluations(async (services) => {
    await evaluate(services, "a", csv(({ a }) => a).replaceAll("item-", "old-"));
    await evaluate(services, "b", csv(({ b }) => b));
    const found = await compareEvaluations(services, ["a", "b", "c"], 0, signal);
    assert.deepEqual([found.paired, found.note], [false, "C was not evaluated."]);
    const all = found.rows[0]?.changes[1]?.difference;
    assert.equal(all?.value === null ? null : all?.method, "Newcombe");
    assert.match(found.answer, /^A gets [\d.]+ % of its rows wrong, B [\d.]+ % \(other rows\)/);
    assert.deepEqual(found.rows.find(({ name }) => name === "south")?.n, [200, 200, null]);
  }));

test("what cannot be compared is said: nobody, one of two, predictions that are gone with their cache", () =>
  withEvaluations(async (services) => {
    assert.equal((await compareEvaluations(services, ["a", "b"], 0, signal)).note, "None of these runs was evaluated.");
    await evaluate(services, "a", csv(({ a }) => a));
    assert.match((await compareEvaluations(services, ["a", "b"], 0, signal)).note ?? "", /^Only A was evaluated/);
    await evaluate(services, "b", csv(({ b }) => b));
    rmSync(join(services.store.dir, "cache"), { recursive: true });
    const found = await compareEvaluations(services, ["a", "b"], 0, signal);
    assert.deepEqual([found.rows, found.note], [[], "The predictions of A were written over since they were evaluated, and what they were is no longer kept (the cache holds the newest 100, of at most 3,000,000 rows each)."]);
  }));

test("what moved in a data file that the second run read in another state; what is gone is said", () =>
  withEvaluations(async ({ store, compute }) => {
    const contents = () => new DataContents({ folder: store.folder, store, compute, artifacts: createArtifacts(store) });
    const data = (people: number, hours: number, extra: string): string => ["age,hours,job,income" + extra, ...Array.from({ length: people }, (_, i) => `${20 + (i % 40)},${(i % 10) + hours},${i % 4 === 0 ? "" : i % 4 === 1 ? "clerk" : "cook"},${i % 5 === 0 ? ">50K" : "<=50K"}${extra === "" ? "" : ",1"}`), ""].join("\n");
    const write = (text: string): string => {
      mkdirSync(join(store.folder, "data"), { recursive: true });
      writeFileSync(join(store.folder, "data", "train.csv"), text);
      return `sha256:${createHash("sha256").update(text).digest("hex")}`;
    };
    const file = { direction: "input" as const, path: "data/train.csv", bytes: 100, site: null, model: null, time: 1 };
    const digests: string[] = [];
    for (const [id, text] of [["a", data(400, 40, "")], ["b", data(300, 41, ",weight")]] as const) {
      const digest = write(text);
      digests.push(digest);
      await store.write("launch.events", { launchId: `launch-${id}`, stream: "events", from: 0, to: 1, files: [{ ...file, digest }] });
      if (id === "a") await contents().keep("launch-a");
    }
    const [found] = await contents().compare([{ name: "data/train.csv", digests }], 0, signal);
    assert.equal(found?.note, null);
    const told = Object.fromEntries(found?.statistics.map(({ name, values, changes }) => [name, [values, changes[1]]]) ?? []);
    assert.deepEqual(told["rows"], [[400, 300], "−100 (25 %)"]);
    assert.deepEqual(told["columns"], [[4, 5], "+1 (25 %)"]);
    assert.deepEqual(told["weight"], [["not there", "number"], "added"]);
    // The means of 0 … 9 plus 40 or 41; the standard deviation of 0 … 9, 40 times, is √(8.25 · 400/399) = 2.876.
    assert.deepEqual(told["hours, mean"], [[44.5, 45.5], "+1 (0.35 sd)"]);
    assert.equal(told["missing job"], undefined, "a quarter of the jobs is missing in both");
    write("age\n1\n");
    rmSync(join(store.dir, "cache"), { recursive: true });
    const [gone] = await contents().compare([{ name: "data/train.csv", digests }], 0, signal);
    assert.deepEqual([gone?.statistics, gone?.note], [[], "What A and B read is no longer there, and no summary of it is kept: only digest and size are known."]);
  }));

test("two runs that read one content, of which a blob is kept, and a store that cannot be written to: the content is read", () =>
  withEvaluations(async ({ store, compute }) => {
    const artifacts = createArtifacts(store);
    const text = (rows: number): string => ["a,b", ...Array.from({ length: rows }, (_, i) => `${i},${i % 3}`), ""].join("\n");
    const blob = await artifacts.blobs.put(Buffer.from(text(40)));
    writeFileSync(join(store.folder, "d.csv"), text(50));
    const live = `sha256:${createHash("sha256").update(text(50)).digest("hex")}`;
    const [found] = await new DataContents({ folder: store.folder, store, compute, artifacts }).compare([{ name: "d.csv", digests: [blob.digest, blob.digest, live] }], 0, signal);
    assert.deepEqual([found?.note, found?.statistics.find(({ name }) => name === "rows")?.values], [null, [40, 40, 50]]);
    rmSync(join(store.dir, "cache"), { recursive: true });
    // What a store in a folder without the right to write looks like: everything that is made there fails.
    writeFileSync(join(store.dir, "cache"), "");
    const readOnly = Object.create(store, { readOnly: { value: true } });
    assert.equal((await new DataContents({ folder: store.folder, store: readOnly, compute, artifacts }).summary("d.csv", live))?.rows, 50);
  }));
