import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./entry.mjs";
import { editorSuite } from "../host/suite.ts";
import { journeySuite } from "./journeys.ts";
import { compareFiles, LIMIT_MB, packageExtension } from "./package.ts";
import { startSuite } from "./startSuite.ts";
import { type Context, collect, parseReport, runLogged, runProgram, type Suite, type SuiteResult } from "./suite.ts";

const bin = (name: string): string => join(root, "node_modules", ".bin", process.platform === "win32" ? `${name}.cmd` : name);
const shell = process.platform === "win32";

/** Every suite of `npm test`, in order: what is quick and tells most comes first. */
export const suites: readonly Suite[] = [
  { name: "build", run: () => runProgram("build", process.execPath, ["esbuild.mjs"]) },
  { name: "types", run: () => runProgram("types", bin("tsc"), ["-p", "."], { shell }) },
  { name: "lint", run: () => runProgram("lint", bin("oxlint"), ["--type-aware", "--deny-warnings"], { shell }) },
  { name: "architecture", run: (context) => nodeTests("architecture", ["test/architecture/*.test.ts"], context) },
  { name: "unit", run: (context) => nodeTests("unit", ["engine/**/*.test.ts", "extension/**/*.test.ts", "webviews/**/*.test.ts", "test/{run,host,fixtures,documents}/**/*.test.ts"], context) },
  { name: "python", run: (context) => nodeTests("python", ["engine/python/**/*.test.ts"], context) },
  { name: "webviews", run: (context) => nodeTests("webviews", ["test/webviews/**/*.test.ts"], context) },
  { name: "differential", run: (context) => nodeTests("differential", ["test/differential/**/*.test.ts"], context) },
  { name: "package", run: packageSuite },
  { name: "editor", run: (context) => editorSuite({ name: "editor", trust: false }, context) },
  { name: "editor-trust", run: (context) => editorSuite({ name: "editor-trust", trust: true }, context) },
  { name: "start", run: startSuite },
  { name: "journeys", run: journeySuite },
];

async function nodeTests(name: string, patterns: readonly string[], context: Context): Promise<SuiteResult> {
  const files = globSync([...patterns], { cwd: root })
    .filter((file) => name === "python" || !/^engine[\\/]python[\\/]/.test(file))
    .sort();
  if (files.length === 0) return { passed: 0, failures: [], notRun: [], ended: true };
  const report = join(root, "test", "out", "logs", `${name}.jsonl`);
  mkdirSync(join(report, ".."), { recursive: true });
  rmSync(report, { force: true });
  const args = ["--disable-warning=ExperimentalWarning", "--test", "--test-concurrency=2"];
  args.push("--test-reporter=./test/run/reporter.mjs", `--test-reporter-destination=${report}`, "--test-reporter=spec", "--test-reporter-destination=stdout");
  const env = { ...process.env, TOUCHSTONE_TEST_PYTHON: context.python, ...(context.long ? { TOUCHSTONE_LONG: "1" } : {}) };
  const { code, output } = await runLogged(name, process.execPath, [...args, ...files], { env });
  const result = collect(existsSync(report) ? parseReport(readFileSync(report, "utf8")) : []);
  if (code === 0 || result.failures.length > 0) return result;
  return { ...result, failures: [{ title: name, error: `The runner ended with ${code}:\n${output.slice(-2000)}` }] };
}

/** The VSIX: two tests, its size and its files. */
async function packageSuite(): Promise<SuiteResult> {
  const { bytes, files } = await packageExtension(() => undefined);
  const failures: { title: string; error: string }[] = [];
  if (bytes > LIMIT_MB * 1e6) failures.push({ title: "size of the VSIX", error: `${(bytes / 1e6).toFixed(1)} MB of at most ${LIMIT_MB} MB` });
  const differences = compareFiles(files);
  if (differences.length > 0) failures.push({ title: "files of the VSIX", error: `${differences.join("\n")}\nnpm run package -- --update takes them over.` });
  return { passed: 2 - failures.length, failures, notRun: [], ended: true };
}
