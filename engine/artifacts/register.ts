import { artifactsModel, artifactsTable } from "../api/artifacts.ts";
import { readModel } from "../capture/models/model.ts";
import type { Compute } from "../compute/compute.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Artifacts } from "./artifacts.ts";
import { windowTask } from "./tasks.ts";

/** Previews of artifacts that take more than their bytes: rows of a table, the header of a model. */
export function registerArtifacts(rpc: Pick<RpcServer, "handle">, { artifacts, compute }: { readonly artifacts: Pick<Artifacts, "locate">; readonly compute: Compute }): void {
  /** The verified content, and the path under which it is shown, whose ending says what it is. */
  const locate = (runId: string, path: string) => artifacts.locate({ kind: "run", id: runId }, path);
  rpc.handle(artifactsTable, async ({ runId, path, from, to }, { signal }) => {
    const { file, row } = await locate(runId, path);
    return compute.run(windowTask, { path: file, name: row.path, from, to }, { signal });
  });
  rpc.handle(artifactsModel, async ({ runId, path }) => {
    const { file, row, shown } = await locate(runId, path);
    return { facts: await readModel(file, row.path), absolutePath: shown };
  });
}
