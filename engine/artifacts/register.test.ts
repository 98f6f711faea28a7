import assert from "node:assert/strict";
import { test } from "node:test";
import { artifactsModel, artifactsTable } from "../api/artifacts.ts";
import type { RequestToken } from "../api/tokens.ts";
import { createCompute } from "../compute/compute.ts";
import type { RpcServer } from "../rpc/server.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import { withStore } from "../store/store.fixture.ts";
import { createArtifacts } from "./artifacts.ts";
import { registerArtifacts } from "./register.ts";

const MLMODEL = `flavors:
  sklearn:
    sklearn_version: 1.8.0
mlflow_version: 3.17.2
signature:
  inputs: '[{"name": "age", "type": "long"}, {"name": "hours", "type": "double"}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
`;

test("a window of a table among the artifacts, and what a model says of itself; a path outside of the run is refused", () =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "r" }]);
    const artifacts = createArtifacts(store);
    const compute = createCompute(() => undefined);
    const handlers = new Map<string, (params: never, context: never) => unknown>();
    // SAFETY: only `handle` is used here, and the answers are asked for by the same tokens.
    registerArtifacts({ handle: (token: { method: string }, handler: (params: never, context: never) => unknown) => handlers.set(token.method, handler) } as unknown as RpcServer, { artifacts, compute });
    // SAFETY: as above.
    const ask = async <P, R>(token: RequestToken<P, R>, params: P): Promise<R> => (await handlers.get(token.method)?.(params as never, { signal: new AbortController().signal } as never)) as R;
    try {
      const put = (path: string, text: string) => artifacts.put({ kind: "run", id: "r" }, path, new TextEncoder().encode(text));
      await put("tables/scores.csv", `fold,score,note\n${Array.from({ length: 1200 }, (_, i) => `${i},${i / 8},${i % 2 === 0 ? "" : "odd"}`).join("\n")}\n`);
      await put("model/MLmodel", MLMODEL);
      const window = await ask(artifactsTable, { runId: "r", path: "tables/scores.csv", from: 1_000, to: 1_003 });
      assert.deepEqual([window.total, window.from, window.columns.map(({ name, type }) => `${name} ${type}`)], [1200, 1000, ["fold number", "score number", "note text"]]);
      assert.deepEqual(window.rows, [["1000", "125.0", null], ["1001", "125.125", "odd"], ["1002", "125.25", null]]);
      assert.equal((await ask(artifactsTable, { runId: "r", path: "tables/scores.csv", from: 0, to: 9_999 })).rows.length, 500);
      const { facts } = await ask(artifactsModel, { runId: "r", path: "model/MLmodel" });
      assert.deepEqual([facts?.["flavors"], facts?.["inputs"], facts?.["outputs"]], ["sklearn", "age long, hours double", "int64[?]"]);
      assert.equal((await ask(artifactsModel, { runId: "r", path: "tables/scores.csv" })).facts, null);
      await assert.rejects(ask(artifactsTable, { runId: "r", path: "../../secret.csv", from: 0, to: 1 }), /path/i);
    } finally {
      await compute.close();
    }
  }));
