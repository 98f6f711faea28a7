// npm run package [-- --update]: a VSIX for this platform, its size against the limit, its files against a golden list.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./entry.mjs";
import { copyNatives, target } from "./natives.ts";
import { runLogged } from "./suite.ts";

/** A VSIX larger than this is not published. DuckDB and ONNX Runtime are nine tenths of it. */
export const LIMIT_MB = 60;

const golden = join(root, "test", "fixtures", "vsix-files.txt");

export interface Packaged {
  readonly vsix: string;
  readonly bytes: number;
  /** Paths in the VSIX, sorted; of a package in dist/node_modules only which kinds of files it has, the same on every platform. */
  readonly files: readonly string[];
}

let made: Promise<Packaged> | undefined;

/** Makes the VSIX once per process. What goes in is collected in a folder of its own, so that nothing else can slip in. */
export function packageExtension(say: (line: string) => void): Promise<Packaged> {
  made ??= make(say);
  return made;
}

async function make(say: (line: string) => void): Promise<Packaged> {
  const stage = join(root, "test", "out", "stage");
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  say("Building …");
  await checked("package-build", process.execPath, ["esbuild.mjs", "--minify", `--out=${join(stage, "dist")}`], root);
  copyNatives(join(stage, "dist"));
  for (const name of ["README.md", "CHANGELOG.md", "LICENSE", "media", "schemas", "l10n", ".vscodeignore"]) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(stage, name), { recursive: true, filter: (path) => !/[\\/](\.touchstone|__pycache__)$/.test(path) });
  }
  const manifest: Record<string, unknown> & { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  // Nothing is installed or built after packaging.
  for (const key of ["scripts", "dependencies", "devDependencies", "optionalDependencies", "allowScripts", "private"]) delete manifest[key];
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

  const vsix = join(root, "test", "out", `touchstone-${target}-${manifest.version}.vsix`);
  say("Packaging …");
  const vsce = join(root, "node_modules", "@vscode", "vsce", "vsce");
  // The pictures travel in the package, so the README keeps its relative links.
  const args = ["package", "--no-dependencies", "--no-rewrite-relative-links", "--allow-missing-repository", "--skip-license", "--target", target, "--out", vsix];
  await checked("package", process.execPath, [vsce, ...args], stage);
  const files = readdirSync(stage, { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile() && entry.name !== ".vscodeignore")
    .map((entry) => join(entry.parentPath, entry.name).slice(stage.length + 1).replaceAll("\\", "/"))
    .map(generalised);
  return { vsix, bytes: statSync(vsix).size, files: [...new Set(files)].sort() };
}

function generalised(path: string): string {
  const [, name] = /^dist\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
  if (name === undefined) return path;
  const kind = /\.(json|[cm]?js)$/.test(path) ? "code" : /\.(node|so|dylib|dll|exe)(\.[\d.]+)?$|spawn-helper$/.test(path) ? "native" : "text";
  return `dist/node_modules/${name.replaceAll(target, "<target>")}: ${kind}`;
}

/** What the package lacks or has too much, against the golden list; empty where they agree. */
export function compareFiles(files: readonly string[]): string[] {
  const wanted = existsSync(golden) ? readFileSync(golden, "utf8").split("\n").filter(Boolean) : [];
  return [...wanted.filter((file) => !files.includes(file)).map((file) => `missing: ${file}`), ...files.filter((file) => !wanted.includes(file)).map((file) => `not in the list: ${file}`)];
}

async function checked(name: string, program: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await runLogged(name, program, args, { cwd });
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${output}`);
}

async function main(): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const { vsix, bytes, files } = await packageExtension(say);
  const megabytes = bytes / 1e6;
  say(`${vsix}\n${megabytes.toFixed(1)} MB of at most ${LIMIT_MB} MB, ${files.length} files`);
  if (process.argv.includes("--update")) writeFileSync(golden, `${files.join("\n")}\n`);
  const differences = compareFiles(files);
  if (differences.length > 0) say(`Its files are not those of ${golden} (npm run package -- --update takes them over):\n  ${differences.join("\n  ")}`);
  if (megabytes > LIMIT_MB) say("It is over the limit.");
  return differences.length === 0 && megabytes <= LIMIT_MB ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
