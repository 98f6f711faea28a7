import { scrub } from "../capture/node/mask.cjs";
import { isAlive } from "../platform/processes.ts";
import { processesWith } from "../platform/tree.ts";
import type { LaunchEvents } from "../store/operations.ts";
import type { Store } from "../store/store.ts";
import { readExit, readRunner, writeJson, type RunnerFile } from "./files.ts";
import type { Followers } from "./followers.ts";
import type { LaunchHooks, LineEffects, StreamLine, WatchedLaunch } from "./hooks.ts";
import { fileLines, logLines, type LineBatch } from "./lines.ts";
import { lastLine, logSize } from "./logReader.ts";
import { lostOutcome, outcomeOf, type Outcome } from "./outcome.ts";
import { sampleEffects } from "./samplesMetrics.ts";
import { FolderWake } from "./wake.ts";

const LIVENESS_MS = 1000;
/** Finding a process by its environment reads those of all processes. */
const PREPARED_LIVENESS_MS = 2000;
/** A killed runner's successor needs a moment to take over. */
const SUCCESSION_MS = 4000;
/** A person who asked for tracking and ran no cell for so long will ask again. */
const AWAITED_MS = 60 * 60 * 1000;
/** What is done at a launch's end holds its stored end back no longer than this. */
const END_HOOKS_MS = 30_000;

export interface LiveLaunchNeeds {
  readonly store: Store;
  readonly hooks: () => readonly LaunchHooks[];
  readonly log: (message: string) => void;
  readonly onChanged: (launchId: string) => void;
  readonly onEnded: (launch: WatchedLaunch, outcome: Outcome, words: string | null) => void;
  /** `END_HOOKS_MS` where it is not given. */
  readonly endHooksMs?: number;
  /** `AWAITED_MS` where it is not given. */
  readonly awaitedMs?: number;
}

/**
 * A launch whose end is not stored yet, seen through its folder only: so it makes no difference whether this engine started it or
 * one before it did. Reads what the script's side wrote, exactly once, and stores the end after everything else.
 */
export class LiveLaunch {
  readonly watched: WatchedLaunch;
  readonly followers: Followers;
  readonly #needs: LiveLaunchNeeds;
  readonly #wake: FolderWake;
  #runner: RunnerFile | null = null;
  #lookedAt = 0;
  #goneSince: number | null = null;
  #starting: boolean;
  readonly #prepared: boolean;
  #seen = false;
  #ended = false;
  #endHooks: Promise<void> | null = null;
  #lastActivity = performance.now();

  /** @param how `starting`: the runner comes yet. `prepared`: none comes, another program (a notebook's kernel) runs the code. */
  constructor(watched: WatchedLaunch, followers: Followers, needs: LiveLaunchNeeds, how: "starting" | "running" | "prepared") {
    this.watched = watched;
    this.followers = followers;
    this.#needs = needs;
    this.#starting = how === "starting";
    this.#prepared = how === "prepared";
    this.#wake = new FolderWake(watched.files.folder, () => this.#look().catch((error: unknown) => needs.log(`launch ${watched.launchId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)));
  }

  get runner(): RunnerFile | null {
    return this.#runner;
  }

  /** Milliseconds (monotonic clock) of the last sign of life: a line, an event. */
  get lastActivity(): number {
    return this.#lastActivity;
  }

  heard(): void {
    this.#lastActivity = performance.now();
  }

