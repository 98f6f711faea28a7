import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../expressions/random.fixture.ts";
import type { StoreChange } from "../store/records.ts";
import { findBaseline } from "./baseline.ts";
import { tableOf } from "./groups/groups.fixture.ts";
import { atOnce, inTurns, type Steps } from "./turns.ts";

function* counting(until: number, told: number[]): Steps<string> {
  for (let i = 0; i < until; i++) {
    told.push(i);
    // Each step takes as long as a turn may.
    for (const start = performance.now(); performance.now() - start < 9; );
    yield;
  }
  return "done";
}

test("work in steps lets others have their turn, and ends when nobody wants it", async () => {
  const told: number[] = [];
  const order: string[] = [];
  const work = inTurns(counting(5, told), new AbortController().signal).then((result) => order.push(result));
  setImmediate(() => order.push("another request"));
  await work;
  assert.deepEqual([order, told], [["another request", "done"], [0, 1, 2, 3, 4]]);
  const stop = new AbortController();
  const stopped = inTurns(counting(1_000, told), stop.signal);
  stop.abort();
  await assert.rejects(stopped, { name: "AbortError" });
  assert.ok(told.length < 10);
  assert.equal(atOnce(counting(2, [])), "done");
});

test("several long works never have a turn in one round of the event loop", async () => {
  let round = 0;
  let ended = false;
  const counted = (): void => {
    round++;
    if (!ended) setImmediate(counted);
  };
  setImmediate(counted);
  const rounds: number[] = [];
  function* work(): Steps<void> {
    for (let i = 0; i < 5; i++) {
      rounds.push(round);
      for (const start = performance.now(); performance.now() - start < 9; );
      yield;
    }
  }
  await Promise.all(Array.from({ length: 4 }, () => inTurns(work(), new AbortController().signal)));
  ended = true;
  assert.equal(rounds.length, 20);
  assert.equal(new Set(rounds).size, 20);
});

test("after any change the baseline is the newest run that fits, as a look at all runs finds it", () => {
  const random = seeded(11);
  const table = tableOf(Array.from({ length: 60 }, (_, i) => ({ params: { lr: String(i % 3) }, metrics: { f: random() }, start: 1_000 + i * 10, name: i % 7 === 0 ? "mine" : `r ${i}` })));
  const nothing: StoreChange = { version: 0, experiments: [], launches: [], runs: [], latest: [], goneLatest: [], params: [], tags: [] };
  const newest = (fits: (row: number) => boolean): number | null => [...table.newestFirst()].find((row) => table.run(row).deleted === null && fits(row)) ?? null;
  let found = 0;
  for (let version = 2; version < 800; version++) {
    const row = Math.floor(random() * table.count);
    const runKey = row + 1;
    const kind = random();
    const run = table.run(row);
    table.apply({
      ...nothing,
      version,
      ...(kind < 0.6 ? { latest: [{ runKey, key: "f", value: random(), step: 0, time: 0, min: 0, max: 0, points: 1, origin: "script" as const }] } : {}),
      ...(kind >= 0.6 && kind < 0.7 ? { runs: [{ ...run, deleted: run.deleted === null ? 5 : null }] } : {}),
      ...(kind >= 0.7 && kind < 0.8 ? { runs: [{ ...run, start: 1_000 + Math.floor(random() * 600) }] } : {}),
      ...(kind >= 0.8 && kind < 0.9 ? { runs: [{ ...run, name: random() < 0.3 ? "mine" : "other" }] } : {}),
      ...(kind >= 0.9 && kind < 0.95 ? { params: [{ runKey, key: "lr", value: String(Math.floor(random() * 3)), source: "client" as const }] } : {}),
    });
    const where = findBaseline(table, { where: "metrics.f > 0.9 and params.lr = '1'" });
    assert.equal(where?.row ?? null, newest((one) => Number(table.metrics.get("f")?.get(one)) > 0.9 && table.params.get("lr")?.get(one) === "1"), `version ${version}`);
    if (where !== null) {
      found++;
      assert.deepEqual(where.rows, Array.from({ length: table.count }, (_, one) => one).filter((one) => table.run(one).deleted === null && table.params.get("lr")?.get(one) === table.params.get("lr")?.get(where.row)));
    }
    if (version % 5 === 0) assert.equal(findBaseline(table, { run: "mine" })?.row ?? null, newest((one) => table.run(one).name === "mine"));
  }
  assert.ok(found > 100);
});
