import { seeded } from "../expressions/random.fixture.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import { openStore } from "./store.ts";

/** `node blocks.fixture.ts FOLDER`: logs a long curve without end, a line for each acknowledged batch of 70 points, to be killed in it. */
const [folder = ""] = process.argv.slice(2);
const random = seeded(11);
const store = await openStore({ folder });
await storeRuns(store, [{ id: "r" }]);
for (let step = 0; ; step += 70) {
  const metrics = Array.from({ length: 70 }, (_, i) => ({ key: "loss", step: step + i, time: 1, value: random() }));
  await store.write("run.logBatch", { runId: "r", params: [], tags: [], metrics });
  process.stdout.write(`${step}\n`);
}
