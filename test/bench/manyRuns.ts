import { seeded } from "../../engine/expressions/random.fixture.ts";
import type { Store } from "../../engine/store/store.ts";

const models = ["gbm", "linear", "forest", "mlp"];

/** Fills a store with runs of 40 columns: 20 params, 15 metrics, 5 tags, 50 runs an experiment. The same for the same count. */
export async function fillStore(store: Store, runs: number): Promise<void> {
  const random = seeded(runs);
  const experiments: string[] = [];
  for (let i = 0; i < runs / 50; i++) experiments.push((await store.write("experiment.create", { name: `train_${i}.py`, time: i, tags: [], script: `train_${i}.py` })).experimentId);
  let pending: Promise<unknown>[] = [];
  for (let i = 0; i < runs; i++) {
    const runId = i.toString(16).padStart(32, "0");
    const start = 1_700_000_000_000 + i * 60_000;
    const tags = Array.from({ length: 5 }, (_, k) => ({ key: `tag_${k}`, value: `value ${Math.floor(random() * 10)}` }));
    pending.push(store.write("run.create", { runId, experimentId: experiments[Math.floor(i / 50)] ?? "0", name: "", named: false, user: "ada", start, tags }));
    const params = Array.from({ length: 20 }, (_, k) => ({ key: `param_${k}`, value: k === 0 ? (models[Math.floor(random() * 4)] ?? "") : k < 4 ? String(random().toPrecision(6)) : String(Math.floor(random() * 8)) }));
    const metrics = Array.from({ length: 15 }, (_, k) => ({ key: k === 0 ? "val_f1" : `metric_${k}`, value: random(), step: 10, time: start }));
    pending.push(store.write("run.logBatch", { runId, metrics, params, tags: [] }));
    pending.push(store.write("run.update", { runIds: [runId], status: "finished", end: start + 50_000 }));
    if (pending.length >= 3_000) {
      await Promise.all(pending);
      pending = [];
    }
  }
  await Promise.all(pending);
}
