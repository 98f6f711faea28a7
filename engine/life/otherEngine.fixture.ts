import { readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import * as esbuild from "esbuild";
import { latestVersion } from "../store/migrations.ts";

/**
 * Builds this very engine under another version number into a folder; gives its entry.
 * @param migration SQL of one more step of the store's schema.
 */
export async function buildEngine(folder: string, version: string, migration?: string): Promise<string> {
  const root = resolve(import.meta.dirname, "../..");
  await esbuild.build({
    entryPoints: { engine: join(root, "engine/main.ts"), writer: join(root, "engine/store/writer.ts"), runner: join(root, "engine/launches/runner.ts") },
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["better-sqlite3", "@duckdb/node-api", "@duckdb/node-bindings", "onnxruntime-node", "@lydell/node-pty", "@tensorflow/tfjs"],
    define: { "import.meta.url": "__bundleUrl" },
    banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "error",
    plugins: [
      {
        name: "another version",
        setup: (build) => {
          build.onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => (path === join(root, "package.json") ? { contents: JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), version }), loader: "json" } : undefined));
          if (migration === undefined) return;
          const step = `  { version: ${latestVersion() + 1}, sql: ${JSON.stringify(migration)} },\n`;
          build.onLoad({ filter: /[\\/]store[\\/]migrations\.ts$/ }, ({ path }) => ({ contents: readFileSync(path, "utf8").replace("\n];\n", `\n${step}];\n`), loader: "ts" }));
        },
      },
    ],
  });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return join(folder, "engine.cjs");
}
