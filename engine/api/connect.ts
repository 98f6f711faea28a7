import { existsSync } from "node:fs";
import { entryPath } from "../platform/entries.ts";
import { isAlive } from "../platform/processes.ts";
import { storeFolderOf } from "../life/folder.ts";
import { initialClient, stepClient, type ClientEffect, type ClientEvent, type ClientPolicy, type ClientState } from "../life/clientMachine.ts";
import { PrivateFolder } from "../life/private.ts";
import { engineLeaving } from "../life/report.ts";
import { startEngine } from "../life/start.ts";
import { secretName } from "../life/tokens.ts";
import { OWN_VERSION } from "../life/version.ts";
import { RpcClient, isEvent, type RequestOptions } from "../rpc/client.ts";
import { gone, toShape } from "../rpc/errors.ts";
import type { EventMessage } from "../rpc/messages.ts";
import { engineDrain } from "./engine.ts";
import { TouchstoneError, type EventToken, type RequestToken } from "./tokens.ts";

export { storeFolderOf } from "../life/folder.ts";
export { bundleOf, openBundle, type OpenedBundle } from "../importers/openedBundle.ts";
export type { RequestOptions } from "../rpc/client.ts";

export interface ConnectionState {
  /** `connecting` covers finding, starting, upgrading and coming back. `failed` stays until `retry()`. */
  readonly state: "connected" | "connecting" | "failed";
  readonly message: string | null;
}

export interface ConnectOptions {
  /** Any path in the workspace; `storeFolderOf` says whose store it belongs to. */
  readonly folder: string;
  readonly clientKind: "editor" | "cli" | "mcp" | "runner" | "test";
  /** For the engine's log; the engine's own version decides on upgrades. */
  readonly extensionVersion: string;
  /** The engine's file; default: the one beside this code. */
  readonly enginePath?: string;
  readonly onState?: (state: ConnectionState) => void;
  /** False: only an engine that runs already is used, none is started or replaced (`touchstone status`). Default true. */
  readonly start?: boolean;
}

export interface EngineConnection {
  /** The folder that holds the store. */
  readonly folder: string;
  readonly state: ConnectionState;
  /**
   * Asks the engine. While it is away the request waits until it is back; one that was under way when it went fails with `ENGINE_GONE`.
   * @throws TouchstoneError the engine's, or `CANCELLED`, `TIMEOUT`, `ENGINE_GONE`, or why no engine could be reached.
   */
  request<P, R>(token: RequestToken<P, R>, params: P, options?: RequestOptions): Promise<R>;
  /** Listens to an event, across engines; the result ends it. */
  on<P>(token: EventToken<P>, listener: (params: P) => void): () => void;
  /** Resolved once connected. @throws TouchstoneError why no engine could be reached. */
  ready(): Promise<void>;
  /** Looks again after `failed`. */
  retry(): void;
  /** Ends the engine (gracefully, else hard) and starts a new one; trainings go on. */
  restart(): Promise<void>;
  dispose(): void;
}

/** About a minute, with growing rests: the engine that holds the lock may be migrating a large store. */
const PATIENCE = 40;

/** Where the engine of a folder's store writes its log: in the user's private folder, never in the workspace. */
export function engineLogFile(folder: string): string {
  return new PrivateFolder(storeFolderOf(folder)).logFile;
}

/** Finds or starts the engine of a folder's store and stays connected to it, across crashes and upgrades, until disposed. */
export function connectEngine(options: ConnectOptions): EngineConnection {
  return new Connection(options);
}

class Connection implements EngineConnection {
  readonly folder: string;
  readonly #options: ConnectOptions;
  readonly #policy: ClientPolicy;
  readonly #files: PrivateFolder;
  readonly #listeners = new Map<string, Set<(params: unknown) => void>>();
  #machine: ClientState = initialClient;
  #client: RpcClient | null = null;
  #leaving = false;
  /** How the engine that this connection had was asked to serve. */
  #args: readonly string[] = [];
  #waiting: { resolve: () => void; reject: (error: TouchstoneError) => void }[] = [];
  #state: ConnectionState = { state: "connecting", message: null };

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.folder = storeFolderOf(options.folder);
    this.#files = new PrivateFolder(this.folder);
    this.#policy = { own: OWN_VERSION, upgrades: options.clientKind !== "runner" && options.start !== false, patience: PATIENCE };
    this.retry();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  retry(): void {
    this.#feed({ type: "begin" });
  }

