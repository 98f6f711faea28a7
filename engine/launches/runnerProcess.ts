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

/** A spare runner boots while the script before it runs, and is given up when nobody launches for long. */
const SPARE_AFTER_MS = 500;
const SPARE_LIFE_MS = 5 * 60 * 1000;

/** Gives runners; whoever launches again and again gets one that has booted already. */
export class Runners {
  #spare: RunnerProcess | null = null;
  #timer: NodeJS.Timeout | undefined;

  take(): RunnerProcess {
    const runner = this.#spare ?? new RunnerProcess();
    this.#spare = null;
    this.#later(SPARE_AFTER_MS, () => this.warm());
    return runner;
  }

  /** Boots a spare one, if there is none: now that the machine is free. */
  warm(): void {
    if (this.#spare === null) {
      const spare = new RunnerProcess();
      this.#spare = spare;
      void spare.gone.then(() => {
        if (this.#spare === spare) this.#spare = null;
      });
    }
    this.#later(SPARE_LIFE_MS, () => this.close());
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#spare?.dismiss();
    this.#spare = null;
  }

  #later(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms).unref();
  }
}
