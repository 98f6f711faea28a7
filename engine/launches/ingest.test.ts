import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { launchGet, launchStart } from "../api/launches.ts";
import { metricCurves } from "../api/runs.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";

const POINTS = 400;
const engines = new TestEngines();
after(() => engines.dispose());

test("points that a script logs while the engine is killed again and again are stored once each, by value", { timeout: 180_000 }, async () => {
  const folder = engines.folder();
  const source = `import time, touchstone\nfor i in range(${POINTS}):\n    touchstone.log({"loss": i / 3}, step=i)\n    print(f"epoch {i} acc={i / 1000}", flush=True)\n    time.sleep(0.004)\n`;
  writeFileSync(join(folder, "train.py"), source);
  const window = engines.connect(folder);
  const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
  const { launchId, runId } = await window.request(launchStart, { command: ["python3", "train.py"], cwd: folder, env, from: "cli" });
  const end = async () => (await window.request(launchGet, { launchId }).catch(() => null))?.end ?? null;
  for (let kills = 0; kills < 3; kills++) {
    const pid = engines.enginePid(folder);
    if (pid !== null) process.kill(pid, "SIGKILL");
    await until(() => engines.enginePid(folder) !== null && engines.enginePid(folder) !== pid);
  }
  while ((await end()) === null) await new Promise((resolve) => setTimeout(resolve, 20));
  const points = async (key: string) => (await window.request(metricCurves, { runIds: [runId], key, x: "step", maxPoints: 10_000 })).curves[0];
  const loss = await points("loss");
  assert.deepEqual([...(loss?.x ?? [])], Array.from({ length: POINTS }, (_, i) => i));
  assert.deepEqual([...(loss?.y ?? [])], Array.from({ length: POINTS }, (_, i) => i / 3));
  const acc = await points("acc");
  assert.deepEqual([...(acc?.y ?? [])], Array.from({ length: POINTS }, (_, i) => i / 1000), "printed lines count once too");
});
