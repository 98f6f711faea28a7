import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunComparison } from "../api/compare.ts";
import { openRunTable } from "../runs/openTable.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import { withStore } from "../store/store.fixture.ts";
import { runHead } from "../runs/cells.ts";
import { launchInfo } from "../runs/detail.ts";
import { comparisonAnswer } from "./answer.ts";
import { letter } from "./letters.ts";
import { unknownOf, unknownWords } from "./unknown.ts";
import { isOwnFile } from "./code.ts";
import { countChangedLines } from "./lines.ts";
import { compareMetrics, sameConfiguration } from "./metrics.ts";
import { compareData, compareEnvironment, compareParams, withCommand } from "./values.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("metrics side by side: the best by direction, the difference to one run, what is missing stays missing", () =>
  withStore(async (store) => {
    await storeRuns(store, [
      { id: "a", metrics: { val_f1: 0.5, loss: 0.25, speed: 3, "system/cpu": 1 } },
      { id: "b", metrics: { val_f1: 0.75, loss: 0.5, speed: 3 } },
      { id: "c", metrics: { loss: Number.NaN, speed: 3 } },
    ]);
    const rows = compareMetrics(openRunTable(store), [0, 1, 2], 0, []);
    assert.deepEqual(rows.map(({ key, direction, isKey, differs }) => [key, direction, isKey, differs]), [["val_f1", "up", true, true], ["loss", "down", false, true], ["speed", "unknown", false, false], ["system/cpu", "unknown", false, true]]);
    assert.deepEqual(rows.slice(0, 2).map(({ values, differences, best }) => [values, differences, best]), [
      [[0.5, 0.75, null], [null, 0.25, null], [1]],
      [[0.25, 0.5, "NaN"], [null, 0.25, "NaN"], [0]],
    ]);
  }));

test("params, data and environment: what differs stands first, what is unknown does not differ", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "a", params: { depth: "6", lr: "0.1" } }, { id: "b", params: { depth: "6", lr: "0.2", extra: "x" } }]);
    const file = { direction: "input" as const, bytes: 1, site: null, model: null, time: 1 };
    for (const [id, digest] of [["a", "sha256:1"], ["b", "sha256:2"]] as const) {
      await store.write("launch.events", { launchId: `launch-${id}`, stream: "events", from: 0, to: 1, files: [{ ...file, path: "same.csv", digest: "sha256:0" }, { ...file, path: "train.csv", digest }] });
    }
    await store.write("launch.update", { launchId: "launch-a", interpreter: "python3.11", packages: [{ name: "numpy", version: "1.0" }, { name: "torch", version: "2.0" }] });
    await store.write("launch.update", { launchId: "launch-b", interpreter: "python3.11", packages: [{ name: "numpy", version: "1.1" }] });
    const table = openRunTable(store);
    const launches = [0, 1].map((row) => launchInfo(store.read, table.run(row).launchKey));
    assert.deepEqual(compareParams(table, [0, 1]).map(({ name, values, differs }) => [name, values, differs]), [["lr", ["0.1", "0.2"], true], ["extra", [null, "x"], true], ["depth", ["6", "6"], false]]);
    assert.deepEqual(compareData(store.read, [table.run(0), table.run(1)]).map(({ name, differs }) => [name, differs]), [["train.csv", true], ["same.csv", false]]);
    assert.deepEqual(compareEnvironment(launches).map(({ name, values, differs }) => [name, values, differs]), [["numpy", ["1.0", "1.1"], true], ["torch", ["2.0", null], true], ["interpreter", ["python3.11", "python3.11"], false]]);
    assert.deepEqual(compareEnvironment([launches[0] ?? null, null]).filter(({ differs }) => differs), []);
  }));

test("of a server's run it is not said that data and environment are the same, or others: nobody kept them", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "own", params: { lr: "1" }, metrics: { val_f1: 0.5 } }]);
    const file = { direction: "input" as const, bytes: 1, site: null, model: null, time: 1 };
    await store.write("launch.events", { launchId: "launch-own", stream: "events", from: 0, to: 1, files: [{ ...file, path: "train.csv", digest: "sha256:0" }] });
    const said = (run: string) => ({ runs: [{ k: "run" as const, run, id: run, experiment: "1" }], values: [{ run, params: [{ key: "lr", value: "1" }], tags: [], points: [], modelPoints: [], datasets: [], links: [] }] });
    const rest = { experiments: [], models: [], registered: [], versions: [], traces: [], own: [], places: [] };
    for (const run of ["one", "two"]) await store.write("import.write", { source: { path: "http://mlflow.example.com", format: "mlflow-server", name: "there" }, time: 1, batch: { ...rest, ...said(run) } });
    await store.write("run.logInputs", { runId: "two", datasets: [{ name: "adult", digest: "d1", sourceType: "local", source: "{}", schema: null, profile: null, tags: [] }], models: [] });
    const table = openRunTable(store);
    const of = (ids: readonly string[]) => {
      const rows = ids.map((id) => table.row(id) ?? -1);
      const runs = rows.map((row) => table.run(row));
      const comparison = { heads: rows.map((row) => runHead(table, row)), against: 0, sameConfiguration: rows.map(() => true), metrics: [], params: compareParams(table, rows), code: { states: [], differs: null, files: [], note: null }, data: compareData(store.read, runs), environment: [], unknown: unknownOf(store.read, runs) };
      return [comparison.unknown, comparison.data.filter(({ differs }) => differs).map(({ name }) => name), unknownWords(comparison), comparisonAnswer(comparison).split("differs: ")[1]];
    };
    assert.deepEqual(of(["own", "one"]), [[[], ["data", "environment"]], [], "The environment of B is not known, nor which data it read: an MLflow server does not keep that.", "same params. Their code cannot be compared. The environment of B is not known, nor which data it read: an MLflow server does not keep that."]);
    assert.deepEqual(of(["one", "two"]).slice(0, 3), [[["data", "environment"], ["environment"]], [], "The environment of A is not known, nor which data it read: an MLflow server does not keep that. The environment of B is not known: an MLflow server does not keep that."]);
    assert.equal(of(["own", "own"])[2], "");
  }));

