import { watch, type FSWatcher } from "node:fs";
import { configChanged } from "../api/config.ts";
import type { RpcServer } from "../rpc/server.ts";
import { CONFIG_FILE, loadConfig, type LoadedConfig } from "./load.ts";

/** An editor may write a file in several steps. */
const SETTLE_MS = 50;

const told = new WeakMap<object, LoadedConfig>();

/** Says that `touchstone.yaml` changed: once a change, whoever saw it first. */
export function tellConfig(rpc: Pick<RpcServer, "emit">, folder: string): void {
  const now = loadConfig(folder);
  if (told.get(rpc) === now) return;
  told.set(rpc, now);
  rpc.emit(configChanged, null);
}

/** Tells also what others write: an editor, git. Where the system cannot watch, only what is written through the engine is told. */
export function watchConfig(rpc: Pick<RpcServer, "emit">, folder: string): { close(): void } {
  told.set(rpc, loadConfig(folder));
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  try {
    // The folder and not the file: most editors write another file and give it this name.
    watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name !== null && name !== CONFIG_FILE) return;
      clearTimeout(timer);
      timer = setTimeout(() => tellConfig(rpc, folder), SETTLE_MS);
    });
    watcher.on("error", () => watcher?.close());
  } catch {
    watcher = undefined;
  }
  return {
    close() {
      clearTimeout(timer);
      watcher?.close();
    },
  };
}
