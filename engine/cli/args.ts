import { parseArgs } from "node:util";
import { closest } from "../expressions/problem.ts";
import { type Command, type Option, OptionValues, wrongUse } from "./command.ts";

/** What every command takes. */
export const commonOptions: Readonly<Record<string, Option>> = {
  json: { about: "print JSON for programs; people's text goes to the standard error" },
  folder: { value: "DIR", about: "the folder whose store is meant (default: where you are)" },
  help: { short: "h", about: "show this help" },
};

export interface ParsedCall {
  readonly options: OptionValues;
  readonly words: readonly string[];
  readonly command: readonly string[];
}

/** Reads the arguments behind a command's name. @throws TouchstoneError `WRONG_USE`. */
export function parseCall(name: string, command: Command, args: readonly string[]): ParsedCall {
  const known = { ...command.options, ...commonOptions };
  const { own, rest } = split(command, known, args);
  const options = Object.fromEntries(
    Object.entries(known).map(([option, { value, short, multiple }]) => [
      option,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), ...(short === undefined ? {} : { short }), multiple: multiple ?? false },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: joined(own, known), options, allowPositionals: true, strict: true });
    const parsed = { options: new OptionValues(values), words: positionals, command: rest };
    if (!parsed.options.flag("help")) checkWords(name, command, positionals);
    return parsed;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION" && code !== "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") throw error;
    throw wrongOption(name, known, error instanceof Error ? error.message : "");
  }
}

/** The option that an argument names. */
function named(known: Readonly<Record<string, Option>>, arg: string): readonly [string, Option] | undefined {
  return Object.entries(known).find(([long, { short }]) => arg === `--${long}` || (short !== undefined && arg === `-${short}`));
}

/** `--sort -start` as `--sort=-start`: a value may begin with a dash, unless it is itself an option. */
function joined(args: readonly string[], known: Readonly<Record<string, Option>>): string[] {
  const result: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const next = args[at + 1];
    const [long, option] = named(known, arg) ?? [];
    if (option?.value === undefined || next === undefined || named(known, next) !== undefined) {
      result.push(arg);
    } else {
      result.push(`--${long}=${next}`);
      at += 1;
    }
  }
  return result;
}

/** Parts the command's own arguments from the command line that it is to run. */
function split(command: Command, known: Readonly<Record<string, Option>>, args: readonly string[]): { own: readonly string[]; rest: readonly string[] } {
  if (command.takesCommand !== true) return { own: args, rest: [] };
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") return { own: args.slice(0, at), rest: args.slice(at + 1) };
    if (!arg.startsWith("-")) break;
    if (named(known, arg)?.[1].value !== undefined) at += 1;
  }
  return { own: args.slice(0, at), rest: args.slice(at) };
}

function checkWords(name: string, command: Command, words: readonly string[]): void {
  const { min, max } = command.words ?? { min: 0, max: 0 };
  if (words.length >= min && words.length <= max) return;
  const extra = words[max];
  const message = extra === undefined ? `touchstone ${name} needs more: ${name} ${command.usage}` : `touchstone ${name} does not know what to do with \`${extra}\`.`;
  throw wrongUse(message, `See: touchstone ${name} --help`);
}

function wrongOption(name: string, known: Readonly<Record<string, Option>>, text: string) {
  const option = /'(?:-\w, )?(-[^' ]+)[^']*'/.exec(text)?.[1] ?? "";
  const [long, found] = named(known, option) ?? [];
  if (found?.value !== undefined) return wrongUse(`--${long} needs a value: --${long} ${found.value}`);
  if (found !== undefined) return wrongUse(`--${long} takes no value.`);
  const near = closest(option, Object.keys(known).map((long) => `--${long}`));
  return wrongUse(`touchstone ${name} has no option ${option}.`, near === null ? `See: touchstone ${name} --help` : `Did you mean ${near}?`);
}