  async ready(): Promise<void> {
    if (this.#machine.phase === "connected") return;
    if (this.#machine.phase === "disposed") throw gone();
    if (this.#machine.phase === "failed") throw new TouchstoneError({ code: "ENGINE_UNREACHABLE", message: this.#machine.message });
    await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async request<P, R>(token: RequestToken<P, R>, params: P, options?: RequestOptions): Promise<R> {
    for (;;) {
      await this.ready();
      const client = this.#client;
      if (client === null) throw gone();
      try {
        return await client.request(token, params, options);
      } catch (error) {
        // The engine said that it leaves before it looked at the request: the next one takes it.
        if (!(error instanceof TouchstoneError && error.shape.code === "ENGINE_LEAVING")) throw error;
        await client.closed;
      }
    }
  }

  on<P>(token: EventToken<P>, listener: (params: P) => void): () => void {
    const listeners = this.#listeners.get(token.event) ?? new Set();
    this.#listeners.set(token.event, listeners);
    // SAFETY: the token's phantom type makes the engine's params and the listener's agree.
    const untyped = listener as (params: unknown) => void;
    listeners.add(untyped);
    return () => void listeners.delete(untyped);
  }

  async restart(): Promise<void> {
    const address = this.#files.address();
    const client = this.#client;
    await client?.request(engineDrain, null, { timeoutMs: 3000 }).catch(() => undefined);
    if (client !== null) await Promise.race([client.closed, new Promise((resolve) => setTimeout(resolve, 3000).unref())]);
    if (address !== null && isAlive(address.pid, address.pidStart)) process.kill(address.pid, "SIGKILL");
    this.retry();
    await this.ready();
  }

  dispose(): void {
    this.#feed({ type: "dispose" });
    for (const { reject } of this.#waiting.splice(0)) reject(gone());
  }

  #feed(event: ClientEvent): void {
    const [machine, effects] = stepClient(this.#machine, event, this.#policy);
    this.#machine = machine;
    for (const effect of effects) this.#perform(effect);
    this.#tell();
  }

  #perform(effect: ClientEffect): void {
    switch (effect.type) {
      case "seek":
        void this.#seek();
        return;
      case "start":
        void this.#start();
        return;
      case "askToDrain":
        this.#client?.request(engineDrain, null, { timeoutMs: 10_000 }).catch(() => undefined);
        return;
      case "rest":
        setTimeout(() => this.#feed({ type: "rested" }), effect.ms);
        return;
      case "close":
        this.#client?.dispose();
        this.#client = null;
    }
  }

  async #seek(): Promise<void> {
    // Its store would be that of a folder above, which nobody named.
    if (!existsSync(this.#options.folder)) {
      this.#feed({ type: "rejected", message: `The folder ${this.#options.folder} does not exist.` });
      return;
    }
    const address = this.#files.address();
    if (address === null) {
      this.#feed({ type: "notFound" });
      return;
    }
    const key = secretName(this.#files.secret(), "socket");
    try {
      const client = await RpcClient.open(address.socket, { key, kind: this.#options.clientKind, extension: this.#options.extensionVersion, ...OWN_VERSION }, (message) => this.#deliver(message));
      this.#client = client;
      this.#leaving = false;
      this.#args = address.args ?? [];
      void client.closed.then(() => {
        if (this.#client === client) this.#client = null;
        this.#feed({ type: "closed", handover: this.#leaving });
      });
      this.#feed({ type: "greeted", engine: client.welcome, draining: client.welcome.draining });
    } catch (error) {
      const shape = toShape(error);
      if (shape.code === "ENGINE_GONE") this.#feed({ type: "notFound" });
      else this.#feed({ type: "rejected", message: shape.message });
    }
  }

  async #start(): Promise<void> {
    if (this.#options.start === false) {
      this.#feed({ type: "startFailed", message: "No engine runs for this folder." });
      return;
    }
    try {
      // One that was killed (its address is still there) or handed over is succeeded; one that somebody ended is not.
      const args = this.#leaving || this.#files.address() !== null ? this.#args : [];
      const result = await startEngine(this.#options.enginePath ?? entryPath("engine"), this.folder, this.#files, args);
      this.#feed({ type: "started", result });
    } catch (error) {
      const { message, hint } = toShape(error);
      this.#feed({ type: "startFailed", message: hint === undefined ? message : `${message} ${hint}` });
    }
  }

  #deliver(message: EventMessage): void {
    if (isEvent(message, engineLeaving)) this.#leaving = message.params.upgrade;
    for (const listener of this.#listeners.get(message.event) ?? []) listener(message.params);
  }

  /** Tells the state when it changed, and those who wait for it. */
  #tell(): void {
    const phase = this.#machine.phase;
    const state = phase === "connected" ? "connected" : phase === "failed" ? "failed" : "connecting";
    const message = this.#machine.phase === "failed" ? this.#machine.message : null;
    if (state !== "connecting") {
      for (const { resolve, reject } of this.#waiting.splice(0)) {
        if (message === null) resolve();
        else reject(new TouchstoneError({ code: "ENGINE_UNREACHABLE", message }));
      }
    }
    if (state === this.#state.state && message === this.#state.message) return;
    this.#state = { state, message };
    this.#options.onState?.(this.#state);
  }
}
