import { windowTask } from "../artifacts/tasks.ts";
import type { Task, TaskContext } from "../compute/messages.ts";
import type { EvaluationSession } from "../evaluation/session.ts";
import type { EvaluationSource } from "../evaluation/tasks.ts";
import { summarizeFile } from "../tables/summary.ts";
import { readWindow } from "../tables/window.ts";
import { compareSnapshots } from "./slices.ts";
import { readSnapshot, type Snapshot, snapshotOf, writeSnapshot } from "./snapshot.ts";
import { slicesTask, snapshotTask, summaryTask } from "./tasks.ts";

type Open = (source: EvaluationSource, context: TaskContext) => Promise<EvaluationSession>;
type On = <P, R>(task: Task<P, R>, handler: (params: P, context: TaskContext) => R | Promise<R>) => void;

/** The search whose slices an evaluation keeps; the same settings, so that a session that has them gives them at once. */
export const KEPT_SLICES = { k: 200, most: 0.1 } as const;

/** The worker's side of comparisons. */
export function onCompare(on: On, open: Open): void {
  async function snapshot({ source, file }: { source: EvaluationSource; file: string }, context: TaskContext): Promise<Snapshot | null> {
    const kept = await readSnapshot(file);
    if (kept !== null) return kept;
    const session = await open(source, context).catch(() => null);
    // Another content under the same path is not what was evaluated.
    if (session === null || session.evaluationId !== source.evaluationId || (await session.isStale())) return null;
    const made = await snapshotOf(session.all, session.slices(null, KEPT_SLICES, context).slices, context.cancelled);
    await writeSnapshot(file, made);
    return made;
  }
  on(snapshotTask, async (params, context) => {
    await snapshot(params, context);
    return null;
  });
  on(slicesTask, async ({ sides, against }, context) => {
    const snapshots: (Snapshot | null)[] = [];
    for (const side of sides) snapshots.push(side === null ? null : await snapshot(side, context));
    const missing = sides.flatMap((side, i) => (side !== null && snapshots[i] === null ? [i] : []));
    return { ...compareSnapshots(snapshots, against), missing };
  });
  on(windowTask, ({ path, name, from, to }) => readWindow(path, name, from, to));
  on(summaryTask, ({ path }) => summarizeFile(path));
}
