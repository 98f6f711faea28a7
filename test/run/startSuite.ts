import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { launchBrowser } from "../host/browser.ts";
import { Workbench } from "../host/workbench.ts";
import { cacheFolder, root } from "./entry.mjs";
import type { SuiteResult } from "./suite.ts";

/**
 * `npm start` where no desktop VS Code is: the address that it prints opens a window on a copy of the sample with the
 * lenses above the code; without its token the server answers nothing; Ctrl-C ends it.
 */
export async function startSuite(): Promise<SuiteResult> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-start-")));
  const failures: { title: string; error: string }[] = [];
  let passed = 0;
  const check = async (title: string, run: () => Promise<void>): Promise<void> => {
    try {
      await run();
      passed++;
    } catch (error) {
      failures.push({ title, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };

  // The cache stays the one of the tests, the rest of this home is new: no desktop VS Code, no copy of the sample yet.
  const env = { ...process.env, HOME: home, USERPROFILE: home, XDG_RUNTIME_DIR: home, TOUCHSTONE_CACHE: cacheFolder() };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "test", "run", "start.ts"), "--host", "--no-open", "--data", join(home, "host")], { env, stdio: ["ignore", "pipe", "inherit"] });
  const browser = await launchBrowser();
  try {
    const address = await printedAddress(child.stdout);
    await check("without its token the server answers nothing", async () => {
      const answer = await fetch(address.replace(/&tkn=\w+/, ""));
      assert.equal(answer.status, 403);
    });
    await check("the sample opens with lenses above its code", async () => {
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
      await page.goto(address);
      const folder = join(home, "touchstone-sample");
      const window = new Workbench({ page, folder, output: join(root, "test", "out", "start"), hostData: home, log: [] });
      await window.editor("train.py").lens("Run & track").waitFor();
      await window.screenshot("first-window");
    });
    await check("Ctrl-C ends it", async () => {
      const exit = once(child, "exit");
      child.kill("SIGINT");
      await exit;
      await assert.rejects(fetch(address), "nobody listens any more");
    });
  } finally {
    child.kill("SIGINT");
    await browser.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
  return { passed, failures, notRun: [], ended: true };
}

async function printedAddress(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [address] = /http:\S+/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error("npm start ended without an address.");
}
