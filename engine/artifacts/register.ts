import { join } from "node:path";
import { artifactsModel, artifactsTable } from "../api/artifacts.ts";
import { readModel } from "../capture/models/model.ts";
import type { Compute } from "../compute/compute.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Artifacts } from "./artifacts.ts";
import { windowTask } from "./tasks.ts";

/** Previews of artifacts that take more than their bytes: rows of a table, the header of a model. */
export function registerArtifacts(rpc: RpcServer, { artifacts, compute }: { readonly artifacts: Pick<Artifacts, "locate" | "rootOf">; readonly compute: Compute }): void {
  /** Under its own name, which says what it is; the content was verified under that of its digest. */
  async function fileOf(runId: string, path: string): Promise<string> {
    const owner = { kind: "run", id: runId } as const;
    const { row } = await artifacts.locate(owner, path);
    return join(artifacts.rootOf(owner), row.path);
  }
  rpc.handle(artifactsTable, async ({ runId, path, from, to }, { signal }) => compute.run(windowTask, { path: await fileOf(runId, path), from, to }, { signal }));
  rpc.handle(artifactsModel, async ({ runId, path }) => {
    const absolutePath = await fileOf(runId, path);
    return { facts: await readModel(absolutePath), absolutePath };
  });
}
