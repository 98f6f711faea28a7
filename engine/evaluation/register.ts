import { evaluationDescribe, evaluationList, evaluationLocate, evaluationPreview, evaluationResiduals, evaluationRows, evaluationRun, evaluationSaved, evaluationSlices, evaluationView } from "../api/evaluation.ts";
import { editConfig } from "../config/edit.ts";
import { tellConfig } from "../config/tell.ts";
import type { RequestContext, RpcServer } from "../rpc/server.ts";
import { Evaluations, type EvaluationServices, type Waiting } from "./service.ts";
import { locateTask, previewTask, residualsTask, rowsTask, slicesTask, viewTask } from "./tasks.ts";

/** Answers what is asked about predictions files; all reading and counting is done on the compute worker. */
export function registerEvaluation(rpc: RpcServer, services: Omit<EvaluationServices, "saved" | "remember">): Evaluations {
  const evaluations = new Evaluations({
    ...services,
    saved: (path) => rpc.emit(evaluationSaved, { path }),
    remember: (edits) => {
      editConfig(services.folder, edits);
      tellConfig(rpc, services.folder);
    },
  });
  const { compute } = services;
  rpc.handle(evaluationDescribe, async ({ path }, context) => {
    const described = await evaluations.describe(path, waiting(context));
    return { ...described, shape: { ...described.shape, path: evaluations.relative(described.shape.path) } };
  });
  rpc.handle(evaluationPreview, ({ path, mapping }, context) => compute.run(previewTask, { path: evaluations.absolute(path), mapping }, waiting(context)));
  rpc.handle(evaluationRun, ({ path, mapping, runId }, context) =>
    // On the mapping page a person chose it; a script that calls the CLI does not change files.
    evaluations.run(path, mapping ?? null, runId ?? null, waiting(context), mapping !== undefined && context.client.kind === "editor"),
  );
  rpc.handle(evaluationView, async ({ evaluationId, selection, threshold }, context) =>
    evaluations.outward(await compute.run(viewTask, { source: evaluations.source(evaluationId), selection, threshold }, waiting(context))),
  );
  rpc.handle(evaluationSlices, ({ evaluationId, threshold, settings }, context) => compute.run(slicesTask, { source: evaluations.source(evaluationId), threshold, settings }, waiting(context)));
  rpc.handle(evaluationResiduals, ({ evaluationId, selection, feature }, context) => compute.run(residualsTask, { source: evaluations.source(evaluationId), selection, feature }, waiting(context)));
  rpc.handle(evaluationRows, ({ evaluationId, ...request }, context) => compute.run(rowsTask, { source: evaluations.source(evaluationId), ...request }, waiting(context)));
  rpc.handle(evaluationLocate, async ({ evaluationId, row }, context) => {
    const { path } = evaluations.source(evaluationId);
    return { path: evaluations.relative(path), ...(await compute.run(locateTask, { path, row }, waiting(context))) };
  });
  rpc.handle(evaluationList, async (query) => ({ evaluations: evaluations.list(query) }));
  return evaluations;
}

function waiting(context: RequestContext): Waiting {
  return { signal: context.signal, onProgress: (progress) => context.progress(progress) };
}
