import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { artifactsModel, artifactsTable } from "../api/artifacts.ts";
import type { RequestToken } from "../api/tokens.ts";
import { createCompute } from "../compute/compute.ts";
import type { Handler } from "../rpc/server.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import { withStore } from "../store/store.fixture.ts";
import { type Artifacts, createArtifacts } from "./artifacts.ts";
import { registerArtifacts } from "./register.ts";

const MLMODEL = `flavors:
  sklearn:
    sklearn_version: 1.8.0
mlflow_version: 3.17.2
signature:
  inputs: '[{"name": "age", "type": "long"}, {"name": "hours", "type": "double"}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
`;

interface Opened {
  readonly artifacts: Artifacts;
  put(path: string, text: string): Promise<unknown>;
  ask<P, R>(token: RequestToken<P, R>, params: P): Promise<R>;
}

/** A store with one run `r`, and the requests for previews of its artifacts. */
const withPreviews = (body: (opened: Opened) => Promise<void>): Promise<void> =>
  withStore(async (store) => {
    await storeRuns(store, [{ id: "r" }]);
    const artifacts = createArtifacts(store);
    const compute = createCompute(() => undefined);
    const handlers = new Map<string, Handler<never, unknown>>();
    registerArtifacts({ handle: (token, handler) => void handlers.set(token.method, handler) }, { artifacts, compute });
    const context = { signal: new AbortController().signal, client: { id: 1, kind: "editor", version: "", protocol: 1, extension: "" }, progress: () => undefined };
    try {
      await body({
        artifacts,
        put: (path, text) => artifacts.put({ kind: "run", id: "r" }, path, new TextEncoder().encode(text)),
        // SAFETY: the handler was registered under this token, whose types these are.
        ask: async <P, R>(token: RequestToken<P, R>, params: P): Promise<R> => (await handlers.get(token.method)?.(params as never, context)) as R,
      });
    } finally {
      await compute.close();
    }
  });

test("a window of a table among the artifacts, and what a model says of itself; a path outside of the run is refused", () =>
  withPreviews(async ({ put, ask }) => {
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
  }));

test("what stands in the tree only shows an artifact: where another file took its place, the stored content is read", () =>
  withPreviews(async ({ artifacts, put, ask }) => {
    await put("t.csv", "a\nmine\n");
    await put("model/MLmodel", MLMODEL);
    await put("far/t.csv", "a\nfar\n");
    const tree = artifacts.rootOf({ kind: "run", id: "r" });
    const other = join(tree, "..", "other.csv");
    writeFileSync(other, "secret\nof another\n");
    const takePlace = (path: string): void => {
      rmSync(join(tree, path));
      symlinkSync(other, join(tree, path));
    };
    takePlace("t.csv");
    takePlace("model/MLmodel");
    rmSync(join(tree, "far"), { recursive: true });
    mkdirSync(join(tree, "..", "elsewhere"));
    writeFileSync(join(tree, "..", "elsewhere", "t.csv"), "secret\nof another\n");
    symlinkSync(join(tree, "..", "elsewhere"), join(tree, "far"), "junction");
    const rows = async (path: string) => (await ask(artifactsTable, { runId: "r", path, from: 0, to: 9 })).rows;
    assert.deepEqual([await rows("t.csv"), await rows("far/t.csv")], [[["mine"]], [["far"]]]);
    const { facts, absolutePath } = await ask(artifactsModel, { runId: "r", path: "model/MLmodel" });
    assert.equal(facts?.["flavors"], "sklearn");
    const { data, file } = await artifacts.read({ kind: "run", id: "r" }, "far/t.csv", 0, 100);
    assert.deepEqual([new TextDecoder().decode(data), readFileSync(file, "utf8"), readFileSync(absolutePath, "utf8")], ["a\nfar\n", "a\nfar\n", MLMODEL]);
  }));
