import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../expressions/random.fixture.ts";
import { withStore } from "../store/store.fixture.ts";
import { minMaxSample, readCurve } from "./curves.ts";
import { openRunTable } from "./openTable.ts";
import { storeRuns } from "./runs.fixture.ts";

test("thinning keeps the exact extremes of the whole and of every part, first and last point, and a NaN", () => {
  const random = seeded(3);
  for (let round = 0; round < 200; round++) {
    const n = 1 + Math.floor(random() * 3_000);
    const x = Float64Array.from({ length: n }, (_, i) => i + random() / 2);
    const y = Float64Array.from({ length: n }, () => (random() < 0.01 ? Number.NaN : random() < 0.005 ? Number.POSITIVE_INFINITY : (random() - 0.5) * 100));
    const maxPoints = 4 + Math.floor(random() * 300);
    const kept = minMaxSample(x, y, maxPoints);
    assert.ok(kept.x.length <= Math.max(4, maxPoints), `${kept.x.length} of ${maxPoints}`);
    const finite = (values: Float64Array) => [...values].filter(Number.isFinite);
    assert.equal(Math.min(...finite(kept.y)), Math.min(...finite(y)));
    assert.equal(Math.max(...finite(kept.y)), Math.max(...finite(y)));
    assert.deepEqual([kept.x[0], kept.x.at(-1)], [x[0], x.at(-1)]);
    const original = new Map([...x].map((at, i) => [at, y[i]]));
    assert.ok([...kept.x].every((at, i) => Object.is(original.get(at), kept.y[i]) && (i === 0 || at > (kept.x[i - 1] ?? 0))));
    if (n > 50 && maxPoints > 30) assert.equal([...kept.y].some((value) => !Number.isFinite(value)), [...y].some((value) => !Number.isFinite(value)));
  }
});

test("a curve by step, by time and since the start; a range; points out of order", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "r", start: 1_000 }]);
    const points = [[0, 1_500, 3], [1, 1_200, 2], [2, 2_000, Number.NaN], [3, 2_500, 1]] as const;
    await store.write("run.logBatch", { runId: "r", params: [], tags: [], metrics: points.map(([step, time, value]) => ({ key: "loss", step, time, value })) });
    const table = openRunTable(store);
    const curve = async (x: "step" | "time" | "relative", from?: number, to?: number) => {
      const found = await readCurve(table, store.read, 0, { key: "loss", x, maxPoints: 100, from, to });
      return [[...found.x], [...found.y], found.points];
    };
    assert.deepEqual(await curve("step"), [[0, 1, 2, 3], [3, 2, Number.NaN, 1], 4]);
    assert.deepEqual(await curve("time"), [[1_200, 1_500, 2_000, 2_500], [2, 3, Number.NaN, 1], 4]);
    assert.deepEqual(await curve("relative"), [[200, 500, 1_000, 1_500], [2, 3, Number.NaN, 1], 4]);
    assert.deepEqual(await curve("step", 1, 2), [[1, 2], [2, Number.NaN], 2]);
    assert.deepEqual(await curve("relative", 500, 1_000), [[500, 1_000], [3, Number.NaN], 2]);
    assert.equal((await readCurve(table, store.read, 0, { key: "never", x: "step", maxPoints: 10 })).x.length, 0);
  }));

test("a long curve is read whole, slice by slice, also where many points share a step", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "r" }]);
    const random = seeded(17);
    const points = Array.from({ length: 25_000 }, (_, i) => ({ key: "loss", step: Math.floor(i / 7), time: 5 + (i % 3), value: random() < 0.01 ? Number.NaN : i }));
    for (let from = 0; from < points.length; from += 5_000) await store.write("run.logBatch", { runId: "r", params: [], tags: [], metrics: points.slice(from, from + 5_000) });
    const different = new Set(points.map(({ step, time, value }) => `${step} ${time} ${value}`)).size;
    const { x, y, points: stored } = await readCurve(openRunTable(store), store.read, 0, { key: "loss", x: "step", maxPoints: 100_000 });
    assert.deepEqual([stored, x.length], [different, different]);
    assert.deepEqual(new Set([...y].filter((value) => !Number.isNaN(value))), new Set(points.map(({ value }) => value).filter((value) => !Number.isNaN(value))));
  }));

test("over time, every stretch keeps the extremes of the points that were logged in it, also where steps were logged twice", () =>
  withStore(async (store) => {
    const hour = 3_600_000;
    const random = seeded(23);
    // Once after the other; again an hour later, within the range of the first pass or beyond it; each block a little disordered.
    const shapes = {
      once: (i: number) => ({ step: i, time: i * 100 }),
      twice: (i: number) => ({ step: i % 6_000, time: i < 6_000 ? i * 10 : hour + i * 10 }),
      shuffled: (i: number) => ({ step: i, time: i * 100 + Math.floor(random() * 300) }),
      resumed: (i: number) => (i < 8_000 ? { step: i, time: i * 10 } : { step: i - 2_000, time: hour + i * 10 }),
      backwards: (i: number) => ({ step: 12_000 - i, time: i * 100 }),
    };
    const ids = Object.keys(shapes);
    await storeRuns(store, ids.map((id) => ({ id, start: 0 })));
    for (const [id, shape] of Object.entries(shapes)) {
      const points = Array.from({ length: 12_000 }, (_, i) => ({ ...shape(i), value: (id === "twice" || id === "resumed") && i < 6_000 ? random() : random() * 100 - 50 }));
      for (let from = 0; from < points.length; from += 4_000) await store.write("run.logBatch", { runId: id, params: [], tags: [], metrics: points.slice(from, from + 4_000).map((point) => ({ key: "loss", ...point })) });
      const table = openRunTable(store);
      const row = table.row(id);
      assert.ok(row !== undefined);
      const { x, y } = await readCurve(table, store.read, row, { key: "loss", x: "relative", maxPoints: 1_000 });
      assert.ok(x.length <= 1_000 && x.every((at, i) => i === 0 || at >= x[i - 1]!));
      const times = points.map(({ time }) => time);
      const [start, end] = [Math.min(...times), Math.max(...times)];
      for (let part = 0; part < 20; part++) {
        const [low, high] = [start + ((end - start) * part) / 20, start + ((end - start) * (part + 1)) / 20];
        const logged = points.filter(({ time }) => time >= low && time < high);
        const shown = [...y].filter((_, i) => x[i]! >= low && x[i]! < high);
        assert.equal(shown.length > 0, logged.length > 0, `${id}: part ${part} of 20 shows ${shown.length} of ${logged.length} points`);
      }
      const values = points.map(({ value }) => value);
      assert.deepEqual([Math.min(...y), Math.max(...y)], [Math.min(...values), Math.max(...values)]);
      if (id === "twice") {
        const first = (which: typeof points) => which.filter(({ time }) => time < hour).map(({ value }) => value);
        const shown = first([...x].map((time, i) => ({ step: 0, time, value: y[i]! })));
        assert.deepEqual([Math.min(...shown), Math.max(...shown)], [Math.min(...first(points)), Math.max(...first(points))], "the first pass has its own extremes");
      }
    }
  }));
