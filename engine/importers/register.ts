import { importersFind, importersFollow, importersFollowed, importersImport, importersSources } from "../api/importers.ts";
import { PrivateFolder } from "../life/private.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { Importers } from "./importers.ts";
import { createImportThread } from "./thread.ts";

/** Taking in what other trackers wrote. `close` ends the following. */
export function registerImporters(rpc: Pick<RpcServer, "handle" | "emit">, { folder, store, artifacts, log }: Pick<Services, "folder" | "store" | "artifacts" | "log">): { close(): Promise<void> } {
  const thread = createImportThread(log);
  const importers = new Importers({ store, artifacts, thread, log, outside: new PrivateFolder(folder), onFollowed: (result) => rpc.emit(importersFollowed, result) });
  rpc.handle(importersFind, ({ path }) => importers.find(path));
  rpc.handle(importersImport, (wanted, { signal, progress }) => importers.import(wanted, signal, progress));
  rpc.handle(importersSources, () => ({ sources: importers.sources(), own: store.read.launches.allSources() }));
  rpc.handle(importersFollow, async (wanted) => {
    await importers.follow(wanted);
    return null;
  });
  importers.resume();
  return {
    async close() {
      importers.close();
      await thread.close();
    },
  };
}
