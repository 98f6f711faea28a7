import { codeAnnotations, codeDiff, codeFile } from "../api/code.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { evaluatedLine } from "../evaluation/service.ts";
import type { SocketRpcServer } from "../rpc/server.ts";
import type { DeclaredMetric } from "../runs/keyMetrics.ts";
import type { Services } from "../services.ts";
import { annotateFile } from "./annotations.ts";
import { diffCode } from "./diff.ts";
import { type RunCode, codeOfRun } from "./recorded.ts";

/** What runs say about code, and code as runs saw it. */
export function registerCode(
  rpc: SocketRpcServer,
  services: Services,
  declared: () => readonly DeclaredMetric[],
): void {
  const { runTable: table, store } = services;
  const newestEvaluation = (path: string): string | null => {
    const newest = store.read.evaluations.byPath(path)[0];
    return newest ? evaluatedLine(newest) : null;
  };
  rpc.handle(codeAnnotations, ({ file }) =>
    annotateFile({ table, read: store.read, declared: declared(), evaluated: newestEvaluation }, file),
  );
  rpc.handle(codeFile, async ({ runId, path }) => ({
    data: (await (await codeOfRun(services, runId))?.file(path)) ?? null,
  }));
  rpc.handle(codeDiff, async ({ from, to }) => ({
    changes: await diffCode(await required(services, from), await required(services, to)),
  }));
}

async function required(services: Services, runId: string): Promise<RunCode> {
  const code = await codeOfRun(services, runId);
  if (code === null)
    throw new TouchstoneError({
      code: "CODE_MISSING",
      message: `The code of run ${runId} was not captured: it was not started by Run & track.`,
    });
  return code;
}
