import assert from "node:assert/strict";
import { test } from "node:test";
import { endAlert, duration } from "./alerts.ts";
import { filesIn } from "./files.ts";
import { lostOutcome, outcomeOf } from "./outcome.ts";
import { sampleEffects } from "./samplesMetrics.ts";

test("an end is what the system said, told apart by who wanted it", () => {
  const how = (code: number | null, signal: string | null, more: object = {}) => outcomeOf({ code, signal, end: 5, ...more }).status;
  assert.equal(how(0, null), "finished");
  assert.equal(how(1, null), "failed");
  assert.equal(how(null, "SIGSEGV"), "failed");
  assert.equal(how(null, "SIGKILL"), "killed");
  assert.equal(how(130, null), "killed");
  assert.equal(how(0, null, { stopped: true }), "killed");
  assert.equal(how(null, null, { unseen: true }), "lost");
  assert.equal(how(null, null, { error: "spawn EACCES" }), "failed");
  assert.equal(lostOutcome(true, 1).status, "lost");
  assert.equal(lostOutcome(false, 1).status, "failed");
});

test("people are told of an end, but not of the one they asked for", () => {
  const launch = { launchId: "l", runId: "r", command: ["python", "a.py"], cwd: "/", scriptPath: "/a.py", start: 1000, files: filesIn("/x") };
  const alert = (exit: object) => endAlert(launch, "a.py", outcomeOf({ code: 0, signal: null, end: 13_400, ...exit }), "ValueError: bad");
  assert.deepEqual(alert({}), { launchId: "l", runId: "r", kind: "finished", title: "a.py finished", text: "after 12 s" });
  assert.equal(alert({ code: 3 })?.text, "exit code 3: ValueError: bad");
  assert.equal(alert({ code: null, signal: "SIGSEGV" })?.title, "a.py failed");
  assert.equal(alert({ code: null, signal: "SIGKILL" })?.kind, "crashed");
  assert.equal(alert({ code: null, signal: "SIGINT", stopped: true }), null);
  assert.deepEqual([1234, 59_600, 185_000, 7_800_000].map(duration), ["1.2 s", "1 min 0 s", "3 min 5 s", "2 h 10 min"]);
});

test("samples become metrics over time; a line that is none is passed over", () => {
  const lines = ['{"t":1,"cpu":150.5,"rss":2000000,"gpu":[{"util":7,"mem":3000000}]}', "{torn", '{"cpu":1}'].map((text) => ({ text, offset: 0 }));
  assert.deepEqual(sampleEffects(lines).metrics?.map(({ key, value, time }) => [key, value, time]), [
    ["system/process_cpu_percentage", 150.5, 1],
    ["system/process_memory_megabytes", 2, 1],
    ["system/gpu_0_utilization_percentage", 7, 1],
    ["system/gpu_0_memory_usage_megabytes", 3, 1],
  ]);
});
