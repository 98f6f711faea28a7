import { remoteChanged, remoteConnect, remoteDisconnect, remotePush, remoteStatus, remoteSync } from "../api/remote.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { KeyedTurns } from "../platform/keyedTurns.ts";
import type { SocketRpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { namedRun } from "../runs/named.ts";
import { SERVER_FORMAT } from "../store/records.ts";
import { placeOfServer, RemoteServer } from "./client.ts";
import { disconnected } from "./disconnected.ts";
import { Mirror } from "./mirror.ts";
import { Push } from "./push.ts";

/** A team's MLflow server behind the folder's own views. Its address is told by the person's editor each time; nothing of it is read from the folder. */
export function registerRemote(rpc: Pick<SocketRpcServer, "handle" | "emit" | "clients">, { store, artifacts, elsewhere, log }: Pick<Services, "store" | "artifacts" | "elsewhere" | "log">): { close(): void } {
  let mirror: Mirror | null = null;
  const turns = new KeyedTurns();

  const end = (): void => {
    mirror?.close();
    mirror = null;
    elsewhere.set(disconnected(store));
  };
  end();
  const connected = (): Mirror => {
    if (mirror) return mirror;
    throw new TouchstoneError({ code: "REMOTE_NONE", message: "No MLflow server is connected to this folder.", hint: "Connect to MLflow Server… asks for its address." });
  };

  rpc.handle(remoteConnect, async ({ again = false, ...address }, { signal, progress }) => {
    const server = new RemoteServer(address);
    // It answers before anything of the old one is let go.
    if (!again) await server.post("experiments/search", { max_results: 1 }, signal);
    end();
    // What was pruned here of its runs comes back when a person connects it, as with an import.
    if (!again) await store.write("import.again", { path: server.uri, format: SERVER_FORMAT });
    const next = new Mirror({ store, artifacts, server, log, onStatus: (status) => rpc.emit(remoteChanged, status), watched: () => rpc.clients.some(({ kind }) => kind === "editor") });
    mirror = next;
    elsewhere.set(next);
    if (!again) {
      try {
        await next.first(signal, progress);
      } catch (error) {
        // A person who cancels means it; a server that went away is tried again.
        if (signal.aborted && mirror === next) end();
        if (signal.aborted) throw error;
      }
    }
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
    // Two pushes that look at once what stands there would both make it.
    return turns.take(placeOfServer(server.uri), () => new Push({ store, artifacts, server, whole: (ids) => elsewhere.whole(ids, { contents: true, signal, progress: () => undefined }), signal, progress }).run(runIds.map((word) => namedRun(store, word))));
  });
  return { close: end };
}
