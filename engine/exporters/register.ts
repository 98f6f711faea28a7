import { exportersRun } from "../api/exporters.ts";
import type { RpcServer } from "../rpc/server.ts";
import { namedRun } from "../runs/named.ts";
import type { Services } from "../services.ts";
import { exportRuns } from "./exporters.ts";

/** Writing runs in other tools' formats. */
export function registerExporters(rpc: Pick<RpcServer, "handle">, { store, artifacts, elsewhere }: Pick<Services, "store" | "artifacts" | "elsewhere">): void {
  rpc.handle(exportersRun, ({ runIds, format, path, without }, { signal, progress }) => exportRuns(runIds.map((word) => namedRun(store, word)), format, path, { store, artifacts, signal, progress, whole: (ids, contents) => elsewhere.whole(ids, { contents, signal, progress }), ...(without === undefined ? {} : { without }) }));
}
