import { runsCompare, type RunComparison } from "../../engine/api/compare.ts";
import { evaluationList, type EvaluationHead } from "../../engine/api/evaluation.ts";
import { runsAnswer, runsChanged, runsGet, runsKeys, runsPositions, runsWindow, type RunDetail, type RunHead, type RunQuery } from "../../engine/api/runs.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { rpc } from "../ui/host.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";

/** The runs that this one is held against. Indexes are those of `comparison.heads`; this run is 0. */
export interface Neighbours {
  readonly comparison: RunComparison;
  readonly previous: number | null;
  readonly best: number | null;
  readonly bestKey: string | null;
}

/** The params that vary among the runs that this one stands among. */
export type Varying = ReadonlySet<string>;

const LIVE_MS = 400;

/** One run's record, its neighbours and evaluations, kept current while it lives. */
export class RunData {
  detail: RunDetail | undefined;
  neighbours: Neighbours | null = null;
  evaluations: readonly EvaluationHead[] = [];
  varying: Varying = new Set();
  error: ErrorShape | undefined;

  readonly #changed: () => void;
  #runId = "";
  #busy: AbortController | undefined;
  #soon: ReturnType<typeof setTimeout> | undefined;
  #leave: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#leave = rpc.on(runsChanged, ({ changed: runs, removed }) => {
      const mine = runs.find(({ runId }) => runId === this.#runId);
      if (mine === undefined && !removed.includes(this.#runId)) return;
      if (mine !== undefined && this.detail !== undefined) {
        this.detail = { ...this.detail, head: mine.head };
        this.#changed();
      }
      this.#soon ??= setTimeout(() => {
        this.#soon = undefined;
        void this.#refresh();
      }, LIVE_MS);
    });
  }

  dispose(): void {
    this.#leave();
    this.#busy?.abort();
    clearTimeout(this.#soon);
  }

  async load(runId: string): Promise<void> {
    if (runId !== this.#runId) {
      this.detail = undefined;
      this.neighbours = null;
      this.evaluations = [];
    }
    this.#runId = runId;
    this.#busy?.abort();
    const busy = new AbortController();
    this.#busy = busy;
    try {
      this.detail = await rpc.request(runsGet, { runId }, { signal: busy.signal });
      this.error = undefined;
      this.#changed();
      const { params } = await rpc.request(runsKeys, { query: among(this.detail) }, { signal: busy.signal });
      this.varying = new Set(params.filter(({ distinct }) => distinct > 1).map(({ key }) => key));
      this.neighbours = await neighboursOf(this.detail, busy.signal);
      this.#changed();
      this.evaluations = (await rpc.request(evaluationList, { runId }, { signal: busy.signal })).evaluations;
      this.#changed();
    } catch (error) {
      if (isCancelled(error)) return;
      // What stands beside the record may be missing; the record itself may not.
      if (this.detail === undefined) this.error = errorShape(error);
      this.#changed();
    }
  }

  async #refresh(): Promise<void> {
    const runId = this.#runId;
    const before = this.detail?.head.status;
    try {
      const detail = await rpc.request(runsGet, { runId });
      if (runId !== this.#runId) return;
      this.detail = detail;
      this.#changed();
      if (detail.head.status !== before) await this.load(runId);
    } catch {
      // A lost engine is said on top of the panel; the next change asks again.
    }
  }
}

/** The run before it and the best one, among runs of the same script or, for a child, among its siblings. */
async function neighboursOf(detail: RunDetail, signal: AbortSignal): Promise<Neighbours | null> {
  const { head, metrics } = detail;
  const query = among(detail);
  const { positions } = await rpc.request(runsPositions, { query, runIds: [head.runId] }, { signal });
  const place = positions[0] ?? null;
  const before = place === null ? undefined : (await rpc.request(runsWindow, { query, columns: [], from: place, to: place + 1 }, { signal })).heads[0];
  const key = metrics.find(({ isKey, direction }) => isKey && direction !== "unknown")?.key ?? null;
  const best = key === null ? undefined : (await rpc.request(runsAnswer, { query, columns: [`metrics.${key}`] }, { signal })).best[`metrics.${key}`];
  const runIds = [...new Set([head.runId, ...(before === undefined ? [] : [before.runId]), ...(best === undefined ? [] : [best])])];
  if (runIds.length < 2) return null;
  const comparison = await rpc.request(runsCompare, { runIds }, { signal });
  const at = (id: string | undefined): number | null => {
    const index = id === undefined ? -1 : comparison.heads.findIndex(({ runId }) => runId === id);
    return index <= 0 ? null : index;
  };
  return { comparison, previous: at(before?.runId), best: at(best), bestKey: key };
}

/** The runs that a run stands among: its siblings, those of its script, or those of its experiment. */
function among({ head, experimentId }: RunDetail): RunQuery {
  if (head.parent !== null) return { parent: head.parent };
  return head.script !== null ? { script: head.script, topLevel: true } : { experimentIds: [experimentId], topLevel: true };
}

/** The head at an index of the neighbours, or undefined. */
export function neighbourHead(neighbours: Neighbours | null, index: number | null | undefined): RunHead | undefined {
  return index === null || index === undefined ? undefined : neighbours?.comparison.heads[index];
}
