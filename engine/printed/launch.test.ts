import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { launchChanged, launchStart, type LaunchState } from "../api/launches.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { openStore } from "../store/store.ts";

const engines = new TestEngines();
after(() => engines.dispose());

test("printed values become metrics of the run; those of a key that the script logs do not", async () => {
  const folder = engines.folder();
  const script = [
    "import sys, time, touchstone",
    "for epoch in range(3):",
    "    for n in range(0, 101, 20):",
    "        sys.stdout.write(f'\\rEpoch {epoch}: {n:3d}%|###| {n}/100 [00:01<00:01, 9.1it/s, bar_loss={1 - n / 1000 - epoch / 10}]')",
    "        sys.stdout.flush()",
    "    print()",
    "    print(f'epoch={epoch} loss={1 / (epoch + 1)} acc=0.{epoch}')",
    "    touchstone.log({'acc': 0.5}, step=epoch)",
    "print('Epoch 9: 100%|###| 1/1 [00:01<00:01, 9.1it/s, bar_loss=0.125]', end='')",
  ].join("\n");
  writeFileSync(join(folder, "train.py"), script);
  const engine = engines.connect(folder);
  let ended: LaunchState | null = null;
  engine.on(launchChanged, (state) => {
    if (state.end !== null) ended = state;
  });
  const { runId } = await engine.request(launchStart, { command: [testPython(), "train.py"], cwd: folder, env: { PATH: process.env["PATH"] ?? "" }, from: "cli" });
  await until(() => ended !== null, 30_000);
  const store = await openStore({ folder, readOnly: true });
  try {
    const { runKey } = store.read.runs.byId(runId) ?? assert.fail();
    const points = (key: string): [number, number][] => store.read.metrics.points(runKey, key).map(({ step, value }) => [step, value]);
    assert.deepEqual(points("loss"), [[0, 1], [1, 0.5], [2, 1 / 3]]);
    assert.deepEqual(points("acc"), [[0, 0.5], [1, 0.5], [2, 0.5]]);
    assert.deepEqual(points("bar_loss").map(([step, value]) => [step, Math.round(value * 1000) / 1000]), [[0, 0.9], [1, 0.8], [2, 0.7], [9, 0.125]]);
  } finally {
    await store.close();
  }
});
