import { basename, isAbsolute, join, relative } from "node:path/posix";
import { joinArguments } from "./commandLine.ts";

const PYTHON = /^(python|pythonw|pypy|py)(\d+(\.\d+)*)?(\.exe)?$/i;
/** Options of Python that take the next word as their value. */
const PYTHON_VALUES = new Set(["-W", "-X", "--check-hash-based-pycs"]);

/** What fits a question. */
const MOST_SHOWN = 1_000;

/** A recorded command in two: the program with its script, and the arguments that a person may change. */
export interface SplitCommand {
  readonly head: readonly string[];
  readonly args: readonly string[];
}

/**
 * Finds the end of the script in a command.
 * @param script the launch's script, relative to the store's `folder`; null: the first word alone is the program.
 */
export function splitCommand({ command, cwd, script }: { readonly command: readonly string[]; readonly cwd: string; readonly script: string | null }, folder: string): SplitCommand {
  const wanted = script === null ? null : join(slashed(folder), slashed(script));
  const module = moduleAt(command);
  const isScript = (word: string, index: number): boolean => {
    if (wanted === null) return false;
    if (index === module) return true;
    const path = slashed(word);
    return relative(wanted, isAbsolute(path) || /^[a-z]:/i.test(path) ? path : join(slashed(cwd), path)) === "";
  };
  const end = command.findIndex(isScript) + 1;
  const at = end === 0 ? 1 : end;
  return { head: command.slice(0, at), args: command.slice(at) };
}

/** Where `python -m package.module` names the module: only behind a Python and its own options. -1 in any other command. */
function moduleAt(command: readonly string[]): number {
  if (!PYTHON.test(basename(slashed(command[0] ?? "")))) return -1;
  for (let index = 1; index < command.length; index++) {
    const word = command[index] ?? "";
    if (word === "-m") return index + 1;
    if (word === "-c" || !word.startsWith("-") || word === "-") return -1;
    if (PYTHON_VALUES.has(word)) index++;
  }
  return -1;
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}

/** A stranger's words as they may be shown: nothing in them moves, hides or breaks what a person reads. */
export function plainText(text: string): string {
  return text.replaceAll(/(?! )[\p{C}\p{Z}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`);
}

/** A whole command as a person reads it before it is run; null where it is too long to be read. */
export function shownCommand(command: readonly string[]): string | null {
  const text = plainText(joinArguments(command));
  return text.length > MOST_SHOWN ? null : text;
}

/** A secret was not kept: in its place stands what cannot be run. */
export function hasMask(words: readonly string[]): boolean {
  return words.some((word) => /(^|=|:)\*{3}($|@)/.test(word));
}
