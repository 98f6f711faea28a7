import { lstat, mkdtemp, open, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { git, zeroSeparated } from "./git.ts";
import { isSecretFile } from "./secrets.ts";

/** Limits of whole files kept with a launch (issue A, 17). */
export const MOST_BYTES_PER_FILE = 1024 * 1024;
export const MOST_BYTES_IN_ALL = 50 * 1024 * 1024;
const MOST_FILES = 5_000;

const SOURCE_ENDINGS = new Set(
  ".py .pyi .pyx .pxd .ipynb .r .rmd .qmd .jl .js .mjs .cjs .jsx .ts .mts .cts .tsx .c .cc .cpp .cxx .cu .cuh .h .hh .hpp .rs .go .java .kt .scala .m .sh .bash .zsh .fish .ps1 .bat .cmd .sql .yaml .yml .json .toml .ini .cfg .conf .md .rst .jsonnet .libsonnet .gin .j2 .jinja .proto .smk .nix .tf .slurm .sbatch .pbs".split(" "),
);
const SOURCE_NAMES = /^(makefile|dockerfile.*|snakefile|justfile|pipfile|.*requirements.*\.txt|constraints.*\.txt|environment.*\.txt|\.gitattributes|\.gitmodules)$/i;
/** Folders that hold what others made or what the code made. */
const FOREIGN_FOLDERS = new Set(
  ".git .hg .svn .touchstone node_modules __pycache__ site-packages .venv venv .tox .nox .mypy_cache .pytest_cache .ruff_cache .ipynb_checkpoints .eggs .idea .vscode-test mlruns mlartifacts wandb lightning_logs".split(" "),
);

/** True for a file that a person writes: code, configuration, notebooks, notes about them. */
export function isSource(path: string): boolean {
  const name = basename(path);
  return (SOURCE_ENDINGS.has(extname(name).toLowerCase()) || SOURCE_NAMES.test(name)) && !isSecretFile(path) && !path.split("/").some((part) => FOREIGN_FOLDERS.has(part));
}

/**
 * Source files under a folder that is in no repository, relative with `/`, in alphabetical order. A .gitignore is honoured
 * where git is installed: git itself reads it, with an empty repository outside of the folder.
 */
export async function listSources(folder: string): Promise<string[]> {
  const listed = (await listWithGit(folder)) ?? (await walk(folder, ""));
  return sourcesOf(listed).sort().slice(0, MOST_FILES);
}

/** The source files of a listing; a folder with `pyvenv.cfg` or `conda-meta` is a Python environment, whatever its name is. */
export function sourcesOf(paths: readonly string[]): string[] {
  const environments = paths.flatMap((path) => /^(.*\/)(?:pyvenv\.cfg|conda-meta\/history)$/.exec(path)?.[1] ?? []);
  return paths.filter((path) => isSource(path) && !environments.some((folder) => path.startsWith(folder)));
}

async function listWithGit(folder: string): Promise<string[] | null> {
  const names = await readdir(folder).catch((): string[] => []);
  if (!names.includes(".gitignore")) return null;
  const empty = await mkdtemp(join(tmpdir(), "touchstone-git-"));
  try {
    const made = await git(empty, ["init", "--quiet", "--bare", "--template=", empty]);
    if (!made.ok) return null;
    const listed = await git(folder, ["--git-dir", empty, "--work-tree", folder, "-c", "core.bare=false", "ls-files", "-z", "--others", "--exclude-standard"]);
    return listed.ok ? zeroSeparated(listed.stdout) : null;
  } finally {
    await rm(empty, { recursive: true, force: true });
  }
}

async function walk(folder: string, prefix: string): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => []);
  // Not worth reading: sourcesOf would drop it.
  if (prefix !== "" && entries.some((entry) => entry.name === "pyvenv.cfg" || entry.name === "conda-meta")) return [];
  const found: string[] = [];
  for (const entry of entries) {
    if (found.length > MOST_FILES) break;
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isFile()) found.push(path);
    else if (entry.isDirectory() && !FOREIGN_FOLDERS.has(entry.name)) found.push(...(await walk(folder, path)));
  }
  return found;
}

export interface WorkingFile {
  readonly content: Uint8Array;
  readonly isLink: boolean;
}

/** The bytes of a working file, the target of a link, or null: gone, not a file, or larger than `most`. */
export async function readWorking(path: string, most: number): Promise<WorkingFile | null> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return null;
  if (found.isSymbolicLink()) {
    return { content: Buffer.from(await readlink(path)), isLink: true };
  }
  if (!found.isFile() || found.size > most) return null;
  const handle = await open(path, "r").catch(() => null);
  if (handle === null) return null;
  try {
    return { content: await handle.readFile(), isLink: false };
  } finally {
    await handle.close();
  }
}

/** Lines of a text; a file with a zero byte near its start is binary and has none. */
export function countLines(content: Uint8Array): number {
  if (content.subarray(0, 8_000).includes(0)) return 0;
  let lines = 0;
  for (const byte of content) if (byte === 10) lines++;
  return content.length > 0 && content.at(-1) !== 10 ? lines + 1 : lines;
}
