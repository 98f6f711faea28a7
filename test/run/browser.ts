import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { findBrowser } from "../host/browser.ts";
import { root } from "./entry.mjs";

/**
 * A browser for the tests: an installed one, else Debian's package where CI runs as root, else Playwright's download,
 * which a person is asked about.
 */
export async function prepareBrowser(say: (line: string) => void): Promise<void> {
  if (findBrowser() !== null) return;
  if (process.env["CI"] === "true" && process.platform === "linux" && process.getuid?.() === 0) {
    say("No Chrome, Chromium or Edge is installed: installing Debian's chromium (about 350 MB) …");
    run("apt-get", ["update", "-qq"]);
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"]);
  } else {
    if (process.env["CI"] !== "true" && !(await agreed())) throw new Error("Tests in the editor need Chrome, Chromium or Edge: install one, or name it in TOUCHSTONE_BROWSER.");
    run(process.execPath, [join(root, "node_modules", "playwright-core", "cli.js"), "install", "chromium"]);
  }
  if (findBrowser() === null) throw new Error("No Chrome, Chromium or Edge was found after installing one.");
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const questions = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await questions.question("No Chrome, Chromium or Edge is installed. Fetch Playwright's Chromium (about 170 MB) into its cache folder? [y/N] ");
  questions.close();
  return /^y(es)?$/i.test(answer.trim());
}

function run(program: string, args: readonly string[]): void {
  const result = spawnSync(program, args, { stdio: "inherit" });
  if (result.status !== 0) throw new Error(`${program} ${args.join(" ")} failed.`);
}
