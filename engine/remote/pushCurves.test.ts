import assert from "node:assert/strict";
import { test } from "node:test";
import type { PointArrays } from "../store/read/metrics.ts";
import { launchOf, withStore } from "../store/store.fixture.ts";
import { sendCurves } from "./pushCurves.ts";

const POINTS = 50_000;

test("a curve that was sent before is gone on with at its place: what was sent is not read again, and others have their turns meanwhile", () =>
  withStore(async (store) => {
    await store.write("launch.create", launchOf("l1", "r1"));
    const log = async (from: number, to: number): Promise<void> => {
      for (let at = from; at < to; at += 10_000) {
        await store.write("run.logBatch", { runId: "r1", params: [], tags: [], metrics: Array.from({ length: Math.min(10_000, to - at) }, (_, i) => ({ key: "loss", value: at + i === 7 ? Number.NaN : 1 / (at + i + 1), step: at + i, time: 1_000 + at + i })) });
      }
    };
    await log(0, POINTS);
    const runKey = store.read.runs.byId("r1")?.runKey ?? assert.fail();
    let [read, pieces, sent, turns] = [0, 0, 0, 0];
    function* counted(slices: Iterable<PointArrays>): Generator<PointArrays> {
      for (const slice of slices) {
        read += slice.step.length;
        pieces++;
        yield slice;
      }
    }
    const { metrics } = store.read;
    const counting = { ...store, read: { ...store.read, metrics: { ...metrics, slices: (...of: Parameters<typeof metrics.slices>) => counted(metrics.slices(...of)), slicesFrom: (...of: Parameters<typeof metrics.slicesFrom>) => counted(metrics.slicesFrom(...of)) } } };
    const send = async (said: string | null): Promise<string> => {
      [read, pieces, sent, turns] = [0, 0, 0, 0];
      let isDone = false;
      const tick = (): void => {
        if (isDone) return;
        turns++;
        setImmediate(tick);
      };
      setImmediate(tick);
      const text = await sendCurves({ store: counting, runKey, keys: ["loss"], said, send: async (points) => void (sent += points.length), note: async () => undefined });
      isDone = true;
      return text;
    };
    const first = await send(null);
    assert.deepEqual([sent, read], [POINTS, POINTS]);
    assert.ok(pieces > 1 && turns >= pieces, `${turns} turns, ${pieces} slices`);
    assert.equal(await send(first), first);
    assert.deepEqual([sent, read], [0, 1]);
    assert.ok(turns > 1, `${turns} turns`);
    await log(POINTS, POINTS + 3);
    const second = await send(first);
    assert.deepEqual([sent, read], [3, 1 + 3 + 3]);
    // An earlier step that comes late moves the place: all is sent again.
    await store.write("run.logBatch", { runId: "r1", params: [], tags: [], metrics: [{ key: "loss", value: 5, step: -1, time: 1 }] });
    await send(second);
    assert.equal(sent, POINTS + 4);
  }));
