// npm run test:newest: the differential cases against the newest release of MLflow that can be installed. May be red: what differs is printed by name.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { cacheFolder, root } from "./entry.mjs";
import { findPython, programOf, runTool } from "./python.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = join(cacheFolder(), "newest");
const python = programOf(folder);

say(`The newest MLflow is installed into ${folder}`);
if (!existsSync(python)) runTool(findPython(), ["-m", "venv", folder]);
// A release whose parts are not all published is passed over by pip: it takes the one before.
runTool(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--upgrade", "mlflow"]);
say(`Reference: MLflow ${runTool(python, ["-c", "import mlflow.version; print(mlflow.version.VERSION)"]).trim()}`);

const env: NodeJS.ProcessEnv = { ...process.env, TOUCHSTONE_TEST_PYTHON: python };
delete env["TOUCHSTONE_REFERENCE"];
const { status } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "--test", "test/differential/differential.test.ts"], { cwd: root, env, stdio: "inherit" });
process.exitCode = status ?? 1;
