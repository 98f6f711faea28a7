import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import { parseCommand } from "../launches/command.ts";
import { filesIn, readExit } from "../launches/files.ts";
import { outcomeOf } from "../launches/outcome.ts";
import { MANIFEST, readManifest } from "../offline/manifest.ts";
import { pythonFolder } from "../platform/entries.ts";
import { userEnvironment } from "../platform/environment.ts";
import { findProgram } from "../platform/programs.ts";
import type { RunAnswer } from "../api/cli.ts";
import { type Call, type OptionValues, wrongUse } from "./command.ts";

/** An option as the one-file module takes it. */
export function option(name: string, value: string | null): string[] {
  return value === null ? [] : [`${name}=${value}`];
}

/** The options that `run-start` and `log` share, in the module's own words. */
export const loggedOptions = {
  param: { value: "KEY=VALUE", multiple: true, about: "a setting" },
  tag: { value: "KEY=VALUE", multiple: true, about: "a word about the run" },
  artifact: { value: "FILE", multiple: true, about: "keep a copy of a file or folder with the run" },
  input: { value: "FILE", multiple: true, about: "a file that was read" },
  output: { value: "FILE", multiple: true, about: "a file that was written" },
} as const;

export function loggedWords(options: OptionValues): string[] {
  return Object.keys(loggedOptions).flatMap((name) => options.list(name).flatMap((value) => option(`--${name}`, value)));
}

/**
 * Runs the one-file Python module, which records without an engine: the same code on a node that has nothing else.
 * @returns what it printed, unless that is the run's own business; and its exit code.
 */
export async function offlineModule(call: Call, words: readonly string[], prints: "answer" | "output"): Promise<{ code: number; text: string }> {
  const env = userEnvironment(process.env);
  const python = findProgram("python3", call.cwd, env) ?? findProgram("python", call.cwd, env);
  if (python === null) throw new TouchstoneError({ code: "NO_PYTHON", message: "Recording without an engine needs Python 3.8 or newer; none was found.", hint: "Put python3 on the PATH, or leave --offline out." });
  const child = spawn(python, [join(pythonFolder(), "touchstone.py"), ...words], { cwd: call.cwd, env, stdio: ["inherit", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (data: Buffer) => {
    if (prints === "output") call.write(data);
    else text += data.toString("utf8");
  });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const ignore = (): void => undefined;
  // A terminal's interrupt reaches the child by itself.
  process.on("SIGTERM", pass).on("SIGINT", ignore);
  try {
    const code = await new Promise<number | null>((done, failed) => child.once("error", failed).once("close", (status) => done(status)));
    return { code: code ?? 3, text: text.trim() };
  } finally {
    process.off("SIGTERM", pass).off("SIGINT", ignore);
  }
}

/** `touchstone run --offline DIR`. @throws TouchstoneError `NO_PROGRAM`, and `OFFLINE_FOLDER` where nothing was recorded. */
export async function recordOffline(call: Call, folder: string, resume: string | null, words: readonly string[]): Promise<{ answer: Omit<RunAnswer, "schemaVersion">; exitCode: number }> {
  // As without --offline: what cannot be started is not recorded.
  parseCommand(call.command, call.cwd, userEnvironment(process.env));
  call.ownSignals();
  const launchId = `${Date.now().toString(36)}${randomBytes(5).toString("hex")}`;
  const { code } = await offlineModule(call, ["run", `--offline=${folder}`, `--id=${launchId}`, ...option("--resume", resume), ...words, "--", ...call.command], "output");
  const places = resume === null ? [resolve(call.cwd, folder, launchId)] : [resolve(call.cwd, resume), resolve(call.cwd, folder, resume)];
  const own = places.find((place) => existsSync(join(place, MANIFEST)));
  if (own === undefined && resume === null) throw new TouchstoneError({ code: "OFFLINE_FOLDER", message: `Nothing was recorded in ${folder}; why stands above.` });
  if (own === undefined) throw wrongUse(`There is no run in ${resume ?? folder} to go on with.`, "Give the folder of a run that was recorded offline.");
  const { runId, id } = readManifest(own);
  const exit = readExit(filesIn(own));
  const { status, exitCode, signal } = exit === null ? { status: "lost" as const, exitCode: null, signal: null } : outcomeOf(exit);
  // Which experiment it belongs to is known where it is taken in.
  return { answer: { runId, launchId: id, experimentId: "", status, exitCode, signal }, exitCode: code };
}
