import { type SpawnOptions, spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "./entry.mjs";

/** What one suite did. `ended` is false where it stopped before its own summary. */
export interface SuiteResult {
  readonly passed: number;
  readonly failures: readonly { readonly title: string; readonly error: string }[];
  readonly notRun: readonly { readonly title: string; readonly because: string }[];
  readonly ended: boolean;
}

export interface Context {
  /** The Python with the packages of the lock file. */
  readonly python: string;
  readonly long: boolean;
  say(line: string): void;
}

export interface Suite {
  readonly name: string;
  run(context: Context): Promise<SuiteResult>;
}

/** One line of a machine-readable report, as reporters of node:test, mocha and unittest here write them. */
export type ReportLine =
  | { readonly k: "pass"; readonly title: string }
  | { readonly k: "fail"; readonly title: string; readonly error: string }
  | { readonly k: "skip"; readonly title: string; readonly because: string }
  | { readonly k: "empty"; readonly title: string }
  | { readonly k: "end" };

export function collect(lines: readonly ReportLine[]): SuiteResult {
  const failures: { title: string; error: string }[] = [];
  const notRun: { title: string; because: string }[] = [];
  let passed = 0;
  for (const line of lines) {
    if (line.k === "pass") passed++;
    else if (line.k === "fail") failures.push({ title: line.title, error: line.error });
    else if (line.k === "skip") notRun.push({ title: line.title, because: line.because });
    else if (line.k === "empty") failures.push({ title: line.title, error: "This file reports no test." });
  }
  return { passed, failures, notRun, ended: lines.some((line) => line.k === "end") };
}

/** Lines of JSON; what is not a line of a report (a process that was killed in the middle) is left out. */
export function parseReport(text: string): ReportLine[] {
  return text.split("\n").flatMap((line) => {
    try {
      // SAFETY: our own reporters write these lines; `collect` looks at the fields it needs.
      return line.startsWith("{") ? [JSON.parse(line) as ReportLine] : [];
    } catch {
      return [];
    }
  });
}

/** Runs a program whose exit code is the whole answer: one test. Its output goes to test/out/logs and to the failure. */
export async function runProgram(name: string, program: string, args: readonly string[], options: SpawnOptions = {}): Promise<SuiteResult> {
  const { code, output } = await runLogged(name, program, args, options);
  const failures = code === 0 ? [] : [{ title: name, error: output.trim() || `It ended with ${code}.` }];
  return { passed: code === 0 ? 1 : 0, failures, notRun: [], ended: true };
}

/** Runs a program with its output in test/out/logs/<name>.log; returns the last 200 kB of it. */
export async function runLogged(name: string, program: string, args: readonly string[], options: SpawnOptions = {}): Promise<{ code: number; output: string }> {
  const logs = join(root, "test", "out", "logs");
  mkdirSync(logs, { recursive: true });
  const log = createWriteStream(join(logs, `${name}.log`));
  const child = spawn(program, [...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      log.write(text);
      output = (output + text).slice(-200_000);
    });
  }
  const [code]: (number | null)[] = await once(child, "close");
  log.end();
  return { code: code ?? 1, output };
}

/** What counts: a suite that reports nothing, or ends without its summary, has failed. */
export function judged(name: string, result: SuiteResult): SuiteResult {
  const failures = [...result.failures];
  if (!result.ended) failures.push({ title: name, error: `The suite ended without its summary; see test/out/logs/${name}.log` });
  else if (result.passed + result.failures.length + result.notRun.length === 0) failures.push({ title: name, error: "The suite reports no test." });
  return { ...result, failures };
}
