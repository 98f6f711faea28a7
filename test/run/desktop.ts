import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
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
  for (const program of places()) {
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

function places(): string[] {
  const home = homedir();
  if (process.platform === "darwin") {
    const inside = "Visual Studio Code.app/Contents/Resources/app/bin/code";
    return ["code", join("/Applications", inside), join(home, "Applications", inside)].filter(exists);
  }
  if (process.platform === "win32") {
    const inside = "Microsoft VS Code\\bin\\code.cmd";
    const folders = [join(process.env["LOCALAPPDATA"] ?? "", "Programs"), process.env["PROGRAMFILES"] ?? ""];
    return ["code.cmd", ...folders.map((folder) => join(folder, inside))].filter(exists);
  }
  return ["code", "/usr/share/code/bin/code", "/snap/bin/code", "/opt/visual-studio-code/bin/code", "/var/lib/flatpak/exports/bin/com.visualstudio.code"].filter(exists);
}

/** Names without a folder are looked up on PATH when they are run. */
const exists = (program: string): boolean => !/[\\/]/.test(program) || existsSync(program);

/** Whether a window can be shown at all. */
export const hasDisplay = (): boolean => process.platform !== "linux" || Boolean(process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"]);

/**
 * Downloads desktop VS Code through @vscode/test-electron, kept in the cache folder; returns its `code` command.
 * The package itself is fetched for it, at the version of the lock file: running from a checkout installs no test packages.
 */
export async function downloadDesktop(): Promise<string> {
  const manifest: { devDependencies: Record<string, string> } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version = manifest.devDependencies["@vscode/test-electron"];
  const folder = join(cacheFolder(), "test-electron", String(version));
  if (!existsSync(join(folder, "node_modules", "@vscode", "test-electron"))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    npm(["install", "--ignore-scripts", "--no-audit", "--no-fund", `@vscode/test-electron@${version}`], { cwd: folder });
  }
  const electron: typeof import("@vscode/test-electron") = createRequire(join(folder, "package.json"))("@vscode/test-electron");
  const executable = await electron.downloadAndUnzipVSCode({ cachePath: join(cacheFolder(), "vscode-desktop"), version: "stable" });
  return electron.resolveCliPathFromVSCodeExecutablePath(executable);
}
