import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleEffects } from "./samplesMetrics.ts";

test("samples become metrics of the machine; one with a time that no store can hold is passed over", () => {
  const texts = ['{"t":5,"cpu":50,"rss":3000000}', "{", "null", ...["1e300", "-1", "1e999", '"5"', "5.5"].map((t) => `{"t":${t},"cpu":1}`)];
  const { metrics } = sampleEffects(texts.map((text) => ({ text, offset: 0 })));
  assert.deepEqual(metrics, [
    { key: "system/process_cpu_percentage", value: 50, step: null, time: 5, origin: "system" },
    { key: "system/process_memory_megabytes", value: 3, step: null, time: 5, origin: "system" },
  ]);
});
