import assert from "node:assert/strict";
import { test } from "node:test";
import { openDoor } from "./server.fixture.ts";

interface Page {
  readonly metrics?: readonly { readonly value: number | string; readonly timestamp: number; readonly step: number; readonly run_id?: string }[];
  readonly next_page_token?: string;
}

test("a long history comes in pages by time, whatever its steps are, while others are answered", async () => {
  const door = await openDoor();
  const get = async (path: string): Promise<Page> => {
    const answer = await fetch(`${door.uri}/${path}`, { headers: { authorization: `Bearer ${door.storeToken}` } });
    assert.equal(answer.status, 200);
    return (await answer.json()) as Page; // SAFETY: the answer's shape by the API.
  };
  try {
    const points = 23_000;
    const { runId } = await door.store.write("run.create", { runId: "a".repeat(32), experimentId: "0", name: "r", named: true, user: null, start: 1, tags: [] });
    // `loss` goes forward in time; the steps of `back` were logged from the last one to the first.
    const all = Array.from({ length: points }, (_, step) => step);
    for (const [key, time] of [["loss", (step: number) => step], ["back", (step: number) => points - step]] as const) {
      await door.store.write("run.logBatch", { runId, metrics: all.map((step) => ({ key, step, time: time(step), value: step === 5 ? Number.NaN : step / 8 })), params: [], tags: [] });
    }
    for (const [key, wanted] of [["loss", all], ["back", all.toReversed()]] as const) {
      const found: (number | string)[][] = [];
      let token: string | undefined;
      do {
        const page: Page = await get(`api/2.0/mlflow/metrics/get-history?run_id=${runId}&metric_key=${key}&max_results=9000${token === undefined ? "" : `&page_token=${encodeURIComponent(token)}`}`);
        for (const { step, value } of page.metrics ?? []) found.push([step, value]);
        token = page.next_page_token;
      } while (token !== undefined);
      assert.deepEqual(found, wanted.map((step) => [step, step === 5 ? "NaN" : step / 8]));
    }
    const bulk = await get(`ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=${runId}&metric_key=back&max_results=3`);
    assert.deepEqual(bulk.metrics?.map(({ step, run_id }) => [step, run_id]), [[points - 1, runId], [points - 2, runId], [points - 3, runId]]);
  } finally {
    await door.close();
  }
});
