import { commonOptions } from "./args.ts";
import type { Command, Option } from "./command.ts";
import type { Listed } from "./registry.ts";

/** What `touchstone --help` prints. */
export function generalHelp(commands: readonly Listed[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "touchstone: track, compare, evaluate and label machine-learning runs",
    "",
    "usage: touchstone <command> [options]",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "touchstone <command> --help explains one; --json prints an answer for programs.",
    "Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 the engine failed; run exits as the script did.",
    "",
  ].join("\n");
}

/** What `touchstone <command> --help` prints. */
export function commandHelp({ name, summary }: Listed, command: Command): string {
  const options = Object.entries({ ...command.options, ...commonOptions }).map(([long, option]) => [heading(long, option), option.about] as const);
  const width = Math.max(...options.map(([head]) => head.length));
  return [`usage: touchstone ${name} ${command.usage}`, "", `${summary}.`, "", ...options.map(([head, about]) => `  ${head.padEnd(width)}  ${about}`), ""].join("\n");
}

function heading(long: string, { value, short, unlisted }: Option): string {
  return `${short === undefined || unlisted === true ? "" : `-${short}, `}--${long}${value === undefined ? "" : ` ${value}`}`;
}
