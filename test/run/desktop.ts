import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join, posix, win32 } from "node:path";
import { cacheFolder, npm, root } from "./entry.mjs";

/** The oldest VS Code that the manifest accepts. */
const OLDEST = [1, 101] as const;

export interface Desktop {
  /** The `code` command, not the application. */
  readonly program: string;
  readonly version: string;
}

/** VS Code on PATH or in its usual places, new enough; null where there is none. */
export function findDesktop(): Desktop | null {
  for (const program of usualPlaces(process.platform, homedir(), process.env).filter(exists)) {
    // A user-data folder is demanded where VS Code runs as root.
    const result = spawnSync(program, ["--version", "--user-data-dir", join(cacheFolder(), "vscode-user-data")], {
      encoding: "utf8",
      shell: program.endsWith(".cmd"),
      timeout: 20_000,
    });
    const version = result.status === 0 ? (result.stdout.split("\n")[0]?.trim() ?? "") : "";
    if (isNewEnough(version)) return { program, version };
  }
  return null;
}

/** Whether `1.101.0` and its like is at least the oldest that the manifest accepts. */
export function isNewEnough(version: string): boolean {
  const [, major = "", minor = ""] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === "") return false;
  return Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]);
}

/** Where the `code` command may be, the one of PATH first. */
export function usualPlaces(platform: NodeJS.Platform, home: string, env: Readonly<Record<string, string | undefined>>): string[] {
  if (platform === "darwin") {
    const inside = "Visual Studio Code.app/Contents/Resources/app/bin/code";
    return ["code", posix.join("/Applications", inside), posix.join(home, "Applications", inside)];
  }
  if (platform === "win32") {
    const inside = "Microsoft VS Code\\bin\\code.cmd";
    const folders = [env["LOCALAPPDATA"] === undefined ? null : win32.join(env["LOCALAPPDATA"], "Programs"), env["PROGRAMFILES"] ?? null];
    return ["code.cmd", ...folders.flatMap((folder) => (folder === null ? [] : [win32.join(folder, inside)]))];
  }
  return ["code", "/usr/share/code/bin/code", "/snap/bin/code", "/opt/visual-studio-code/bin/code", "/var/lib/flatpak/exports/bin/com.visualstudio.code"];
}

/** How a window is opened with this checkout's extension in it. */
export interface DesktopWindow {
  readonly folder: string;
  /** A file to begin with, and its line from 1. */
  readonly script?: { readonly path: string; readonly line: number };
  readonly userData: string;
  /** True where the folder is this repository's own code. */
  readonly trusted: boolean;
  /** Linux' root may start VS Code only without its sandbox. */
  readonly asRoot: boolean;
}

/** The command that opens a window. A `.cmd` needs a shell, and a shell quotes. */
export function desktopCommand(program: string, { folder, script, userData, trusted, asRoot }: DesktopWindow): { readonly program: string; readonly args: readonly string[]; readonly shell: boolean } {
  const args = [`--user-data-dir=${userData}`, `--extensionDevelopmentPath=${root}`, "--new-window", ...(asRoot ? ["--no-sandbox"] : []), ...(trusted ? ["--disable-workspace-trust"] : []), folder];
  if (script !== undefined) args.push("--goto", `${script.path}:${script.line}`);
  const shell = program.endsWith(".cmd");
  return shell ? { program: `"${program}"`, args: args.map((argument) => `"${argument}"`), shell } : { program, args, shell };
}

/** Names without a folder are looked up on PATH when they are run. */
const exists = (program: string): boolean => !/[\\/]/.test(program) || existsSync(program);

/** Whether a window can be shown at all. */
export function hasDisplay(platform: NodeJS.Platform = process.platform, env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return platform !== "linux" || Boolean(env["DISPLAY"]) || Boolean(env["WAYLAND_DISPLAY"]);
}

/** @vscode/test-electron, fetched at the version of the lock file where it is not installed: running from a checkout installs no test packages. */
export function testElectron(): typeof import("@vscode/test-electron") {
  const manifest: { devDependencies: Record<string, string> } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version = manifest.devDependencies["@vscode/test-electron"];
  try {
    return createRequire(join(root, "package.json"))("@vscode/test-electron");
  } catch {
    // Not installed here.
  }
  const folder = join(cacheFolder(), "test-electron", String(version));
  if (!existsSync(join(folder, "node_modules", "@vscode", "test-electron"))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    npm(["install", "--ignore-scripts", "--no-audit", "--no-fund", `@vscode/test-electron@${version}`], { cwd: folder });
  }
  return createRequire(join(folder, "package.json"))("@vscode/test-electron");
}

/** Downloads desktop VS Code, kept in the cache folder; returns its executable. */
export function downloadExecutable(electron: typeof import("@vscode/test-electron")): Promise<string> {
  return electron.downloadAndUnzipVSCode({ cachePath: join(cacheFolder(), "vscode-desktop"), version: "stable" });
}

/** As `downloadExecutable`; returns its `code` command. */
export async function downloadDesktop(): Promise<string> {
  const electron = testElectron();
  return electron.resolveCliPathFromVSCodeExecutablePath(await downloadExecutable(electron));
}
