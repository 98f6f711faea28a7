import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, resolve } from "node:path";
import { launchAlert, launchChanged, launchOutput, type LaunchCommand, type LaunchRequest, type LaunchState, type LogChunk } from "../api/launches.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { PrivateFolder } from "../life/private.ts";
import { secretName } from "../life/tokens.ts";
import { OWN_VERSION } from "../life/version.ts";
import { removeSocket, socketAddress } from "../platform/sockets.ts";
import { processesWith } from "../platform/tree.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import type { LaunchDetail } from "../store/read/launches.ts";
import type { Store } from "../store/store.ts";
import { StallWatch, duration, endAlert, type Alert } from "./alerts.ts";
import { isJava, isNode, parseCommand, relativePath, type ParsedCommand } from "./command.ts";
import { sendControl, type ControlMessage } from "./control.ts";
import { activated, javaEnvironment, launchEnvironment, nodeEnvironment } from "./environment.ts";
import { isLaunchId, launchFiles, readStallLimit, writeJson } from "./files.ts";
import { Followers, logChunk } from "./followers.ts";
import type { LaunchHooks, WatchedLaunch } from "./hooks.ts";
import { LiveLaunch } from "./liveLaunch.ts";
import { isOwnLaunch, originMark } from "./origin.ts";
import { logSize } from "./logReader.ts";
import { DEFAULT_LOG_LIMITS } from "./logWriter.ts";
import { namedRun } from "../runs/named.ts";
import { continueFiles, requireSameScript } from "./resumed.ts";
import { Runners } from "./runnerProcess.ts";
import { DEFAULT_GRACE_MS, ProcessFamily, Stopper, killFamily } from "./stop.ts";

const STALL_LOOK_MS = 1_000;
const RECENT = 200;

type LaunchServices = Pick<Services, "folder" | "secret" | "http" | "log"> & { readonly store: Store };

/** Starts, watches and ends launches; knows those whose end is not stored yet, whichever engine started them. */
export class Launches {
  readonly #services: LaunchServices;
  readonly #private: PrivateFolder;
  readonly #rpc: Pick<RpcServer, "emit">;
  readonly #live = new Map<string, LiveLaunch>();
  readonly #hooks: LaunchHooks[] = [];
  /** Those that are being stored, and watched only then. */
  readonly #recording = new Set<string>();
  readonly #stoppers = new Map<string, Stopper>();
  readonly #stalls = new StallWatch();
  readonly #runners = new Runners();
  #countListener: (count: number) => void = () => undefined;
  #endListeners = new Map<string, (() => void)[]>();
  #timer: NodeJS.Timeout;

