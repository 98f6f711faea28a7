import { runsCompare, type RunComparison } from "../../engine/api/compare.ts";
import { evaluationList, type EvaluationHead } from "../../engine/api/evaluation.ts";
import { runsAnswer, runsChanged, runsGet, runsKeys, runsWindow, type Cell, type Direction, type RunDetail, type RunHead, type RunQuery, type ValueKey } from "../../engine/api/runs.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { toNumber } from "../ui/format.ts";
import { rpc } from "../ui/host.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";

/** The runs that this one is held against. Indexes are those of `comparison.heads`; this run is 0. */
export interface Neighbours {
  readonly comparison: RunComparison;
  readonly previous: number | null;
  readonly best: number | null;
  readonly bestKey: string | null;
  /** The run that touchstone.yaml declares as baseline, unless it is this one. */
  readonly baseline: number | null;
}

/** All runs that this one stands among, by its first key metric. */
export interface Standing {
  readonly key: string;
  readonly direction: Direction;
  readonly own: number;
  readonly others: readonly { readonly runId: string; readonly title: string; readonly value: number }[];
  /** Where there are more runs than were looked at, the newest ones, how many there are. */
  readonly newestOf: number | null;
  /** Of the mean over the seeds of this run's configuration; null with one. */
  readonly interval: { readonly low: number; readonly high: number; readonly n: number } | null;
}

/** The params that vary among the runs that this one stands among. */
export type Varying = ReadonlyMap<string, ValueKey>;

/** Last values of each metric in the newest runs up to this one, oldest first. */
export type Recent = ReadonlyMap<string, readonly number[]>;

const MOST_AMONG = 2000;
const RECENT = 10;
const MOST_METRICS = 12;

const LIVE_MS = 400;

/** One run's record, its neighbours and evaluations, kept current while it lives. */
export class RunData {
  detail: RunDetail | undefined;
  neighbours: Neighbours | null = null;
  evaluations: readonly EvaluationHead[] = [];
  /** Null until it is known. */
  varying: Varying | null = null;
  standing: Standing | null = null;
  recent: Recent = new Map();
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
      this.standing = null;
      this.varying = null;
      this.recent = new Map();
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
      this.varying = new Map(params.filter(({ varies }) => varies).map((param) => [param.key, param]));
      const { neighbours, standing, recent } = await neighboursOf(this.detail, busy.signal);
      this.neighbours = neighbours;
      this.standing = standing;
      this.recent = recent;
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

interface Around {
  readonly neighbours: Neighbours | null;
  readonly standing: Standing | null;
  readonly recent: Recent;
}

/** The run before it, the best one and the baseline, and all values of the metrics, among runs of the same script or, for a child, among its siblings. */
async function neighboursOf(detail: RunDetail, signal: AbortSignal): Promise<Around> {
  const { head, metrics } = detail;
  const query = among(detail);
  const shown = metrics.filter(({ key }) => !key.startsWith("system/")).slice(0, MOST_METRICS);
  const columns = shown.map(({ key }) => `metrics.${key}`);
  const window = await rpc.request(runsWindow, { query, columns, from: 0, to: MOST_AMONG }, { signal });
  const at = window.runIds.indexOf(head.runId);
  const before = at === -1 ? undefined : window.heads[at + 1];
  const key = metrics.find(({ isKey, direction }) => isKey && direction !== "unknown")?.key ?? null;
  const answer = await rpc.request(runsAnswer, { query, columns: key === null ? [] : [`metrics.${key}`] }, { signal });
  const best = key === null ? undefined : answer.best[`metrics.${key}`];
  const baseline = answer.baseline?.runId;
  const recent = new Map(shown.map((metric, i) => [metric.key, at === -1 ? [] : (window.columns[columns[i] ?? ""] ?? []).slice(at, at + RECENT).flatMap(finite).reverse()]));
  const runIds = [...new Set([head.runId, before?.runId, best, baseline])].filter((id) => id !== undefined);
  if (runIds.length < 2) return { neighbours: null, standing: null, recent };
  const comparison = await rpc.request(runsCompare, { runIds }, { signal });
  const place = (id: string | undefined): number | null => {
    const index = id === undefined ? -1 : comparison.heads.findIndex(({ runId }) => runId === id);
    return index <= 0 ? null : index;
  };
  const first = metrics.find(({ isKey }) => isKey) ?? shown[0];
  const values = first === undefined ? [] : (window.columns[`metrics.${first.key}`] ?? []);
  const own = first === undefined ? Number.NaN : toNumber(first.last);
  const others = window.heads.flatMap(({ runId, title }, i) => (runId === head.runId ? [] : finite(values[i] ?? null).map((value) => ({ runId, title, value }))));
  const seeds = first === undefined ? null : comparison.metrics.find((metric) => metric.key === first.key)?.seeds[0];
  const interval = seeds == null || seeds.low === null || seeds.high === null ? null : { low: seeds.low, high: seeds.high, n: seeds.n };
  const standing = first === undefined || !Number.isFinite(own) ? null : { key: first.key, direction: first.direction, own, others, newestOf: window.matched > MOST_AMONG ? window.matched : null, interval };
  return { neighbours: { comparison, previous: place(before?.runId), best: place(best), bestKey: key, baseline: place(baseline) }, standing, recent };
}

function finite(cell: Cell): number[] {
  return typeof cell === "number" && Number.isFinite(cell) ? [cell] : [];
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
