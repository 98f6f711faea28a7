import { TouchstoneError } from "../api/tokens.ts";
import type { Store } from "../store/store.ts";
import { launchOf } from "../store/store.fixture.ts";

export interface RunValues {
  readonly id: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly script?: string;
  readonly start?: number;
}

/** Runs of `train.py`, each with a launch of its own. */
export async function storeRuns(store: Store, runs: readonly RunValues[]): Promise<void> {
  for (const [i, { id, params = {}, metrics = {}, tags = {}, script = "train.py", start = 1_000 + i }] of runs.entries()) {
    const arguments_ = Object.entries(params).map(([key, value]) => ({ key, value, source: "argument" as const }));
    await store.write("launch.create", launchOf(`launch-${id}`, id, { script, experiment: script, start, params: arguments_ }));
    await store.write("run.logBatch", {
      runId: id,
      metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, step: 0, time: start })),
      params: [],
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    });
  }
}

/** For `assert.throws`: an error with this code. */
export function coded(code: string): (error: unknown) => boolean {
  return (error) => error instanceof TouchstoneError && error.shape.code === code;
}
