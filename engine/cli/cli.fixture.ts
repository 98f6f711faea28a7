import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";

// The bundle that users run; `node esbuild.mjs` makes it.
const bundle = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Result>;
  /** Resolved once it has said this, with all that it said by then. */
  said(text: string): Promise<string>;
}

export interface Shell {
  /** A folder of the test's own, with an engine of its own; both go with the test file. */
  readonly folder: string;
  start(...args: string[]): Started;
  touchstone(...args: string[]): Promise<Result>;
}

/** The `touchstone` command, called as a person does in a folder of their own. */
export function openShell(prefix: string): Shell {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  const env = { ...process.env, TOUCHSTONE_RUNTIME_DIR: folder, TOUCHSTONE_IDLE_MS: "60000" };
  const start = (...args: string[]): Started => {
    const child = spawn(process.execPath, [bundle, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const out = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (out.stderr += text));
    return {
      child,
      ended: new Promise((resolve) => child.once("close", (code) => resolve({ code, ...out }))),
      said: (text) =>
        new Promise((resolve, reject) => {
          const look = (): void => void (`${out.stdout}${out.stderr}`.includes(text) && resolve(`${out.stdout}${out.stderr}`));
          for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
          child.once("close", () => reject(new Error(`It ended without saying ${text}: ${out.stdout}${out.stderr}`)));
          look();
        }),
    };
  };
  before(() => assert.ok(existsSync(bundle), "dist/cli.cjs is missing; run: node esbuild.mjs"));
  after(async () => {
    await start("stop", "--all", "--grace", "0").ended;
    await start("stop").ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return { folder, start, touchstone: (...args) => start(...args).ended };
}
