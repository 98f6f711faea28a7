import { processStart } from "../platform/processes.ts";
import { interruptGroup, listProcesses, processesWith, signalAll, treeOf, type ProcessId, type ProcessInfo } from "../platform/tree.ts";

export const DEFAULT_GRACE_MS = 5000;

/** The processes of a launch, remembered while they live, so that those that lose their parent are still known. */
export class ProcessFamily {
  readonly #root: ProcessId;
  readonly #launchId: string;
  readonly #known = new Map<number, string>();

  constructor(root: ProcessId, launchId: string) {
    this.#root = root;
    this.#launchId = launchId;
  }

  /** Notes who belongs to the family now. */
  async look(): Promise<void> {
    for (const { pid } of await this.tree()) this.#remember(pid);
  }

  /** The root and its descendants now; nobody once the root's id belongs to another process. */
  async tree(): Promise<readonly ProcessInfo[]> {
    const now = processStart(this.#root.pid);
    return now !== null && now !== this.#root.start ? [] : treeOf(this.#root.pid, await listProcesses());
  }

  /**
   * Everybody of the family who still lives.
   * @param strays also processes that left both tree and session, known by their environment.
   */
  async living(strays: boolean): Promise<readonly ProcessId[]> {
    await this.look();
    if (strays) for (const { pid } of processesWith("TOUCHSTONE_LAUNCH", this.#launchId)) this.#remember(pid);
    const living: ProcessId[] = [];
    for (const [pid, start] of this.#known) {
      if (processStart(pid) === start) living.push({ pid, start });
      else this.#known.delete(pid);
    }
    return living;
  }

  #remember(pid: number): void {
    const start = processStart(pid);
    if (start !== null) this.#known.set(pid, start);
  }
}

/** Ends a family: interrupt, after `graceMs` terminate, after half of that again by force. Resolved once nobody is left. */
export class Stopper {
  readonly #family: ProcessFamily;
  readonly #leader: ProcessId;
  #hurry: (() => void) | null = null;
  #running: Promise<void> | null = null;

  constructor(family: ProcessFamily, leader: ProcessId) {
    this.#family = family;
    this.#leader = leader;
  }

  /** A second call goes to the next stage at once. */
  stop(graceMs: number): Promise<void> {
    this.#hurry?.();
    this.#running ??= this.#run(graceMs);
    return this.#running;
  }

  async #run(graceMs: number): Promise<void> {
    interruptGroup(this.#leader);
    if (process.platform === "win32") signalAll(await this.#family.living(false), "SIGINT");
    await this.#gone(graceMs);
    const left = await this.#family.living(true);
    if (left.length === 0) return;
    signalAll(left, "SIGTERM");
    await this.#gone(Math.max(500, graceMs / 2));
    await killFamily(this.#family);
  }

  /** Waits until nobody is left, the time is over, or somebody is in a hurry. */
  async #gone(ms: number): Promise<void> {
    const until = performance.now() + ms;
    let hurried = false;
    this.#hurry = () => (hurried = true);
    while (!hurried && performance.now() < until && (await this.#family.living(false)).length > 0) await pause(25);
  }
}

/** Ends by force whoever is left; also those that were born meanwhile. */
export async function killFamily(family: ProcessFamily, strays = true): Promise<void> {
  for (let round = 0; round < 50; round++) {
    const left = await family.living(strays);
    if (left.length === 0) return;
    signalAll(left, "SIGKILL");
    await pause(10);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
