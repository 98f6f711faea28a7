import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { TouchstoneError } from "../api/tokens.ts";
import { ownEnvironment } from "../platform/environment.ts";
import type { PrivateFolder } from "./private.ts";
import type { StartReport } from "./report.ts";

const MAX_LOG_BYTES = 1024 * 1024;
/** A start that migrates a large store takes long; a process that hangs is given up. */
const START_MS = 120_000;

/**
 * Starts an engine that outlives this process. Resolved once it serves, found another engine in its place, or ended without a word.
 * @throws TouchstoneError the engine's own, why it cannot serve this store.
 */
export async function startEngine(entry: string, folder: string, files: PrivateFolder, args: readonly string[] = []): Promise<"ready" | "taken" | "died"> {
  const log = openSync(files.logFile, logIsLarge(files.logFile) ? "w" : "a", 0o600);
  const child = spawn(process.execPath, [entry, "--folder", folder, ...args], {
    detached: true,
    // The engine holds no folder of the person's busy.
    cwd: homedir(),
    env: ownEnvironment(),
    stdio: ["ignore", "pipe", log],
    windowsHide: true,
  });
  closeSync(log);
  const report = await firstReport(child);
  child.unref();
  child.stdout?.destroy();
  if (report === null) return "died";
  if (report.state === "failed") throw new TouchstoneError(report.error);
  return report.state;
}

/** What an engine process says about its start; null when it ended or hung without a word. */
export async function firstReport(child: ChildProcess): Promise<StartReport | null> {
  return parse(await firstLine(child));
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const settle = (): void => {
      clearTimeout(timer);
      resolve(text);
    };
    const timer = setTimeout(settle, START_MS);
    child.on("error", settle);
    child.stdout?.setEncoding("utf8");
    child.stdout?.on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) settle();
    });
    child.stdout?.on("close", settle);
  });
}

function parse(line: string): StartReport | null {
  try {
    // SAFETY: the line is this program's own; anything else has no known state and counts as no report.
    const report = JSON.parse(line) as StartReport;
    return report.state === "ready" || report.state === "taken" || report.state === "failed" ? report : null;
  } catch {
    return null;
  }
}

function logIsLarge(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES;
}
