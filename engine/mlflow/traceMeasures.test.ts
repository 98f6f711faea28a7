import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryFolder } from "../store/store.fixture.ts";
import { openStore } from "../store/store.ts";
import { Fields } from "./fields.ts";
import { countingTraces, tracesIn } from "./traces.fixture.ts";
import { traceMetrics } from "./traceMetrics.ts";

test("a figure of the traces of a run asks the store as often for many traces as for one", async () => {
  const { folder, dispose } = temporaryFolder();
  const store = await openStore({ folder });
  try {
    const experimentId = await tracesIn(store, 40);
    const traceIds = store.read.traces.ofExperiments([experimentId]).map(({ traceId }) => traceId);
    await store.write("trace.link", { traceIds: traceIds.slice(0, 7), kind: "run", targets: ["run-a", "run-b"] });
    const counted = countingTraces(store.read);
    const asked = new Fields({ view_type: "TRACES", metric_name: "trace_count", aggregations: [{ aggregation_type: "COUNT" }], filters: ["trace.metadata.`mlflow.sourceRun` = 'run-b'"] });
    assert.deepEqual(traceMetrics(asked, [experimentId], counted.read), { data_points: [{ metric_name: "trace_count", values: { COUNT: 7 } }] });
    assert.ok(counted.calls.length <= 6, `${counted.calls.length} reads for ${traceIds.length} traces`);
  } finally {
    await store.close();
    dispose();
  }
});