  constructor(services: LaunchServices, rpc: Pick<RpcServer, "emit">) {
    this.#services = services;
    this.#private = new PrivateFolder(services.folder);
    this.#rpc = rpc;
    this.#timer = setInterval(() => {
      for (const launch of this.#stalls.look(this.#live.values(), performance.now())) {
        const { launchId, runId } = launch.watched;
        this.alert({ launchId, runId, kind: "stalled", title: `${this.#title(launch.watched)} makes no progress`, text: `nothing printed or logged for ${duration(performance.now() - launch.lastActivity)}` });
      }
    }, STALL_LOOK_MS);
    this.#timer.unref();
  }

  /** Capabilities that watch launches; in the order of the calls. */
  hook(hooks: LaunchHooks): void {
    this.#hooks.push(hooks);
  }

  /**
   * Takes up the launches that an earlier engine on this machine left behind; closes all others as lost, unread: a store that
   * came with a folder may hold anything. Call once, after all hooks are there.
   */
  resume(): void {
    if (this.#services.store.readOnly) return;
    const own = this.#private.rememberedLaunches();
    const open = this.#services.store.read.launches.open();
    for (const detail of open) {
      if (isLaunchId(detail.launchId) && own.has(detail.launchId)) this.#watch(this.#watchedOf(detail), detail.origin === "notebook" ? "prepared" : "running");
      else this.#lose(detail.launchId).catch((error: unknown) => this.#services.log(`a launch of another machine: ${String(error)}`));
    }
    // Those whose store was deleted, or whose engine was killed between the end and the forgetting.
    const ids = new Set(open.map((detail) => detail.launchId));
    for (const launchId of own) if (!ids.has(launchId)) this.#private.forgetLaunch(launchId);
  }

  async #lose(launchId: string): Promise<void> {
    const notes = ["This launch was not started here: the store came from another machine or folder. Nobody saw how it ended, and what it left unread was not taken in."];
    await this.#services.store.write("launch.update", { launchId, status: "lost", end: Date.now(), notes });
    this.#rpc.emit(launchChanged, this.get(launchId));
  }

  onLiveCount(listener: (count: number) => void): void {
    this.#countListener = listener;
    listener(this.liveCount);
  }

  /** Launches that keep the engine: not those that wait for a kernel to come. */
  get liveCount(): number {
    return [...this.#live.values()].filter((live) => !live.awaited).length;
  }

  /** Launches that write into the store, or are about to. */
  get writing(): number {
    return this.liveCount + this.#recording.size;
  }

  /** @throws TouchstoneError of `parseCommand`, or the store's: then nothing was started. */
  async start(request: LaunchRequest): Promise<LaunchState> {
    const parsed = parseCommand(request.command, request.cwd, request.env, request.interpreter);
    const runner = this.#services.store.readOnly ? null : this.#runners.take();
    try {
      const watched = await this.#record(request, parsed, "running");
      const { launchId, files } = watched;
      const before = logSize(files);
      const own = launchEnvironment(this.#services, watched, activated(request.env, parsed.program));
      const env = isNode(parsed.program) ? nodeEnvironment(own) : isJava(parsed.program) ? javaEnvironment(own) : own;
      const live = this.#watch(watched, "starting");
      runner?.give({
        launchId,
        launchDir: files.folder,
        storeFolder: this.#services.folder,
        control: this.#control(launchId),
        engineEntry: process.argv[1] ?? null,
        version: OWN_VERSION.version,
        limits: DEFAULT_LOG_LIMITS,
        graceMs: DEFAULT_GRACE_MS,
        script: { program: parsed.program, args: parsed.args, cwd: request.cwd, env, cols: request.cols ?? 80, rows: request.rows ?? 24, pty: request.env["TOUCHSTONE_PTY"] !== "0" },
      });
      // A runner that dies before it has started the script is noticed by its absence.
      void runner?.gone.then(() => live.started());
      this.#startHooks(watched, request.env);
      return { ...this.get(launchId), logBytes: before };
    } catch (error) {
      runner?.dismiss();
      throw error;
    }
  }

  /** Records a launch whose process the caller starts (a notebook's kernel), with the environment that leads it here. */
  async prepareLaunch(request: LaunchRequest): Promise<{ launch: LaunchState; command: readonly string[]; env: Readonly<Record<string, string>> }> {
    const [program = "", ...args] = request.command;
    const watched = await this.#record(request, { program, args, scriptPath: /\.ipynb$/i.test(program) ? resolve(request.cwd, program) : null }, "scheduled");
    this.#watch(watched, "prepared");
    this.#startHooks(watched, request.env);
    return { launch: this.get(watched.launchId), command: request.command, env: launchEnvironment(this.#services, watched, request.env) };
  }

  get(launchId: string): LaunchState {
    return this.#state(this.#detail(launchId));
  }

  /** What a resumed run would run again. @throws TouchstoneError `LAUNCH_NOT_FOUND`. */
  command(launchId: string): LaunchCommand {
    const { command, cwd, script } = this.#detail(launchId);
    return { command, cwd, script, here: isOwnLaunch(this.#services.secret, this.#services.folder, { launchId, command, cwd, script }) };
  }

  list(live: boolean): readonly LaunchState[] {
    const { launches } = this.#services.store.read;
    return (live ? launches.open() : launches.recent(RECENT)).map((detail) => this.#state(detail));
  }

  /** Resolved once the launch has ended. */
  async stop(launchId: string, graceMs = DEFAULT_GRACE_MS): Promise<void> {
    this.get(launchId);
    if (!this.#live.has(launchId) && !this.#recording.has(launchId)) return;
    const ended = this.ended(launchId);
    const told = (): Promise<boolean> => sendControl(this.#control(launchId), { k: "stop", graceMs });
    if (!(await told())) {
      const live = this.#live.get(launchId);
      // A runner that boots looks for this file once it listens and before it starts the script: one of the two reaches it.
      if (live === undefined || live.starting) writeFileSync(launchFiles(this.#services.folder, launchId).stop, "");
      // Without a runner (it was killed, and nobody succeeded it) the engine itself ends the script.
      if (!(await told()) && live !== undefined && !live.starting) await this.#stopHere(live, graceMs);
    }
    this.#live.get(launchId)?.wake();
    await ended;
  }

  /** Resolved once the end of a launch is stored; at once where it is. */
  ended(launchId: string): Promise<void> {
    if (!this.#live.has(launchId) && !this.#recording.has(launchId)) return Promise.resolve();
    return new Promise((resolve) => this.#endListeners.set(launchId, [...(this.#endListeners.get(launchId) ?? []), resolve]));
  }

  /** @throws TouchstoneError `LAUNCH_OVER` when no script takes it any more. */
  async control(launchId: string, message: ControlMessage): Promise<void> {
    if (!this.#live.has(launchId) || !(await sendControl(this.#control(launchId), message))) {
      throw new TouchstoneError({ code: "LAUNCH_OVER", message: "The script has ended, or its runner is gone: it takes no input." });
    }
  }

  log(launchId: string, offset: number, clientId: number | null): LogChunk {
    this.get(launchId);
    const live = this.#live.get(launchId);
    const files = launchFiles(this.#services.folder, launchId);
    const chunk = logChunk(launchId, files, offset, live === undefined);
    if (clientId !== null && live !== undefined) {
      live.followers.follow(clientId, chunk.offset + chunk.data.length);
      live.wake();
    }
    return chunk;
  }

  unfollow(launchId: string, clientId: number): void {
    this.#live.get(launchId)?.followers.leave(clientId);
  }

  clientLeft(clientId: number): void {
    for (const live of this.#live.values()) live.followers.leave(clientId);
  }

  /** The launch logged something that its own streams do not show: its client did, over HTTP. */
  heard(launchId: string): void {
    this.#live.get(launchId)?.heard();
  }

  alert(alert: Alert): void {
    this.#rpc.emit(launchAlert, alert);
  }

  /** Stops watching; launches go on. */
  close(): void {
    clearInterval(this.#timer);
    this.#runners.close();
    for (const live of this.#live.values()) live.stop();
  }

  async #record(request: LaunchRequest, parsed: ParsedCommand, status: "running" | "scheduled"): Promise<WatchedLaunch> {
    const { store, folder } = this.#services;
    if (store.readOnly) throw new TouchstoneError({ code: "STORE_READ_ONLY", message: store.notes[0] ?? "This store is open for reading only.", file: store.file });
    const launchId = Date.now().toString(36) + randomBytes(5).toString("hex");
    const resumed = request.resume === undefined ? null : namedRun(store, request.resume);
    const runId = resumed ?? randomBytes(16).toString("hex");
    const before = resumed === null ? null : this.#launchOf(resumed);
    const script = parsed.scriptPath === null ? null : relativePath(folder, parsed.scriptPath);
    if (resumed !== null && before !== null && request.otherScript !== true) requireSameScript(resumed, before, { command: request.command, script });
    const start = Date.now();
    const files = launchFiles(folder, launchId);
    mkdirSync(files.folder, { recursive: true });
    const masked = this.#hooks.reduce<readonly string[]>((command, hooks) => hooks.maskCommand?.(command) ?? command, request.command);
    const { env: _, ...asked } = request;
    writeJson(files.request, { ...asked, command: masked, launchId, runId, start, mark: originMark(this.#services.secret, { launchId, command: masked, cwd: request.cwd, script }) });
    this.#private.rememberLaunch(launchId);
    this.#recording.add(launchId);
    try {
      await store.write("launch.create", {
        launchId,
        runId,
        command: masked,
        cwd: request.cwd,
        script,
        origin: request.from,
        experiment: request.experiment ?? script ?? basename(request.command[0] ?? "command"),
        user: userInfo().username,
        start,
        status,
        params: this.#hooks.flatMap((hooks) => hooks.params?.(request.command, parsed.scriptPath) ?? []),
        ...(request.name === undefined ? {} : { name: request.name }),
        ...(resumed === null ? {} : { resumes: true }),
      });
      if (resumed !== null) await continueFiles(store, resumed, before, launchId, files);
    } catch (error) {
      this.#recording.delete(launchId);
      this.#tellEnded(launchId);
      throw error;
    }
    return this.#watched({ launchId, runId, command: masked, cwd: request.cwd, scriptPath: parsed.scriptPath, start, files, ...readStallLimit(files) });
  }

  #tellEnded(launchId: string): void {
    for (const done of this.#endListeners.get(launchId) ?? []) done();
    this.#endListeners.delete(launchId);
  }

  #launchOf(runId: string): LaunchDetail | null {
    const { runs, launches } = this.#services.store.read;
    const key = runs.byId(runId)?.launchKey ?? null;
    return (key === null ? undefined : launches.byKey(key)) ?? null;
  }

  /** A script may go on with another run than the one that its launch began with. */
  #watched(launch: WatchedLaunch): WatchedLaunch {
    const { store } = this.#services;
    return Object.defineProperty({ ...launch }, "runId", { enumerable: true, get: () => store.read.launches.byId(launch.launchId)?.runId ?? launch.runId });
  }

  #watch(watched: WatchedLaunch, how: "starting" | "running" | "prepared"): LiveLaunch {
    const { launchId } = watched;
    const followers = new Followers(launchId, watched.files, (clientId, chunk) => this.#rpc.emit(launchOutput, chunk, clientId));
    const live = new LiveLaunch(watched, followers, {
      store: this.#services.store,
      hooks: () => this.#hooks,
      log: this.#services.log,
      onChanged: (id) => {
        this.#rpc.emit(launchChanged, this.get(id));
        this.#countListener(this.liveCount);
      },
      onEnded: (launch, outcome, words) => {
        this.#live.delete(launchId);
        this.#private.forgetLaunch(launchId);
        // A runner that was killed could not remove it.
        removeSocket(this.#control(launchId));
        this.#stoppers.delete(launchId);
        this.#stalls.forget(launchId);
        this.#rpc.emit(launchChanged, this.get(launchId));
        // Nobody waits for the end of what never began.
        const alert = live.awaited ? null : endAlert(launch, this.#title(launch), outcome, words);
        if (alert !== null) this.alert(alert);
        if (how === "starting" && this.#live.size === 0) this.#runners.warm();
        this.#tellEnded(launchId);
        this.#countListener(this.liveCount);
      },
    }, how);
    this.#live.set(launchId, live);
    this.#recording.delete(launchId);
    this.#countListener(this.liveCount);
    return live;
  }

  #startHooks(watched: WatchedLaunch, env: Readonly<Record<string, string>>): void {
    for (const hooks of this.#hooks) this.#guard(() => hooks.onStarted?.(watched, env));
    this.#rpc.emit(launchChanged, this.get(watched.launchId));
  }

  #guard(call: () => Promise<void> | void): void {
    const told = (error: unknown): void => this.#services.log(`launch hook: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    try {
      Promise.resolve(call()).catch(told);
    } catch (error) {
      told(error);
    }
  }

  async #stopHere(live: LiveLaunch, graceMs: number): Promise<void> {
    const { launchId } = live.watched;
    const runner = live.runner;
    const script = runner === null ? processesWith("TOUCHSTONE_LAUNCH", launchId)[0] : { pid: runner.scriptPid, start: runner.scriptPidStart };
    if (script === undefined) return;
    const family = new ProcessFamily(script, launchId);
    const stopper = this.#stoppers.get(launchId) ?? new Stopper(family, script);
    this.#stoppers.set(launchId, stopper);
    await stopper.stop(graceMs);
    await killFamily(family);
  }

  #detail(launchId: string): LaunchDetail {
    const detail = this.#services.store.read.launches.byId(launchId);
    if (detail === undefined) throw new TouchstoneError({ code: "LAUNCH_NOT_FOUND", message: `There is no launch ${launchId} in this store.` });
    return detail;
  }

  #watchedOf(detail: LaunchDetail): WatchedLaunch {
    const { launchId, command, cwd, start } = detail;
    const scriptPath = detail.script === null ? null : resolve(this.#services.folder, detail.script);
    const files = launchFiles(this.#services.folder, launchId);
    return this.#watched({ launchId, runId: detail.runId ?? "", command, cwd, scriptPath, start, files, ...readStallLimit(files) });
  }

  #state(detail: LaunchDetail): LaunchState {
    const { launchId, command, script, status, exitCode, signal, start, end, pid } = detail;
    const logBytes = end === null && isLaunchId(launchId) ? logSize(launchFiles(this.#services.folder, launchId)) : detail.logBytes;
    return { launchId, runId: detail.runId ?? "", experimentId: this.#services.store.read.experiments.idOf(detail.experimentId), command, script, status, exitCode, signal, start, end, logBytes, pid };
  }

  #title(launch: WatchedLaunch): string {
    return launch.scriptPath === null ? launch.command.join(" ").slice(0, 60) : basename(launch.scriptPath);
  }

  /** The path of a launch's control socket comes from here only, never from the launch's folder, which anybody may have planted. */
  #control(launchId: string): string {
    const { secret } = this.#services;
    return socketAddress(this.#private.path, `${launchId}.sock`, secretName(secret, `control:${launchId}`));
  }
}
