import { engineCollect } from "../api/engine.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";

/** Requests that only the command line makes. */
export function registerCli(rpc: RpcServer, { artifacts }: Pick<Services, "artifacts">): void {
  rpc.handle(engineCollect, () => artifacts.collect());
}
