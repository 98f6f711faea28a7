import assert from "node:assert/strict";
import { type IncomingHttpHeaders, request } from "node:http";

/** Draws: whole numbers below `n`, elements, chances. */
export interface Draw {
  below(n: number): number;
  of<T>(items: readonly T[]): T;
  chance(p: number): boolean;
}

export function drawing(random: () => number): Draw {
  const below = (n: number): number => Math.floor(random() * n);
  return {
    below,
    // SAFETY: the index is inside of the list, which callers keep filled.
    of: <T>(items: readonly T[]): T => items[below(items.length)] as T,
    chance: (p) => random() < p,
  };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
  readonly headers: IncomingHttpHeaders;
}

/** Calls a door, the path as it stands; `headers` are those of every call, e.g. its token. */
export function caller({ uri, headers: own }: { readonly uri: string; readonly headers: Readonly<Record<string, string>> }): (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer> {
  return (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const bytes = body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
      // Node sends a DELETE with a body that has no length.
      const type = bytes === undefined ? {} : { "content-type": "application/json", "content-length": String(Buffer.byteLength(bytes)) };
      const sent = request(uri, { method, path, headers: { ...type, ...own, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: /^\s*\{/.test(text) ? parsed(text) : {} });
        });
      });
      sent.on("error", reject);
      sent.end(bytes);
    });
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

interface Point {
  readonly step: number;
  readonly time: number;
  readonly value: number;
}

/** A run as MLflow's protocol describes it. */
export interface ModelRun {
  readonly id: string;
  readonly experiment: string;
  name: string;
  user: string;
  status: string;
  readonly start: number;
  end: number | null;
  deleted: boolean;
  /** It went with its experiment, and comes back with it. */
  withExperiment: boolean;
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly metrics: Map<string, Point[]>;
}

interface ModelExperiment {
  readonly id: string;
  name: string;
  deleted: boolean;
  readonly tags: Map<string, string>;
}

/** What a server must answer, in plain maps. */
export class Model {
  readonly experiments = new Map<string, ModelExperiment>();
  readonly runs = new Map<string, ModelRun>();

  experiment(id: string): ModelExperiment {
    const found = this.experiments.get(id);
    assert.ok(found);
    return found;
  }

  get activeExperiments(): ModelExperiment[] {
    return [...this.experiments.values()].filter(({ deleted }) => !deleted);
  }

  get activeRuns(): ModelRun[] {
    return [...this.runs.values()].filter(({ deleted }) => !deleted);
  }

  log(run: ModelRun, key: string, point: Point): void {
    const points = run.metrics.get(key) ?? [];
    if (!points.some(({ step, time, value }) => step === point.step && time === point.time && Object.is(value, point.value))) points.push(point);
    run.metrics.set(key, points);
  }

  setTag(run: ModelRun, key: string, value: string): void {
    run.tags.set(key, value);
    if (key === "mlflow.runName") run.name = value;
  }

  setDeleted(id: string, deleted: boolean): void {
    this.experiment(id).deleted = deleted;
    for (const run of this.runs.values()) {
      if (run.experiment !== id) continue;
      if (deleted && !run.deleted) [run.deleted, run.withExperiment] = [true, true];
      else if (!deleted && run.withExperiment) [run.deleted, run.withExperiment] = [false, false];
    }
  }

  /** What `runs/get` says of a run; lists by key. */
  answerOf(run: ModelRun): object {
    const tags = new Map([["mlflow.runName", run.name], ...run.tags]);
    return {
      info: {
        run_id: run.id,
        run_uuid: run.id,
        run_name: run.name,
        experiment_id: run.experiment,
        user_id: run.user,
        status: run.status,
        start_time: run.start,
        ...(run.end === null ? {} : { end_time: run.end }),
        artifact_uri: `mlflow-artifacts:/${run.experiment}/${run.id}/artifacts`,
        lifecycle_stage: run.deleted ? "deleted" : "active",
      },
      data: {
        ...(run.metrics.size === 0 ? {} : { metrics: byKey([...run.metrics].map(([key, points]) => wire(key, points.reduce(later)))) }),
        ...(run.params.size === 0 ? {} : { params: byKey([...run.params].map(([key, value]) => ({ key, value }))) }),
        tags: byKey([...tags].map(([key, value]) => ({ key, value }))),
      },
      inputs: {},
      outputs: {},
    };
  }

  /** What `metrics/get-history` says. */
  historyOf(run: ModelRun, key: string): object[] {
    return (run.metrics.get(key) ?? []).toSorted((a, b) => a.time - b.time || a.step - b.step || a.value - b.value).map((point) => wire(key, point));
  }

  /** The ids that `runs/search` gives without an order: newest start first, then by id. */
  found(experiment: string, deleted: boolean): string[] {
    const runs = [...this.runs.values()].filter((run) => run.experiment === experiment && run.deleted === deleted);
    return runs.sort((a, b) => b.start - a.start || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
  }
}

/** The newest of two points: the greater step, then time, then value. */
function later(a: Point, b: Point): Point {
  if (a.step !== b.step) return b.step > a.step ? b : a;
  if (a.time !== b.time) return b.time > a.time ? b : a;
  return b.value > a.value ? b : a;
}

function wire(key: string, { step, time, value }: Point): { key: string } {
  return { key, ...{ value: Number.isFinite(value) ? value : String(value), timestamp: time, step } };
}

export function byKey<T extends { readonly key: string }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
