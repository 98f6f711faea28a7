import { existsSync, statSync } from "node:fs";
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import { pythonFolder } from "../platform/entries.ts";
import { findProgram } from "../platform/programs.ts";

/** A command line, understood as far as tracking needs it. */
export interface ParsedCommand {
  /** The file to execute; absolute. */
  readonly program: string;
  readonly args: readonly string[];
  /** The script's file, absolute; null where the command has none (`python -c …`, a program of its own). */
  readonly scriptPath: string | null;
}

const PYTHON = /^(python|pythonw|pypy|py)(\d+(\.\d+)*)?(\.exe)?$/i;
const NODE = /^(node|nodejs|bun|deno|tsx|ts-node)(\.exe)?$/i;
const NOTEBOOK = /\.ipynb$/i;
const SCRIPT = /\.(py|pyw|ipynb|js|mjs|cjs|ts|mts|cts|r|jl|sh|lua)$/i;
/** Options of Python that take the next word as their value. */
const PYTHON_VALUES = new Set(["-W", "-X", "--check-hash-based-pycs"]);

/**
 * Finds program and script of a command line.
 * @param interpreter replaces the first word where that is a Python launcher.
 * @throws TouchstoneError `NO_COMMAND`, `NO_FOLDER`, `NO_PROGRAM`, `NO_SCRIPT`: before anything is recorded.
 */
export function parseCommand(command: readonly string[], cwd: string, env: Readonly<Record<string, string>>, interpreter?: string): ParsedCommand {
  const [first, ...args] = command;
  if (first === undefined || first === "") throw new TouchstoneError({ code: "NO_COMMAND", message: "There is no command to run.", hint: "For example: touchstone run -- python train.py" });
  if (!isFolder(cwd)) throw new TouchstoneError({ code: "NO_FOLDER", message: "The folder to run in does not exist.", file: cwd });
  if (NOTEBOOK.test(first)) return notebookCommand(first, args, cwd, env, interpreter);
  const isPython = PYTHON.test(basename(first));
  const name = isPython && interpreter !== undefined && interpreter !== "" ? interpreter : first;
  // Many systems have python3 only; who types `python` means it.
  const program = findProgram(name, cwd, env) ?? (name === "python" ? findProgram("python3", cwd, env) : null);
  if (program === null) {
    const hint = isPython ? "Choose an interpreter (Touchstone: Select Python Interpreter)." : "Check its name and the PATH.";
    throw new TouchstoneError({ code: "NO_PROGRAM", message: `The program ${name} was not found.`, hint });
  }
  return { program, args, scriptPath: scriptOf(first, args, cwd) };
}

/** A notebook runs in a kernel that a small driver of the bootstrap starts. */
function notebookCommand(first: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>, interpreter: string | undefined): ParsedCommand {
  const name = interpreter !== undefined && interpreter !== "" ? interpreter : "python";
  const program = findProgram(name, cwd, env) ?? (name === "python" ? findProgram("python3", cwd, env) : null);
  if (program === null) throw new TouchstoneError({ code: "NO_PROGRAM", message: `A notebook needs Python; the program ${name} was not found.`, hint: "Choose an interpreter (Touchstone: Select Python Interpreter)." });
  const scriptPath = required(first, cwd);
  return { program, args: [join(pythonFolder(), "_touchstone", "notebook.py"), first, ...args], scriptPath };
}

/** True for programs that run JavaScript in Node itself. */
export function isNode(program: string): boolean {
  return /^(node|nodejs|tsx|ts-node)(\.exe|\.cmd)?$/i.test(basename(program));
}

/** True for programs that run a JVM. */
export function isJava(program: string): boolean {
  return /^(java|jshell|kotlin|scala|groovy|sbt|mvnw?|gradlew?)(\.exe|\.cmd|\.bat)?$/i.test(basename(program));
}

function scriptOf(first: string, args: readonly string[], cwd: string): string | null {
  if (PYTHON.test(basename(first))) return pythonScript(args, cwd);
  if (NODE.test(basename(first))) return required(args.find((word) => !word.startsWith("-") && SCRIPT.test(word)), cwd);
  if (SCRIPT.test(first)) return resolve(cwd, first);
  // Launchers (torchrun, accelerate launch, uv run, jupyter nbconvert …): the first word that is a script's file.
  return scriptAmong(args, cwd);
}

function pythonScript(args: readonly string[], cwd: string): string | null {
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    if (word === "-c" || word === "-") return null;
    if (word === "-m") return moduleScript(args.slice(i + 1), cwd);
    if (PYTHON_VALUES.has(word)) i++;
    else if (!word.startsWith("-")) return isFolder(resolve(cwd, word)) ? folderScript(word, args.slice(i + 1), cwd) : required(word, cwd);
  }
  return null;
}

/** `python FOLDER` runs its `__main__.py`; one that lies elsewhere (a debugger that an extension brings along) runs a script that it names. */
function folderScript(folder: string, rest: readonly string[], cwd: string): string {
  const main = join(resolve(cwd, folder), "__main__.py");
  const word = isAbsolute(relativePath(cwd, main)) ? scriptAmong(rest, cwd) : null;
  return word ?? main;
}

/** `-m package.module` as a file under the folder; a module that runs a script (debugpy, torch.distributed.run) names that. */
function moduleScript([name, ...rest]: readonly string[], cwd: string): string | null {
  if (name === undefined) return null;
  const path = join(cwd, ...name.split("."));
  for (const file of [`${path}.py`, join(path, "__main__.py")]) if (existsSync(file)) return file;
  return scriptAmong(rest, cwd);
}

/** The first word that is a script's file. */
function scriptAmong(words: readonly string[], cwd: string): string | null {
  const word = words.find((candidate) => SCRIPT.test(candidate) && existsSync(resolve(cwd, candidate)));
  return word === undefined ? null : resolve(cwd, word);
}

function required(word: string | undefined, cwd: string): string | null {
  if (word === undefined) return null;
  const path = resolve(cwd, word);
  if (!existsSync(path)) throw new TouchstoneError({ code: "NO_SCRIPT", message: "The script does not exist.", file: path, hint: "Check its name and the folder to run in." });
  return path;
}

/** A path relative to the store's folder with `/`, absolute where it lies elsewhere. */
export function relativePath(folder: string, path: string): string {
  const inside = relative(folder, path);
  if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return path;
  return inside.split(sep).join("/");
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
