import { engineCollect } from "../api/engine.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { strayFolders } from "../storage/strays.ts";

/** Requests that only the command line makes. */
export function registerCli(rpc: RpcServer, { store, artifacts }: Pick<Services, "store" | "artifacts">): void {
  rpc.handle(engineCollect, async () => ({ ...(await artifacts.collect()), strays: await strayFolders(store, artifacts.root) }));
}
