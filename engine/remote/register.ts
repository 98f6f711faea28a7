import { remoteChanged, remoteConnect, remoteDisconnect, remotePush, remoteStatus, remoteSync, type RemoteAddress } from "../api/remote.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { SocketRpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { RemoteServer } from "./client.ts";
import { Mirror } from "./mirror.ts";
import { Push } from "./push.ts";

/** A team's MLflow server behind the folder's own views. Its address is told by the person's editor each time; nothing of it is read from the folder. */
export function registerRemote(rpc: Pick<SocketRpcServer, "handle" | "emit" | "clients">, { store, artifacts, elsewhere, log }: Pick<Services, "store" | "artifacts" | "elsewhere" | "log">): { close(): void } {
  let mirror: Mirror | null = null;

  const end = (): void => {
    mirror?.close();
    mirror = null;
    elsewhere.set(null);
  };
  const connected = (): Mirror => {
    if (mirror) return mirror;
    throw new TouchstoneError({ code: "REMOTE_NONE", message: "No MLflow server is connected to this folder.", hint: "Connect to MLflow Server… asks for its address." });
  };

  rpc.handle(remoteConnect, async (address: RemoteAddress, { signal, progress }) => {
    const server = new RemoteServer(address);
    // Answers before anything of the old one is let go.
    await server.post("experiments/search", { max_results: 1 }, signal);
    end();
    const next = new Mirror({ store, artifacts, server, log, onStatus: (status) => rpc.emit(remoteChanged, status), watched: () => rpc.clients.some(({ kind }) => kind === "editor") });
    mirror = next;
    elsewhere.set(next);
    await next.sync(signal, progress);
    next.start();
    return next.status;
  });
  rpc.handle(remoteDisconnect, () => {
    end();
    return null;
  });
  rpc.handle(remoteStatus, () => mirror?.status ?? null);
  rpc.handle(remoteSync, async (_, { signal, progress }) => {
    const one = connected();
    await one.sync(signal, progress);
    return one.status;
  });
  rpc.handle(remotePush, ({ runIds, address }, { signal, progress }) => {
    const server = address === undefined ? connected().server : new RemoteServer(address);
    const theirs = (runId: string): boolean => mirror?.server.uri === server.uri && mirror.owns(runId);
    return new Push({ store, artifacts, server, theirs, signal, progress }).run(runIds);
  });
  return { close: end };
}
