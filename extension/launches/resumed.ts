import { isAbsolute, join, relative } from "node:path/posix";

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
  const slashed = (path: string): string => path.replaceAll("\\", "/");
  const wanted = script === null ? null : join(slashed(folder), slashed(script));
  const isScript = (word: string, index: number): boolean => {
    if (wanted === null) return false;
    // `python -m package.module`
    if (command[index - 1] === "-m") return true;
    const path = slashed(word);
    return relative(wanted, isAbsolute(path) || /^[a-z]:/i.test(path) ? path : join(slashed(cwd), path)) === "";
  };
  const end = command.findIndex(isScript) + 1;
  const at = end === 0 ? 1 : end;
  return { head: command.slice(0, at), args: command.slice(at) };
}

/** A secret was not kept: in its place stands what cannot be run. */
export function hasMask(words: readonly string[]): boolean {
  return words.some((word) => /(^|=|:)\*{3}($|@)/.test(word));
}
