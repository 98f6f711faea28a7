import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRecord } from "../../store/records.ts";
import { SignsOfLife } from "./signs.ts";

const run: RunRecord = {
  runKey: 7, runId: "r", experimentId: 0, launchKey: null, parentKey: null, name: "r", nameFrom: "none", user: null, status: "running",
  start: 1, end: null, deleted: null, starred: 0, color: 0, error: null, progress: null,
};
/** Every silence counts at once. */
const impatient = -1;

test("a run without launch is silent since its last sign, unless a connection that wrote to it stands", () => {
  const signs = new SignsOfLife(impatient);
  assert.equal(signs.silentSince(run), undefined, "nothing is known of it");
  signs.seen(run, 500);
  assert.equal(signs.silentSince(run), 500);
  signs.seen(run, 400);
  assert.equal(signs.silentSince(run), 500, "the latest counts");
  const [one, two] = [{}, {}];
  signs.writes(run, one);
  signs.writes(run, two);
  signs.left(one);
  assert.equal(signs.silentSince(run), undefined, "another connection stands");
  const before = Date.now();
  assert.deepEqual([signs.mayWrite(run, 0), signs.mayWrite({ ...run, status: "finished" }, 60_000)], [true, false]);
  signs.left(two);
  assert.deepEqual([signs.mayWrite(run, 0), signs.mayWrite(run, 60_000)], [false, true], "only its last sign is known");
  assert.ok(Number(signs.silentSince(run)) >= before, "it lived until its connection ended");
  signs.seen({ ...run, status: "finished" }, Date.now());
  assert.equal(signs.silentSince({ ...run, status: "finished" }), undefined);
});

test("a run of a launch is the launch's, and a short silence is none", () => {
  const signs = new SignsOfLife();
  signs.seen({ ...run, launchKey: 3 }, 500);
  assert.equal(signs.silentSince({ ...run, launchKey: 3 }), undefined);
  signs.seen(run, Date.now());
  assert.equal(signs.silentSince(run), undefined);
});
