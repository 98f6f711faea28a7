import { spawn, type ChildProcess } from "node:child_process";
import { homedir } from "node:os";
import { entryPath } from "../platform/entries.ts";
import { ownEnvironment } from "../platform/environment.ts";
import type { RunnerOrder } from "./order.ts";

/** A runner that has been started and waits for its order: it boots while the launch is being recorded. */
export class RunnerProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  constructor() {
    this.#child = spawn(process.execPath, [entryPath("runner")], {
      // A session of its own: it outlives the engine and every window.
      detached: true,
      cwd: homedir(),
      env: ownEnvironment(),
      stdio: ["pipe", "ignore", "ignore"],
      windowsHide: true,
    });
    this.#child.stdin?.on("error", () => undefined);
    this.#gone = new Promise((resolve) => {
      this.#child.on("error", () => resolve());
      this.#child.on("exit", () => resolve());
    });
    this.#child.unref();
  }

  /** Resolved when the process is gone, also when it never came to life. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  give(order: RunnerOrder): void {
    this.#child.stdin?.end(JSON.stringify(order));
  }

  /** Nothing is to be run after all. */
  dismiss(): void {
    this.#child.kill("SIGKILL");
  }
}