test("the answer says which is better on what, and what differs", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "a", params: { lr: "1" }, metrics: { val_f1: 0.5, loss: 0.5, acc: 0.5 } }, { id: "b", params: { lr: "2" }, metrics: { val_f1: 0.75, loss: 0.25, acc: 0.25 } }]);
    const table = openRunTable(store);
    const of = (declared: readonly string[], more: Partial<RunComparison> = {}) =>
      comparisonAnswer({
        heads: [0, 1].map((row) => runHead(table, row)),
        against: 0,
        sameConfiguration: [true, false],
        metrics: compareMetrics(table, [0, 1], 0, declared.map((key) => ({ key, direction: null }))),
        params: compareParams(table, [0, 1]),
        code: { states: [], differs: false, files: [], note: null },
        data: [],
        environment: [],
        unknown: [[], []],
        ...more,
      });
    assert.equal(of(["val_f1"]), "B is best on val_f1: 0.75, 0.25 above the next. 1 run each: chance is not ruled out. lr differs.");
    assert.equal(of(["loss"]), "B is best on loss: 0.25, 0.25 below the next. 1 run each: chance is not ruled out. lr differs.");
    assert.equal(of(["val_f1", "loss"]), "B leads on all 2 metrics. 1 run each: chance is not ruled out. lr differs.");
    assert.equal(of(["val_f1", "loss", "acc"], { code: { states: [], differs: true, files: [], note: null } }), "B beats A on 2 of 3 metrics. 1 run each: chance is not ruled out. Code and lr differ.");
    assert.equal(of(["val_f1"], { params: [] }), "B is best on val_f1: 0.75, 0.25 above the next. 1 run each: chance is not ruled out. Nothing that was captured differs: same params, code, data and packages.");
    const values = (value: number | null) => compareMetrics(table, [0, 1], 0, []).map((metric) => ({ ...metric, values: [metric.values[0] ?? null, value] }));
    assert.equal(of([], { metrics: values(null) }), "B logged no metric, so there is nothing to compare it by. lr differs.");
    assert.equal(of(["val_f1"], { metrics: [], code: { states: [], differs: null, files: [], note: null } }), "None of these runs logged a metric. lr differs. Their code cannot be compared.");
  }));

test("names of runs in sentences", () => assert.deepEqual([0, 25, 26, 51, 52, 701, 702].map(letter), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]));

test("changed lines, against what `git diff --numstat` says of the same files", () => {
  assert.deepEqual(countChangedLines(bytes("a\nb\nc\n"), bytes("a\nB\nc\nd\n")), { added: 2, removed: 1 });
  assert.deepEqual(countChangedLines(null, bytes("a\nb")), { added: 2, removed: 0 });
  assert.deepEqual(countChangedLines(bytes("a\n"), bytes("")), { added: 0, removed: 1 });
  assert.deepEqual(countChangedLines(bytes("x\ny\nz\n"), bytes("y\nz\nx\n")), { added: 1, removed: 1 });
  assert.equal(countChangedLines(bytes("a\0b"), bytes("c")), null);
});

