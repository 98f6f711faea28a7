import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestToken } from "../../engine/api/tokens.ts";
import { createCompute } from "../../engine/compute/compute.ts";
import { registerEvaluation } from "../../engine/evaluation/register.ts";
import type { TagRule } from "../../engine/evaluation/tags.ts";
import type { Handler, RpcServer } from "../../engine/rpc/server.ts";
import { openStore } from "../../engine/store/store.ts";
import type { PageEngine } from "./page.ts";

export interface EvaluationEngine extends PageEngine {
  readonly folder: string;
  /** Tags as touchstone.yaml would declare them. */
  tagRules: readonly TagRule[];
  close(): Promise<void>;
}

/** The engine's evaluation with its own store and worker in a new folder, behind the handlers that the socket has. */
export async function openEvaluationEngine({ readOnly = false } = {}): Promise<EvaluationEngine> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-panel-")));
  let store = await openStore({ folder });
  if (readOnly) {
    await store.close();
    store = await openStore({ folder, readOnly });
  }
  const compute = createCompute(() => undefined);
  const handlers = new Map<string, Handler<unknown, unknown>>();
  const rpc: RpcServer = {
    handle<P, R>(token: RequestToken<P, R>, handler: Handler<P, R>) {
      // SAFETY: a handler is found by the method of the token that it was registered with.
      handlers.set(token.method, handler as Handler<unknown, unknown>);
    },
    emit: () => undefined,
    onClients: () => undefined,
  };
  const engine: EvaluationEngine = {
    folder,
    tagRules: [],
    async ask(method, params, { signal, progress }) {
      const handler = handlers.get(method);
      if (handler === undefined) throw new Error(`No handler for ${method}`);
      return handler(params, { signal, progress, client: { id: 1, kind: "editor", version: "1", protocol: 1, extension: "1" } });
    },
    async close() {
      await compute.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  registerEvaluation(rpc, { folder, store, compute, tagRules: () => engine.tagRules, mappings: () => [], log: () => undefined });
  return engine;
}
