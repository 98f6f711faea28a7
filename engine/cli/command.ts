import type { Static, TSchema } from "typebox";
import type { EngineConnection } from "../api/connect.ts";
import { TouchstoneError } from "../api/tokens.ts";

/** An option of a command; `value` names what follows it (`--limit N`), without it the option is a switch. */
export interface Option {
  readonly value?: string;
  readonly short?: string;
  /** Its short name is understood, but not told: scripts of before use it, and elsewhere it means another option. */
  readonly unlisted?: boolean;
  readonly multiple?: boolean;
  readonly about: string;
}

/** What a command's answer may be: JSON without `schemaVersion`, which the frame adds (to each row of a list). */
type WithoutVersion<T> = T extends readonly (infer Row)[] ? readonly WithoutVersion<Row>[] : Omit<T, "schemaVersion">;
export type Answer<S extends TSchema> = WithoutVersion<Static<S>>;

export interface Outcome<A> {
  /** Null: everything was already said with `emit` and `say`. */
  readonly answer: A | null;
  /** Default 0; 1 is "the answer is no". */
  readonly exitCode?: number;
}

/**
 * One command of the CLI. It stands in `commands/<name>.ts` as `export const command = defineCommand({…})` and in the
 * list of registry.ts. It says nothing itself: `run` returns the answer, which the frame prints as JSON or through `print`.
 */
export interface Command<S extends TSchema = TSchema> {
  /** What follows `touchstone <name>` in the help, e.g. `FILE [options]`. */
  readonly usage: string;
  readonly options: Readonly<Record<string, Option>>;
  /** How many words it takes besides options; default none. */
  readonly words?: { readonly min: number; readonly max: number };
  /** It takes a whole command line: all from `--`, or from the first word that is no option, belongs to that. */
  readonly takesCommand?: boolean;
  /** It has nothing to do where nothing was recorded: without a store it is refused, and none is made for it. */
  readonly needsStore?: boolean;
  /** It makes the folder that `--folder` names; for the others that has to be there. */
  readonly makesFolder?: boolean;
  /** Schema of what `--json` prints (engine/api/cli.ts). */
  readonly schema: S;
  /** Schema of a line, for commands that stream NDJSON with `--follow`. */
  readonly lineSchema?: TSchema;
  run(call: Call): Promise<Outcome<Answer<S>>>;
  /** For people, on the standard output. */
  print(answer: Answer<S>, out: (line: string) => void): void;
}

/** Ties the answer's type to its schema. */
export function defineCommand<S extends TSchema>(command: Command<S>): Command<S> {
  return command;
}

/** What a command gets to work with. */
export interface Call {
  readonly words: readonly string[];
  /** The command line behind `--`, where the command takes one. */
  readonly command: readonly string[];
  readonly options: OptionValues;
  /** `--json`: nothing but JSON goes to the standard output. */
  readonly json: boolean;
  /** `--folder`, else the working directory; an absolute path. The store is the one that belongs to it. */
  readonly folder: string;
  readonly cwd: string;
  /** The engine of the folder's store, found or started at the first use; the frame disposes it. `start: false` only finds it. */
  engine(options?: { readonly start: boolean }): EngineConnection;
  /** Aborted at the first Ctrl-C or SIGTERM; a command that handles them itself calls `ownSignals`. */
  readonly signal: AbortSignal;
  ownSignals(): void;
  /** A line for people: progress, notes. Standard error. */
  say(line: string): void;
  /** Asks the person at the terminal, who has to say yes; null where nobody sits there. */
  confirm(question: string): Promise<boolean | null>;
  /** Bytes as they are: standard output for people, standard error with `--json`. */
  write(data: Uint8Array): void;
  /** One line of JSON at once, before the command ends: NDJSON of `--follow`, the address of `serve`. */
  emit(line: object): void;
}

/** The options of a call by their names. */
export class OptionValues {
  readonly #values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

  constructor(values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>) {
    this.#values = values;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | null {
    const value = this.#values[name];
    return typeof value === "string" ? value : null;
  }

  list(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : typeof value === "string" ? [value] : [];
  }

  /** @throws TouchstoneError `WRONG_USE` when it is not a whole number from `min` to `max`. */
  integer(name: string, min: number, max: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) throw wrongUse(`--${name} takes a whole number from ${min} to ${max}, not \`${text}\`.`);
    return value;
  }
}

/** The error of a call that cannot be meant; exit code 2. */
export function wrongUse(message: string, hint?: string): TouchstoneError {
  return new TouchstoneError({ code: "WRONG_USE", message, ...(hint === undefined ? {} : { hint }) });
}
