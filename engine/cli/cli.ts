import { statSync } from "node:fs";
import { resolve } from "node:path";
import { connectEngine, type EngineConnection } from "../api/connect.ts";
import { type ErrorShape, TouchstoneError } from "../api/tokens.ts";
import { closest, ExpressionError, pointAt } from "../expressions/problem.ts";
import { hasStore } from "../life/folder.ts";
import { OWN_VERSION } from "../life/version.ts";
import { parseCall, type ParsedCall } from "./args.ts";
import { type Call, type Command, wrongUse } from "./command.ts";
import { confirm } from "./confirm.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { commands, type Listed } from "./registry.ts";
import { NO_STORE_HINT, noStore } from "./text.ts";
import { toJson } from "./wire.ts";

/** Runs one command and ends the process with its exit code (engine/api/cli.ts). */
export async function main(args: readonly string[]): Promise<void> {
  // Until the arguments are read, an error is JSON where `--json` stands before a command line to run.
  const ownArgs = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  let exitCode: number;
  try {
    exitCode = await dispatch(args);
  } catch (error) {
    exitCode = tell(error, ownArgs.includes("--json"));
  }
  // A pipe may still hold the answer; what the command left open (sockets, standard input) must not keep the process.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [first] = args;
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    process.stdout.write(generalHelp(commands));
    return first === undefined ? 2 : 0;
  }
  if (first === "--version") {
    process.stdout.write(`${OWN_VERSION.version}\n`);
    return 0;
  }
  const listed = findCommand(args);
  const { command } = await listed.load();
  const parsed = parseCall(listed.name, command, args.slice(listed.name.split(" ").length));
  if (parsed.options.flag("help")) {
    process.stdout.write(commandHelp(listed, command));
    return 0;
  }
  return execute(command, parsed);
}

function findCommand(args: readonly string[]): Listed {
  const named = commands.filter(({ name }) => name === args.slice(0, name.split(" ").length).join(" "));
  const listed = named.toSorted((a, b) => b.name.length - a.name.length)[0];
  if (listed !== undefined) return listed;
  const wanted = args.slice(0, commands.some(({ name }) => name.startsWith(`${args[0]} `)) ? 2 : 1).join(" ");
  const near = closest(wanted, commands.map(({ name }) => name));
  throw wrongUse(`There is no command \`${wanted}\`.`, near === null ? "See: touchstone --help" : `Did you mean touchstone ${near}?`);
}

async function execute(command: Command, parsed: ParsedCall): Promise<number> {
  const connections: EngineConnection[] = [];
  const abort = new AbortController();
  const onSignal = (): void => abort.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const json = parsed.options.flag("json");
  const folder = resolve(parsed.options.text("folder") ?? ".");
  if (command.makesFolder !== true) refuseMissing(folder);
  if (command.needsStore === true && !hasStore(folder)) throw new TouchstoneError({ code: "NO_STORE", message: noStore(folder), hint: NO_STORE_HINT });
  const call: Call = {
    ...parsed,
    json,
    folder,
    cwd: process.cwd(),
    engine: (options) => {
      const connection = connectEngine({ folder, clientKind: "cli", extensionVersion: OWN_VERSION.version, ...options });
      connections.push(connection);
      return connection;
    },
    signal: abort.signal,
    ownSignals: () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal),
    say: (line) => void process.stderr.write(`${line}\n`),
    confirm: (question) => confirm(question, abort.signal),
    write: (data) => void (json ? process.stderr : process.stdout).write(data),
    emit: (line) => void process.stdout.write(`${toJson(line)}\n`),
  };
  try {
    const { answer, exitCode = 0 } = await command.run(call);
    if (answer === null) return exitCode;
    if (json) process.stdout.write(`${toJson(answer)}\n`);
    else command.print(answer, (line) => void process.stdout.write(`${line}\n`));
    return exitCode;
  } finally {
    for (const connection of connections) connection.dispose();
  }
}

/** The folder above a mistyped one is not what the person means, and gets no store. */
function refuseMissing(folder: string): void {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) return;
  throw new TouchstoneError({ code: "NO_FOLDER", message: there === undefined ? "There is no such folder." : "This is no folder.", file: folder, hint: "Name one that is there with --folder." });
}

/** Prints an error for people, and for programs with `--json`; says which exit code it is. */
function tell(error: unknown, json: boolean): number {
  const shape: ErrorShape = error instanceof TouchstoneError ? error.shape : { code: "INTERNAL", message: error instanceof Error ? (error.stack ?? error.message) : String(error), hint: "This is a fault of Touchstone; please report it." };
  const where = shape.file === undefined ? "" : `${shape.file}${shape.line === undefined ? "" : `:${shape.line}`}: `;
  if (error instanceof ExpressionError) process.stderr.write(`${pointAt(error.source, error)}\n`);
  process.stderr.write(`touchstone: ${where}${shape.message}${shape.hint === undefined ? "" : `\n${shape.hint}`}\n`);
  if (json) process.stdout.write(`${toJson({ error: shape })}\n`);
  return /^(INTERNAL|ENGINE_|STORE_)/.test(shape.code) ? 3 : 2;
}
