import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { TouchstoneError } from "../api/tokens.ts";
import { processStart } from "../platform/processes.ts";
import { removeSocket, socketAddress } from "../platform/sockets.ts";
import { toShape } from "../rpc/errors.ts";
import { SocketRpcServer } from "../rpc/server.ts";
import type { BaseServices } from "../services.ts";
import { takeLock, type Lock } from "../store/lock.ts";
import { initialEngine, stepEngine, type EngineEffect, type EngineEvent, type EngineState } from "./engineMachine.ts";
import { openHttpDoor, type OpenHttpDoor } from "./http.ts";
import { PrivateFolder } from "./private.ts";
import { engineLeaving, type StartReport } from "./report.ts";
import { secretName } from "./tokens.ts";
import { OWN_VERSION } from "./version.ts";

export interface EngineOptions {
  /** The store's folder, real path. */
  readonly folder: string;
  /** A port that a person asked for; null for the kept one. */
  readonly port: number | null;
  readonly requireToken: boolean;
  /** See EnginePolicy. */
  readonly idleMs: number | null;
  /** The file that this process was started from. */
  readonly entry: string;
  /** See EngineAddress. */
  readonly args: readonly string[];
}

/** What the composition root hands back: how the capabilities end, and how they keep the engine alive. */
export interface Capabilities {
  /** Called with a listener that wants to know the number of live launches, now and whenever it changes. */
  onLiveLaunches(listener: (count: number) => void): void;
  /** Everything that was acknowledged is on disk when this resolves. */
  close(): Promise<void>;
}

/** Requests under way when the engine leaves get this long. */
const DRAIN_MS = 10_000;

/** Performs what the engine's state machine decides, until the process ends. */
export class EngineProcess {
  readonly #options: EngineOptions;
  readonly #compose: (rpc: SocketRpcServer, services: BaseServices, drain: (upgrade: boolean) => void) => Promise<Capabilities>;
  readonly #private: PrivateFolder;
  #state: EngineState = initialEngine;
  #lock: Lock | null = null;
  #rpc: SocketRpcServer | null = null;
  #http: OpenHttpDoor | null = null;
  #socket: Server | null = null;
  #address = "";
  #upgrade = false;
  #capabilities: Capabilities | null = null;

  constructor(options: EngineOptions, compose: (rpc: SocketRpcServer, services: BaseServices, drain: (upgrade: boolean) => void) => Promise<Capabilities>) {
    this.#options = options;
    this.#compose = compose;
    this.#private = new PrivateFolder(options.folder);
  }

  start(): void {
    process.on("SIGTERM", () => this.#feed({ type: "drain" }));
    process.on("SIGINT", () => this.#feed({ type: "drain" }));
    process.on("SIGHUP", () => undefined);
    try {
      this.#lock = takeLock(this.#private.lockFile);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#feed({ type: "lock", taken: this.#lock !== null });
  }

  #feed(event: EngineEvent): void {
    const [state, effects] = stepEngine(this.#state, event, { idleMs: this.#options.idleMs });
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: EngineEffect): void {
    if (typeof effect === "object") {
      setTimeout(() => this.#feed({ type: "timer", now: performance.now() }), effect.wakeAfterMs).unref();
      return;
    }
    switch (effect) {
      case "open":
        this.#open().then(
          () => this.#feed({ type: "opened", now: performance.now() }),
          (error: unknown) => this.#fail(error),
        );
        return;
      case "announce":
        this.#announce();
        return;
      case "yield":
        this.#report({ state: "taken" });
        process.exit(0);
        return;
      case "drain":
        this.#rpc?.emit(engineLeaving, { upgrade: this.#upgrade });
        void (this.#rpc?.drain(DRAIN_MS) ?? Promise.resolve()).then(() => this.#feed({ type: "drained" }));
        return;
      case "leave":
        void this.#leave();
    }
  }

  async #open(): Promise<void> {
    const secret = this.#private.secret();
    const log = (message: string): void => void process.stderr.write(`${new Date().toISOString()} ${message}\n`);
    const key = secretName(secret, "socket");
    const rpc = new SocketRpcServer({
      key,
      log,
      welcome: () => ({ ...OWN_VERSION, pid: process.pid, folder: this.#options.folder, draining: this.#state.phase !== "serving" }),
    });
    this.#rpc = rpc;
    const wanted = this.#options.port ?? this.#private.keptPort();
    const http = await openHttpDoor(wanted, { requireToken: this.#options.requireToken, strict: this.#options.port !== null });
    this.#http = http;
    const notes = http.moved ? [`Port ${String(wanted)} belongs to another program now; scripts that were started before log to it in vain. The new port is ${http.port}.`] : [];
    this.#private.keepPort(http.port);
    const services: BaseServices = { folder: this.#options.folder, secret, http, notes, log };
    this.#capabilities = await this.#compose(rpc, services, (upgrade) => {
      this.#upgrade = upgrade;
      this.#feed({ type: "drain" });
    });
    this.#address = socketAddress(this.#private.path, "engine.sock", secretName(secret, "pipe"));
    removeSocket(this.#address);
    this.#socket = createServer((socket) => void rpc.accept(socket));
    this.#socket.listen(this.#address);
    await once(this.#socket, "listening");
  }

  #announce(): void {
    const port = this.#http?.port ?? 0;
    this.#rpc?.onClients((clients) => this.#feed({ type: "clients", count: clients.length, now: performance.now() }));
    this.#capabilities?.onLiveLaunches((count) => this.#feed({ type: "launches", count, now: performance.now() }));
    this.#private.announce({ pid: process.pid, pidStart: processStart(process.pid), ...OWN_VERSION, socket: this.#address, port, entry: this.#options.entry, args: this.#options.args, stays: this.#options.idleMs === null });
    this.#report({ state: "ready", folder: this.#options.folder, trackingUri: `http://127.0.0.1:${port}` });
  }

  #fail(error: unknown): void {
    const shape = toShape(error);
    process.stderr.write(`${error instanceof TouchstoneError ? shape.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    this.#report({ state: "failed", error: shape });
    process.exitCode = 3;
    this.#feed({ type: "failed" });
  }

  async #leave(): Promise<void> {
    // The address goes first, so that nobody new finds the way; the lock goes last, so that nobody opens a store that is still written.
    if (this.#lock !== null) this.#private.withdraw();
    this.#socket?.close();
    await this.#http?.close();
    await this.#capabilities?.close();
    if (this.#address !== "") removeSocket(this.#address);
    this.#lock?.release();
    this.#rpc?.close();
    // Connections end after their last bytes have left; a client that does not read must not hold the process.
    setTimeout(() => process.exit(), 200);
  }

  /** One line to whoever started this process. */
  #report(report: StartReport): void {
    process.stdout.on("error", () => undefined);
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }
}
