// Builds dist/. Node code becomes CommonJS (what VS Code's extension host loads fastest),
// webviews become ES modules. `--watch` rebuilds, `--minify` is for packaging, `--out=FOLDER` builds elsewhere.
import { oneFile } from "./engine/python/oneFile.mjs";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";

const watch = process.argv.includes("--watch");
const minify = process.argv.includes("--minify");
const out = process.argv.find((argument) => argument.startsWith("--out="))?.slice("--out=".length) ?? "dist";

/** Native or very large packages: loaded from node_modules (or dist/node_modules in the VSIX) at run time. */
const external = ["vscode", "better-sqlite3", "@duckdb/node-api", "@duckdb/node-bindings", "onnxruntime-node", "@lydell/node-pty"];

/** dist name → source. engine/platform/entries.ts finds them by the same names. */
const nodeEntries = {
  extension: "extension/extension.ts",
  engine: "engine/main.ts",
  commandLine: "engine/cli/cli.ts",
  runner: "engine/launches/runner.ts",
  writer: "engine/store/writer.ts",
  compute: "engine/compute/worker.ts",
  importer: "engine/importers/worker.ts",
  spans: "engine/traces/worker.ts",
  storage: "engine/storage/worker.ts",
  tensorflow: "engine/models/tensorflow.ts",
};

const existing = (entries) => Object.fromEntries(Object.entries(entries).filter(([, source]) => existsSync(source)));

/** Every folder webviews/<panel> with a main.ts is one panel: dist/webviews/<panel>.js. */
const panels = Object.fromEntries(
  (existsSync("webviews") ? readdirSync("webviews", { withFileTypes: true }) : [])
    .filter((entry) => entry.isDirectory() && existsSync(join("webviews", entry.name, "main.ts")))
    .map((entry) => [entry.name, join("webviews", entry.name, "main.ts")]),
);

const common = { bundle: true, sourcemap: minify ? false : "linked", minify, logLevel: "warning", metafile: false };

const node = {
  ...common,
  entryPoints: existing(nodeEntries),
  outdir: out,
  outExtension: { ".js": ".cjs" },
  platform: "node",
  format: "cjs",
  target: "node22",
  external,
  // Source files are ES modules and name their siblings by import.meta.url; in CommonJS it does not exist.
  define: { "import.meta.url": "__bundleUrl" },
  banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
};

/** The command's door is a file that loads the rest, after it has said where its compiled form is kept. */
const door = {
  ...node,
  entryPoints: { cli: "engine/cli/main.ts" },
  supported: { "dynamic-import": false },
  plugins: [{ name: "command-line", setup: (build) => build.onResolve({ filter: /^\.\/cli\.ts$/ }, () => ({ path: "./commandLine.cjs", external: true })) }],
};

const browser = {
  ...common,
  entryPoints: panels,
  outdir: join(out, "webviews"),
  platform: "browser",
  format: "esm",
  target: "es2022",
  loader: { ".css": "text" },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
if (existsSync("engine/capture/node")) {
  cpSync("engine/capture/node", join(out, "node"), { recursive: true, filter: (path) => !/\.c?ts$/.test(path) });
}
if (existsSync("engine/python")) {
  cpSync("engine/python", join(out, "python"), { recursive: true, filter: (path) => !path.includes("__pycache__") && !/\.(ts|mjs)$/.test(path) });
  writeFileSync(join(out, "python", "touchstone.py"), oneFile("engine/python"));
}
if (existsSync("node_modules/@vscode/codicons/dist")) {
  mkdirSync(join(out, "codicons"), { recursive: true });
  for (const name of ["codicon.css", "codicon.ttf"]) cpSync(join("node_modules/@vscode/codicons/dist", name), join(out, "codicons", name));
}

// Tabs cannot use theme icons in the oldest VS Code that is supported: each codicon becomes a light and a dark picture.
for (const [theme, color] of [["light", "#424242"], ["dark", "#c5c5c5"]]) {
  mkdirSync(join(out, "icons", theme), { recursive: true });
  for (const name of ["table", "beaker", "git-compare", "target", "tag", "list-unordered", "database"]) {
    const svg = readFileSync(join("node_modules/@vscode/codicons/src/icons", `${name}.svg`), "utf8");
    writeFileSync(join(out, "icons", theme, `${name}.svg`), svg.replaceAll("currentColor", color));
  }
}

for (const options of [node, door, browser]) {
  if (Object.keys(options.entryPoints).length === 0) continue;
  if (watch) await (await esbuild.context(options)).watch();
  else await esbuild.build(options);
}

// npm links the bin as it is; git and zip files do not always keep the mode.
if (existsSync(join(out, "cli.cjs"))) chmodSync(join(out, "cli.cjs"), 0o755);
