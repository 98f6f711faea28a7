import { TouchstoneError } from "../api/tokens.ts";
import type { Task, TaskContext } from "../compute/messages.ts";
import type { TaskHandler } from "../compute/serve.ts";
import { onCompare } from "../compare/handlers.ts";
import { linesOfRows } from "../tables/lines.ts";
import { formatOf } from "../tables/source.ts";
import { describeFile, openPredictions } from "./open.ts";
import { EvaluationSession } from "./session.ts";
import { describeTask, locateTask, openTask, previewTask, residualsTask, rowsTask, slicesTask, viewTask, type EvaluationSource } from "./tasks.ts";
import { viewOf } from "./view.ts";

/** Files that are kept in memory between requests. */
const KEPT = 3;
/** A preview reads no more rows than this. */
const PREVIEW = 20_000;

/** The worker's side of evaluations, by task. */
export function evaluationHandlers(): ReadonlyMap<string, TaskHandler> {
  const sessions = new Map<string, EvaluationSession>();
  const handlers = new Map<string, TaskHandler>();
  function on<P, R>(task: Task<P, R>, handler: (params: P, context: TaskContext) => R | Promise<R>): void {
    // SAFETY: the main thread sends what the task's token declares (engine/compute/compute.ts).
    handlers.set(task.task, (params, context) => handler(params as P, context));
  }
  function keep(session: EvaluationSession): EvaluationSession {
    sessions.delete(session.evaluationId);
    sessions.set(session.evaluationId, session);
    for (const id of [...sessions.keys()].slice(0, Math.max(0, sessions.size - KEPT))) sessions.delete(id);
    return session;
  }
  async function session(source: EvaluationSource, context: TaskContext): Promise<EvaluationSession> {
    const known = sessions.get(source.evaluationId);
    if (known) {
      known.retag(source.tagRules);
      return keep(known);
    }
    return keep(await EvaluationSession.open(source.path, source.mapping, source.tagRules, context));
  }

  on(describeTask, ({ path, remembered }, { signal }) => describeFile(path, remembered, signal));
  on(previewTask, async ({ path, mapping }, context) => {
    try {
      const needed = { ...mapping, columns: mapping.columns.map((column) => (column.role === "feature" ? { ...column, role: "ignore" as const } : column)) };
      const { data, partial } = await openPredictions(path, needed, context, { limit: PREVIEW });
      const view = viewOf({ evaluationId: "", data, tags: [], tagNotes: [], selection: [], threshold: null, stale: false, cancelled: context.cancelled });
      const first = view.metrics[0];
      return { n: data.n, partial, metric: first ? { label: first.label, estimate: first.estimate } : null, problem: null };
    } catch (cause) {
      if (cause instanceof TouchstoneError && cause.shape.code !== "CANCELLED") return { n: 0, partial: false, metric: null, problem: cause.message };
      throw cause;
    }
  });
  on(openTask, async ({ path, mapping, declared, tagRules }, context) => {
    const opened = keep(await EvaluationSession.open(path, mapping, tagRules, context, declared));
    return { evaluationId: opened.evaluationId, mapping: opened.mapping, modified: opened.modified, bytes: opened.bytes, view: await opened.view([], null, context.cancelled) };
  });
  on(viewTask, async ({ source, selection, threshold }, context) => (await session(source, context)).view(selection, threshold, context.cancelled));
  on(slicesTask, async ({ source, threshold, settings }, context) => (await session(source, context)).slices(threshold, settings, context));
  on(residualsTask, async ({ source, selection, feature }, context) => (await session(source, context)).residuals(selection, feature));
  on(rowsTask, async ({ source, threshold, ...request }, context) => (await session(source, context)).rows(threshold, request, context.signal));
  on(locateTask, async ({ path, row }) => ({ line: (await linesOfRows(path, formatOf(path), [row]))[0] ?? null }));
  onCompare(on, session);
  return handlers;
}
