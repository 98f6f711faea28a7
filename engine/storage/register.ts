import { storagePreview, storagePrune, storageUsage } from "../api/storage.ts";
import type { RpcServer } from "../rpc/server.ts";
import { previewPrune, prune, type PruneServices } from "./prune.ts";
import { storageOf } from "./usage.ts";

/** Runs that one answer names at most. */
const MOST = 1_000;

/** What the store takes, and how it takes less. */
export function registerStorage(rpc: Pick<RpcServer, "handle">, services: PruneServices): void {
  const { store, runTable, artifacts } = services;
  rpc.handle(storageUsage, ({ runs }) => storageOf(store, runTable, artifacts.root, Math.min(runs, MOST)));
  rpc.handle(storagePreview, (query) => previewPrune(services, query));
  rpc.handle(storagePrune, ({ digest, ...query }, { signal }) => prune(services, query, digest, signal));
}
