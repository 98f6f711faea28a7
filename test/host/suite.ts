import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { once } from "node:events";
import { basename, join } from "node:path";
import * as esbuild from "esbuild";
import { root } from "../run/entry.mjs";
import { collect, type Context, parseReport, type ReportLine, type SuiteResult } from "../run/suite.ts";
import { openSession } from "./session.ts";

export interface EditorSuite {
  readonly name: string;
  /** With workspace trust on; then `test/editor/*.trust.suite.ts` run, otherwise the others. */
  readonly trust: boolean;
}

/** Packages that a bundled suite loads as they are: native ones and the test runner itself. */
const external = ["vscode", "mocha", "better-sqlite3", "@duckdb/node-api", "onnxruntime-node", "@lydell/node-pty"];

/** Longest silence between two tests: mocha's own limit of a test is one minute. */
const SILENCE = 120_000;

/** Runs mocha suites inside the extension host of a real VS Code, on a copy of the sample project. */
export async function editorSuite({ name, trust }: EditorSuite, context: Context): Promise<SuiteResult> {
  const files = globSync("test/editor/*.suite.ts", { cwd: root }).filter((file) => file.endsWith(".trust.suite.ts") === trust);
  if (files.length === 0) return { passed: 0, failures: [], notRun: [], ended: true };
  const bundles = await bundle(name, files);
  const extensions = trust ? [] : await standIns(bundles, context.python);

  const report = await listen();
  try {
    const session = await openSession({
      folder: join(root, "media", "sample-project"),
      trust,
      testsPath: join(bundles, "run.cjs"),
      extensions,
      output: join(root, "test", "out", name),
      env: { TOUCHSTONE_REPORT_PORT: String(report.port), TOUCHSTONE_TEST_PYTHON: context.python, ...(context.long ? { TOUCHSTONE_LONG: "1" } : {}) },
    });
    try {
      await report.finished();
      const faults = session.faults().map((line): ReportLine => ({ k: "fail", title: "the extension's log", error: line }));
      const result = collect([...parseReport(report.text()), ...faults]);
      if (!result.ended || result.failures.length > 0) context.say(session.window.log.slice(-20).join("\n"));
      return result;
    } finally {
      await session.close();
    }
  } finally {
    report.close();
  }
}

/** One CommonJS file a suite, as the extension host loads it. Returns their folder. */
export async function bundle(name: string, files: readonly string[]): Promise<string> {
  const outdir = join(root, "test", "out", `bundles-${name}`);
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  await esbuild.build({
    entryPoints: ["test/editor/run.ts", ...files].map((file) => ({ in: join(root, file), out: basename(file, ".ts") })),
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    sourcemap: "inline",
    logLevel: "error",
    external,
    define: { "import.meta.url": "__bundleUrl", "import.meta.main": "false" },
    banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
  });
  if (!existsSync(join(outdir, "run.cjs"))) throw new Error("The suites' own runner was not built.");
  return outdir;
}

/** Folder in test/editor/extensions and the extension that it stands in for. */
const STAND_INS = { jupyter: "ms-toolsai.jupyter", debugpy: "ms-python.debugpy" };

/** Builds one of test/editor/extensions as an extension in the folder `target`, whose name is `<publisher>.<name>-<version>`. Gives it back. */
export async function buildStandIn(name: string, target: string): Promise<string> {
  const source = join(root, "test/editor/extensions", name);
  cpSync(source, target, { recursive: true, filter: (path) => !/\.ts$|manifest\.json$/.test(path) });
  // Under its own name it would make its folder one of CommonJS for the compiler.
  cpSync(join(source, "manifest.json"), join(target, "package.json"));
  await esbuild.build({ entryPoints: [join(source, "extension.ts")], outfile: join(target, "extension.cjs"), bundle: true, platform: "node", format: "cjs", target: "node22", logLevel: "error", external: ["vscode"] });
  return target;
}

/** Stand-ins for extensions of the marketplace, built from test/editor/extensions. Returns their folders. */
async function standIns(bundles: string, python: string): Promise<string[]> {
  const folders: string[] = [];
  for (const name of ["jupyter", "debugpy"] as const) {
    folders.push(await buildStandIn(name, join(bundles, "extensions", `${STAND_INS[name]}-0.0.1`)));
  }
  // The Python Debugger extension brings debugpy along there.
  const debugpy = spawnSync(python, ["-c", "import debugpy, os; print(os.path.dirname(debugpy.__file__))"], { encoding: "utf8" }).stdout.trim();
  const libs = join(bundles, "extensions", `${STAND_INS.debugpy}-0.0.1`, "bundled", "libs");
  mkdirSync(libs, { recursive: true });
  symlinkSync(debugpy, join(libs, "debugpy"));
  return folders;
}

/** A local port that takes the report's lines. `finished` resolves with its end, or after a long silence. */
export async function listen(): Promise<{ port: number; text(): string; finished(): Promise<void>; close(): void }> {
  let text = "";
  const sockets = new Set<Socket>();
  const server = createServer();
  const finished = new Promise<void>((resolve) => {
    let silence = setTimeout(resolve, SILENCE);
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        clearTimeout(silence);
        silence = setTimeout(resolve, SILENCE);
      });
      socket.on("error", () => resolve()).on("close", () => {
        clearTimeout(silence);
        resolve();
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No local port was given.");
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: address.port, text: () => text, finished: () => finished, close };
}
