import type { RequestToken } from "../api/tokens.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { AgentAnswer, AgentCall } from "../api/agents.ts";

/** Asks the engine itself, by the same tokens as everybody else. */
export type Ask = <P, R>(token: RequestToken<P, R>, params: P) => Promise<R>;

/** What a tool works with. */
export interface ToolContext {
  readonly ask: Ask;
  readonly call: AgentCall;
  /** The store's folder. */
  readonly folder: string;
  /** The whole id of a run from its first characters. Throws `RUN_NOT_FOUND` for none or several. */
  runId(start: string): string;
}

/** Input of a tool, after its schema accepted it. */
export class Input {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text(name: string): string {
    const value = this.#values[name];
    if (typeof value !== "string") throw wrongInput(`${name} is missing.`);
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  integer(name: string, standard: number): number {
    const value = this.#values[name];
    return typeof value === "number" ? value : standard;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  }

  /** A list of objects. */
  list(name: string): readonly Input[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map((one: Readonly<Record<string, unknown>>) => new Input(one)) : [];
  }

  pairs(name: string): Readonly<Record<string, string>> {
    const value = this.#values[name];
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)])) : {};
  }

  value(name: string): unknown {
    return this.#values[name];
  }
}

export type RunTool = (input: Input, context: ToolContext) => Promise<AgentAnswer>;

export function wrongInput(message: string): TouchstoneError {
  return new TouchstoneError({ code: "AGENT_TOOL", message });
}

/** Sentences of panels without the marks of bold and of changes. */
export function plain(answer: string): string {
  return answer.replaceAll("**", "").replace(/\[[+-]\|([^\]]*)\]/g, "$1").replace(/\[([+−-][^\]]*)\]/g, "$1");
}

/** `11–20 of 53`, and how to go on. */
export function pageLine(from: number, shown: number, total: number, what: string): string {
  if (total === 0) return `No ${what}.`;
  if (shown === 0) return `There are only ${total} ${what}.`;
  const end = from + shown;
  return `${from + 1}–${end} of ${total} ${what}.${end < total ? ` More: from ${end}.` : ""}`;
}
