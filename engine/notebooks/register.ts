import { dirname } from "node:path";
import { notebookPrepare } from "../api/notebooks.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { notebookHooks } from "./hooks.ts";
import { kernelCode } from "./kernel.ts";

/** Notebooks: living kernels are prepared by request, headless ones are launches like any other. */
export function registerNotebooks(rpc: Pick<RpcServer, "handle">, services: Services): void {
  services.launches.hook(notebookHooks(services));
  rpc.handle(notebookPrepare, async ({ notebook, env }) => {
    const { launch, env: tracking } = await services.launches.prepareLaunch({ command: [notebook], cwd: dirname(notebook), env, from: "notebook" });
    return { launch, code: kernelCode(tracking, notebook) };
  });
}
