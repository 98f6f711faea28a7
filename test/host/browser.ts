import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const programs: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable"],
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ],
  win32: ["Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe", "Chromium/Application/chrome.exe"],
};

/** An installed Chrome, Chromium or Edge, else one that Playwright downloaded before, else null. `TOUCHSTONE_BROWSER` names another. */
export function findBrowser(): string | null {
  const named = process.env["TOUCHSTONE_BROWSER"];
  if (named !== undefined) return named;
  for (const name of programs[process.platform] ?? []) {
    const found = process.platform === "linux" ? onPath(name) : process.platform === "win32" ? inProgramFiles(name) : existsSync(name) ? name : null;
    if (found !== null) return found;
  }
  const downloaded = chromium.executablePath();
  return existsSync(downloaded) ? downloaded : null;
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error("No Chrome, Chromium or Edge is installed; `npm test` says how to get one.");
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage", "--force-color-profile=srgb", "--font-render-hinting=none"],
  });
}

function onPath(name: string): string | null {
  try {
    return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() || null;
  } catch {
    return null;
  }
}

function inProgramFiles(name: string): string | null {
  const folders = [process.env["PROGRAMFILES"], process.env["PROGRAMFILES(X86)"], process.env["LOCALAPPDATA"]];
  return folders.flatMap((folder) => (folder === undefined ? [] : [join(folder, name)])).find(existsSync) ?? null;
}
