import assert from "node:assert/strict";
import { test } from "node:test";
import { openRunTable } from "../runs/openTable.ts";
import type { LaunchEvents } from "../store/operations.ts";
import type { Store } from "../store/store.ts";
import { launchOf, withStore } from "../store/store.fixture.ts";
import { annotateFile } from "./annotations.ts";

async function launch(
  store: Store,
  id: string,
  start: number,
  events: Partial<LaunchEvents>,
): Promise<void> {
  await store.write("launch.create", launchOf(id, `run-${id}`, { start }));
  await store.write("launch.events", { launchId: id, stream: "events", from: 0, to: 1, ...events });
  await store.write("launch.update", {
    launchId: id,
    status: "finished",
    exitCode: 0,
    end: start + 10,
  });
}

const point = (value: number): NonNullable<LaunchEvents["metrics"]>[number] => ({
  key: "val_f1",
  value,
  step: 1,
  time: 5,
  origin: "script",
  file: "train.py",
  line: 41,
});
const written: Partial<LaunchEvents> = {
  files: [
    {
      path: "predictions.csv",
      bytes: 10,
      digest: null,
      site: { file: "train.py", line: 58 },
      model: null,
      direction: "output",
      time: 5,
    },
  ],
};

test("a script's lines say the last value, its change, the best run and what was written", () =>
  withStore(async (store) => {
    const table = openRunTable(store);
    await launch(store, "a", 1000, { metrics: [point(0.9)] });
    await launch(store, "b", 2000, { metrics: [point(0.8)], ...written });
    const found = annotateFile(
      {
        table,
        read: store.read,
        declared: [],
        evaluated: (path) => (path === "predictions.csv" ? "acc 0.9" : null),
      },
      "train.py",
    );
    assert.equal(found.runs, 2);
    assert.equal(found.best?.runId, "run-a");
    assert.equal(found.best?.value, 0.9);
    assert.deepEqual(found.latest, ["run-b", "run-a"]);
    assert.deepEqual(
      found.metrics.map(({ key, line, last, recent }) => ({ key, line, last, recent })),
      [{ key: "val_f1", line: 41, last: 0.8, recent: [0.9, 0.8] }],
    );
    assert.ok(Math.abs((found.metrics[0]?.change ?? 0) + 0.1) < 1e-12);
    assert.deepEqual(found.outputs, [
      { line: 58, path: "predictions.csv", runId: "run-b", evaluated: "acc 0.9" },
    ]);
    assert.equal(found.exception, null);
  }));

test("the last run's exception stands on the line that raised, until a run goes well", () =>
  withStore(async (store) => {
    const table = openRunTable(store);
    const exception = {
      type: "ValueError",
      message: "NaN loss",
      site: { file: "train.py", line: 30 },
      traceback:
        'Traceback:\n  File "train.py", line 30, in fit\n    raise ValueError("NaN loss")\nValueError: NaN loss',
      time: 5,
    };
    await launch(store, "a", 1000, { exception });
    const sources = { table, read: store.read, declared: [], evaluated: () => null };
    assert.deepEqual(annotateFile(sources, "train.py").exception, {
      line: 30,
      type: "ValueError",
      message: "NaN loss",
      runId: "run-a",
      lineText: 'raise ValueError("NaN loss")',
    });
    await launch(store, "b", 2000, {});
    assert.equal(annotateFile(sources, "train.py").exception, null);
  }));

test("a module that no run started shows what the newest runs logged from it", () =>
  withStore(async (store) => {
    const table = openRunTable(store);
    await launch(store, "a", 1000, { metrics: [{ ...point(0.7), file: "lib/loop.py", line: 7 }] });
    const found = annotateFile(
      { table, read: store.read, declared: [], evaluated: () => null },
      "lib/loop.py",
    );
    assert.deepEqual([found.runs, found.metrics.map(({ line }) => line)], [0, [7]]);
  }));