  /** Its runner has not said yet that it holds the script. */
  get starting(): boolean {
    return this.#starting;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Recorded for a process that has not come yet. */
  get awaited(): boolean {
    return this.#prepared && !this.#seen;
  }

  /** The runner's process was handed its order (or failed to start): from now on its absence counts. */
  started(): void {
    this.#starting = false;
    this.#wake.wake();
  }

  wake(): void {
    this.#wake.wake();
  }

  stop(): void {
    this.#wake.stop();
  }

  async #look(): Promise<void> {
    if (this.#ended) return;
    const exit = readExit(this.watched.files);
    this.followers.deliver(false);
    await this.#noteRunner();
    await this.#readStreams(exit !== null);
    if (exit !== null) await this.#end(outcomeOf(exit));
    else if (performance.now() - this.#lookedAt > (this.#prepared ? PREPARED_LIVENESS_MS : LIVENESS_MS)) await this.#checkAlive();
    if (this.followers.behind) this.#wake.wake();
  }

  async #noteRunner(): Promise<void> {
    const runner = readRunner(this.watched.files);
    if (runner === null || (runner.pid === this.#runner?.pid && runner.scriptPid === this.#runner.scriptPid)) return;
    const first = this.#runner === null;
    this.#runner = runner;
    this.#starting = false;
    this.#goneSince = null;
    const { launchId } = this.watched;
    const stored = this.#needs.store.read.launches.byId(launchId);
    if (stored?.pid === runner.scriptPid) return;
    const notes = runner.pty || !first ? [] : ["No pseudo-terminal could be opened: the script runs on pipes, without colours and terminal size."];
    await this.#needs.store.write("launch.update", { launchId, pid: runner.scriptPid, pty: runner.pty, ...(notes.length === 0 ? {} : { notes }) });
    this.#needs.onChanged(launchId);
  }

  async #readStreams(final: boolean): Promise<void> {
    const { files } = this.watched;
    for (const hooks of this.#needs.hooks()) await hooks.onLook?.(this.watched, final);
    await this.#read("events", (from) => fileLines(files.events, from, final), (hooks) => hooks.onEventsLines);
    await this.#read("log", (from) => logLines(files, from, final), (hooks) => hooks.onLogLines);
    await this.#read("samples", (from) => fileLines(files.samples, from, final), null);
  }

  async #read(
    stream: LaunchEvents["stream"],
    take: (from: number) => LineBatch,
    hookOf: ((hooks: LaunchHooks) => LaunchHooks["onLogLines"]) | null,
  ): Promise<void> {
    const { store } = this.#needs;
    const { launchId } = this.watched;
    for (let more = true; more; ) {
      const from = store.read.launches.offset(launchId, stream);
      const batch = take(from);
      more = batch.more;
      if (batch.to === from) return;
      const effects = hookOf === null ? sampleEffects(batch.lines) : await this.#effects(hookOf, batch.lines);
      if (stream !== "samples") this.heard();
      await store.write("launch.events", { launchId, stream, from, to: batch.to, ...effects });
    }
  }

  /** What the hooks make of lines, together. A hook that throws costs its own effects only. */
  async #effects(hookOf: (hooks: LaunchHooks) => LaunchHooks["onLogLines"], lines: readonly StreamLine[]): Promise<LineEffects> {
    let all: LineEffects = {};
    for (const hooks of this.#needs.hooks()) {
      try {
        const effects = await hookOf(hooks)?.(this.watched, lines);
        if (effects !== undefined) all = { ...all, ...effects };
      } catch (error) {
        this.#needs.log(`lines of launch ${this.watched.launchId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
    }
    return all;
  }

  async #checkAlive(): Promise<void> {
    this.#lookedAt = performance.now();
    if (this.#starting) return;
    const runner = this.#runner;
    const alive =
      runner === null
        ? processesWith("TOUCHSTONE_LAUNCH", this.watched.launchId).length > 0
        : isAlive(runner.pid, runner.pidStart) || isAlive(runner.scriptPid, runner.scriptPidStart);
    // A prepared launch ends with its process, but waits for it first; one that named itself was there, even if it is gone already.
    if ((alive || runner !== null) && this.#prepared && !this.#seen) {
      this.#seen = true;
      await this.#needs.store.write("launch.update", { launchId: this.watched.launchId, status: "running" });
      this.#needs.onChanged(this.watched.launchId);
    }
    if (alive || (this.#prepared && !this.#seen)) {
      this.#goneSince = null;
      if (this.awaited && Date.now() - this.watched.start > (this.#needs.awaitedMs ?? AWAITED_MS)) writeJson(this.watched.files.exit, { code: null, signal: null, end: Date.now(), untaken: true });
      return;
    }
    this.#goneSince ??= performance.now();
    if (!this.#prepared && performance.now() - this.#goneSince < SUCCESSION_MS) return;
    // The end may have been written between the first look and this one.
    const exit = readExit(this.watched.files);
    await this.#readStreams(true);
    if (exit !== null) await this.#end(outcomeOf(exit));
    else if (this.#prepared) await this.#end({ status: "finished", exitCode: null, signal: null, end: Date.now(), notes: [] });
    else await this.#end(lostOutcome(runner !== null, Date.now()));
  }

  async #end(outcome: Outcome): Promise<void> {
    const { launchId, files } = this.watched;
    const words = lastLine(files);
    // First, so that an engine that dies meanwhile leaves an open launch, and the next one does it again.
    await (this.#endHooks ??= this.#runEndHooks(outcome.end));
    await this.#needs.store.write("launch.update", {
      launchId,
      status: outcome.status,
      exitCode: outcome.exitCode,
      signal: outcome.signal,
      end: outcome.end,
      logBytes: logSize(files),
      ...(words === null ? {} : { lastLine: scrub(words) }),
      ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
      ...(outcome.notes.length === 0 ? {} : { notes: outcome.notes }),
    });
    this.#ended = true;
    this.#wake.stop();
    this.followers.deliver(true);
    this.#needs.onEnded(this.watched, outcome, words);
  }

  /** Never rejects. Once for each launch, even if its end cannot be stored at once. */
  async #runEndHooks(end: number): Promise<void> {
    const { log, hooks, endHooksMs = END_HOOKS_MS } = this.#needs;
    const { launchId } = this.watched;
    const all = hooks().map(async ({ onEnded }) => {
      try {
        await onEnded?.(this.watched, end);
      } catch (error) {
        log(`end of launch ${launchId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        log(`end of launch ${launchId}: not everything was done within ${endHooksMs / 1000} s; the launch ends without it.`);
        resolve();
      }, endHooksMs);
    });
    await Promise.race([Promise.all(all), late]);
    clearTimeout(timer);
  }
}
