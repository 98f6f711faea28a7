// npm run test:desktop: the in-editor suite inside desktop VS Code, which @vscode/test-electron downloads into the cache folder.
import { cpSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, listen } from "../host/suite.ts";
import { downloadExecutable, hasDisplay, testElectron } from "./desktop.ts";
import { root } from "./entry.mjs";
import { preparePython } from "./python.ts";
import { collect, judged, parseReport, runProgram } from "./suite.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  if (!hasDisplay()) throw new Error("Not run: there is no display for VS Code's window (neither DISPLAY nor WAYLAND_DISPLAY is set). With Xvfb: xvfb-run -a npm run test:desktop");
  const electron = testElectron();
  say("Downloading desktop VS Code (about 150 MB, 450 MB on disk) into the cache folder, where it is not there yet …");
  const executable = await downloadExecutable(electron).catch((error: unknown) => {
    throw new Error(`Not run: desktop VS Code could not be downloaded (${error instanceof Error ? error.message : String(error)}). The same suite runs with VS Code's server from npm: npm test -- editor`);
  });
  const built = await runProgram("build", process.execPath, ["esbuild.mjs"]);
  if (built.failures.length > 0) throw new Error("The build failed; see test/out/logs/build.log.");
  const python = await preparePython(say);
  const bundles = await bundle("editor", globSync("test/editor/*.suite.ts", { cwd: root }).filter((file) => !file.endsWith(".trust.suite.ts")));
  const temporary = mkdtempSync(join(tmpdir(), "tsd-"));
  const folder = join(temporary, "sample-project");
  cpSync(join(root, "media", "sample-project"), folder, { recursive: true, filter: (path) => !/[\\/](\.touchstone|__pycache__)$/.test(path) });
  const report = await listen();
  try {
    const asRoot = process.platform === "linux" && process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const ended = electron.runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: root,
      extensionTestsPath: join(bundles, "run.cjs"),
      launchArgs: [folder, "--disable-workspace-trust", `--user-data-dir=${join(temporary, "user")}`, `--extensions-dir=${join(temporary, "extensions")}`, ...asRoot],
      extensionTestsEnv: { TOUCHSTONE_REPORT_PORT: String(report.port), TOUCHSTONE_TEST_PYTHON: python, TOUCHSTONE_RUNTIME_DIR: join(temporary, "run") },
    });
    await Promise.race([report.finished(), ended]);
    await ended.catch(() => undefined);
    const result = judged("desktop", collect(parseReport(report.text())));
    for (const { title, error } of result.failures) say(`✗ ${title}\n    ${error}`);
    say(`${result.passed} passed, ${result.failures.length} failed`);
    process.exitCode = result.failures.length === 0 ? 0 : 1;
  } finally {
    report.close();
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
