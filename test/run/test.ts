// npm test [-- suite …] [--long]: every suite, its time, what did not run and why, `N passed, N failed` last.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { prepareBrowser } from "./browser.ts";
import { installHost } from "../host/install.ts";
import { otherPythons, prepareOtherPython, preparePython } from "./python.ts";
import { judged, type Context } from "./suite.ts";
import { suites } from "./suites.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { long: { type: "boolean", default: false } } });
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  say(`No suite is called ${unknown.join(", ")}; there are: ${suites.map((suite) => suite.name).join(", ")}`);
  process.exit(2);
}
const chosen = positionals.length === 0 ? suites : suites.filter((suite) => positionals.includes(suite.name));
const wants = (...names: readonly string[]): boolean => chosen.some((suite) => names.includes(suite.name));

say(`Node ${process.versions.node}, ${process.platform}-${process.arch}, ${availableParallelism()} cores`);
const python = wants("unit", "python", "differential", "editor", "editor-trust", "journeys") ? await preparePython(say) : "";
if (wants("unit")) for (const name of otherPythons()) await prepareOtherPython(name, say);
if (wants("webviews", "editor", "editor-trust", "start", "journeys")) await prepareBrowser(say);
if (wants("editor", "editor-trust", "start", "journeys")) installHost(say);
const context: Context = { python, long: values.long, say };

let passed = 0;
const failures: { suite: string; title: string; error: string }[] = [];
const notRun: { suite: string; title: string; because: string }[] = [];
for (const suite of chosen) {
  const start = performance.now();
  const result = judged(suite.name, await suite.run(context).catch(broken));
  passed += result.passed;
  failures.push(...result.failures.map((failure) => ({ suite: suite.name, ...failure })));
  notRun.push(...result.notRun.map((test) => ({ suite: suite.name, ...test })));
  const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(7);
  say(`${result.failures.length === 0 ? "✓" : "✗"} ${suite.name.padEnd(14)}${seconds} s  ${result.passed} passed, ${result.failures.length} failed`);
  for (const { title, error } of result.failures) say(indent(`✗ ${title}\n${indent(shortened(error))}`));
}
for (const { suite, title, because } of notRun) say(`not run: ${suite}: ${title} because ${because}`);
if (notRun.length > 0) say(`${notRun.length} not run`);
if (failures.length > 0) say(`\nFailed:\n${failures.map(({ suite, title }) => `  ${suite}: ${title}`).join("\n")}`);
say(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** A suite that throws has failed as a whole. */
function broken(error: unknown): { passed: 0; failures: { title: string; error: string }[]; notRun: []; ended: true } {
  return { passed: 0, failures: [{ title: "the suite itself", error: error instanceof Error ? (error.stack ?? error.message) : String(error) }], notRun: [], ended: true };
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}

function shortened(error: string): string {
  const lines = error.split("\n");
  return lines.length <= 40 ? error : [...lines.slice(0, 30), `… ${lines.length - 40} lines …`, ...lines.slice(-10)].join("\n");
}
