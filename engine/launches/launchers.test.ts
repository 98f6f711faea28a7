import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pythonWith } from "../../test/run/frameworks.ts";
import { type OtherPython, otherPythons, preparePython, prepareOtherPython, runTool } from "../../test/run/python.ts";
import { TestEngines } from "../life/engines.fixture.ts";
import { checkRanks, rankScript } from "./ranks.fixture.ts";

const cli = join(import.meta.dirname, "../cli/main.ts");
const engines = new TestEngines();
after(() => engines.dispose());

/** Launchers of MPI, with the version of their library and the words before the command that they start three times. */
const MPI: readonly { readonly title: string; readonly name: OtherPython; readonly version: number; readonly words: readonly string[] }[] = [
  { title: "Open MPI 5", name: "openmpi", version: 40, words: ["--oversubscribe", "-n", "3"] },
  { title: "MPICH 5", name: "mpich", version: 12, words: ["-n", "3"] },
];

/** Three ranks under `touchstone run`, which ends as they do; then what is stored of them. */
async function runRanks(name: string, command: (python: string) => readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const folder = engines.folder(name);
  copyFileSync(rankScript, join(folder, "train.py"));
  const words = [...command(await preparePython()), "train.py", "--rank", "--lr", "0.5"];
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", cli, "run", "--json", "--", ...words], { cwd: folder, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (data: Buffer) => (said[name] += data.toString()));
  const [code] = await once(child, "close");
  assert.equal(code, 0, said.stdout + said.stderr);
  const { runId, status } = JSON.parse(said.stdout);
  assert.equal(status, "finished");
  await checkRanks(engines.connect(folder), runId, "ranks");
}

for (const { title, name, version, words } of MPI) {
  const missing = !otherPythons().includes(name) && "there is no wheel of it for this system";
  test(`three ranks that a real mpiexec (${title}) starts, which add up their numbers: one run`, { timeout: 240_000, skip: missing }, async () => {
    const python = await prepareOtherPython(name);
    // The script runs on the Python that has MLflow, with what binds it to this MPI.
    const packages = runTool(python, ["-c", "import sysconfig; print(sysconfig.get_path('platlib'))"]).trim();
    const library = join(dirname(dirname(python)), "lib", process.platform === "darwin" ? `libmpi.${version}.dylib` : `libmpi.so.${version}`);
    const env = { PYTHONPATH: packages, MPI4PY_LIBMPI: library, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };
    await runRanks(name, (script) => [join(dirname(python), "mpiexec"), ...words, script], env);
  });
}

/** Launchers of torch, with the words before the script. */
const TORCH = [
  ["torchrun", ["--nproc-per-node", "3", "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]],
  ["accelerate", ["launch", "--multi_gpu", "--num_processes", "3"]],
] as const;

for (const [name, words] of TORCH) {
  const python = pythonWith("mlflow", "torch", ...(name === "accelerate" ? [name] : []));
  const missing = `no Python on PATH or in TOUCHSTONE_TEST_FRAMEWORKS has mlflow, torch and ${name} (torch for Linux comes from PyPI only with CUDA, 3 GB of it)`;
  test(`three ranks that a real ${name} starts, which add up their numbers: one run`, { timeout: 400_000, skip: python === null && missing }, async () => {
    await runRanks(name, () => [join(dirname(python ?? ""), name), ...words], { OMP_NUM_THREADS: "1" });
  });
}
