import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

test("a process of our own that is started from a tracked script, online or not, belongs to no launch", () => {
  const launch = ["LAUNCH", "RUN", "EVENTS", "FOLDER", "MAIN", "OFFLINE", "OFFLINE_RUN"].map((name) => `TOUCHSTONE_${name}`);
  const env = Object.fromEntries([...launch, "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN", "TOUCHSTONE_RUNTIME_DIR", "HTTPS_PROXY"].map((name) => [name, "x"]));
  const program = `import { ownEnvironment } from ${JSON.stringify(new URL("environment.ts", import.meta.url).href)}; process.stdout.write(JSON.stringify(Object.keys(ownEnvironment())));`;
  const left: string[] = JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", program], { env: { ...process.env, ...env } }).toString());
  assert.deepEqual(left.filter((name) => name in env).sort(), ["HTTPS_PROXY", "TOUCHSTONE_RUNTIME_DIR"]);
});
