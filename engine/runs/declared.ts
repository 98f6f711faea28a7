import type { ConfigEdit } from "../api/config.ts";
import { editConfig } from "../config/edit.ts";
import { loadConfig } from "../config/load.ts";
import { tellConfig } from "../config/tell.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { type Baseline, findBaseline } from "./baseline.ts";
import type { GroupedScope } from "./groups/window.ts";

type Declares = Pick<Services, "folder" | "runTable">;

/** The baseline that the folder's `touchstone.yaml` names, among the runs as they are now. */
export function currentBaseline({ folder, runTable }: Declares): Baseline | null {
  return findBaseline(runTable, loadConfig(folder).config.baseline);
}

/** The runs with what `touchstone.yaml` says of them. */
export function declaredScope(services: Declares): GroupedScope {
  return { table: services.runTable, declared: loadConfig(services.folder).config.metrics, baseline: currentBaseline(services) };
}

/** Writes into `touchstone.yaml` and tells it. */
export function declare(rpc: RpcServer, folder: string, edits: readonly ConfigEdit[]): null {
  if (edits.length > 0) editConfig(folder, edits);
  tellConfig(rpc, folder);
  return null;
}