test("the seeds of two configurations say whether a difference is more than chance; seeds of one are chance", () =>
  withStore(async (store) => {
    const seed = (id: string, lr: string, n: number, val_f1: number) => ({ id, params: { lr, seed: String(n) }, metrics: { val_f1 } });
    await storeRuns(store, [seed("a", "1", 0, 0.7), seed("b", "2", 0, 0.8), seed("a1", "1", 1, 0.72), seed("b1", "2", 1, 0.81), seed("a2", "1", 2, 0.71), seed("b2", "2", 2, 0.79), seed("c", "3", 0, 0.9)]);
    for (const runId of ["a", "b", "a1", "b1", "a2", "b2", "c"]) await store.write("run.update", { runIds: [runId], status: "finished" });
    const table = openRunTable(store);
    const of = (ids: readonly string[]) => {
      const rows = ids.map((id) => table.row(id) ?? -1);
      const metrics = compareMetrics(table, rows, 0, []);
      const whole = { heads: rows.map((row) => runHead(table, row)), against: 0, sameConfiguration: sameConfiguration(table, rows, 0), metrics, params: [], code: { states: [], differs: false, files: [], note: null }, data: [], environment: [], unknown: rows.map(() => []) };
      return { metric: metrics[0], whole, answer: comparisonAnswer(whole) };
    };
    const { metric, answer } = of(["a", "b", "c"]);
    assert.deepEqual(metric?.seeds.map((found) => found?.n), [3, 3, 1]);
    const found = metric?.chances[1];
    // scipy.stats.ttest_ind([.8, .81, .79], [.7, .72, .71], equal_var=False).confidence_interval(): 0.06733042, 0.11266958 (means 0.80 and 0.71).
    assert.deepEqual([found?.value.toFixed(4), found?.low.toFixed(5), found?.high.toFixed(5), found?.verdict, metric?.chances[2]], ["0.0900", "0.06733", "0.11267", "better", null]);
    assert.match(answer, /Over the seeds B is better than A by more than chance \(val_f1: 95 % CI \+0\.0673 … \+0\.113\); C ran once, so chance is not ruled out\./);
    assert.equal(of(["a", "a1"]).metric?.chances[1], null);
    const params = withCommand(compareParams(table, [0, 0]), ["python train.py 1", "python train.py 4"]);
    assert.deepEqual(params[0], { name: "command", kind: "param", values: ["python train.py 1", "python train.py 4"], differs: true });
    assert.match(comparisonAnswer({ ...of(["a", "a1"]).whole, params }), /\. Chance is not ruled out\. command differs\.$/);
    assert.match(of(["a", "a1"]).answer, /They repeat one configuration: what lies between them is chance\./);
  }));

test("the true reason why chance is not judged, and the seeds' word where the runs shown say the opposite", () =>
  withStore(async (store) => {
    const runs = (lr: string, values: readonly number[]) => values.map((val_f1, n) => ({ id: `${lr}${n}`, params: { lr, seed: String(n) }, metrics: { val_f1, loss: 1 - val_f1 } }));
    const made = [...runs("still", [0.7, 0.7]), ...runs("flat", [0.8, 0.8]), ...runs("low", [0.88, 0.7, 0.71, 0.72, 0.7]), ...runs("high", [0.85, 0.86, 0.87]), ...runs("once", [0.6]), ...runs("other", [0.5])];
    await storeRuns(store, made);
    for (const { id } of made) await store.write("run.update", { runIds: [id], status: "finished" });
    const table = openRunTable(store);
    const answer = (ids: readonly string[], declared: readonly string[] = ["val_f1"]): string => {
      const rows = ids.map((id) => table.row(id) ?? -1);
      const metrics = compareMetrics(table, rows, 0, declared.map((key) => ({ key, direction: null })));
      return comparisonAnswer({ heads: rows.map((row) => runHead(table, row)), against: 0, sameConfiguration: sameConfiguration(table, rows, 0), metrics, params: [], code: { states: [], differs: false, files: [], note: null }, data: [], environment: [], unknown: rows.map(() => []) });
    };
    const ci = String.raw`\(val_f1: 95 % CI [^)]*\)`;
    assert.match(answer(["still0", "flat0"]), / next\. The seeds of A and B do not vary, so chance cannot be judged \(is the seed fixed in the code\?\)\. Nothing/);
    assert.match(answer(["low1", "low2", "once0"]), / next\. B repeats the configuration of A: what lies between them is chance; C ran once, so chance is not ruled out\. Nothing/);
    assert.match(answer(["once0", "low1", "other0"]), / next\. A and C ran once, so chance is not ruled out\. Nothing/);
    assert.match(answer(["high0", "low1"]), new RegExp(` next\\. Over the seeds B is worse than A by more than chance ${ci}\\. Nothing`));
    assert.match(answer(["low0", "high0"]), new RegExp(`^A is best .* Over the seeds B is better than A by more than chance ${ci}, though these two runs say the opposite\\. Nothing`));
    assert.match(answer(["low0", "high1"], ["val_f1", "loss"]), /Over the seeds B is better than A on all 2 by more than chance, though these two runs say the opposite\. Nothing/);
  }));

test("what Touchstone writes into the folder is no difference in code", () => {
  const paths = ["touchstone.yaml", "labels/worst/labels.yaml", "labels/worst/items.jsonl", "labels/worst/votes/mei/a1.jsonl", "labels/worst/guidelines.md", "conf/touchstone.yaml", "labels/load.py", "labels/worst/read.py", "train.py"];
  assert.deepEqual(paths.filter((path) => !isOwnFile(path)), ["conf/touchstone.yaml", "labels/load.py", "labels/worst/read.py", "train.py"]);
});
