import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/api/connect.ts";
import type { EventToken, Progress, RequestToken } from "../../engine/api/tokens.ts";
import { door } from "./door.ts";
import type { EngineLink, LinkState } from "./link.ts";

/** A link over the engine's socket, opened at the first request. The connection itself brings a dead engine back. */
export class ConnectedLink implements EngineLink, vscode.Disposable {
  readonly folder: string;
  state: LinkState = "idle";
  message: string | null = null;
  readonly #extensionVersion: string;
  readonly #log: vscode.LogOutputChannel;
  readonly #stateChanged = new vscode.EventEmitter<LinkState>();
  readonly onState = this.#stateChanged.event;
  /** Whoever listens, also before the first request: that starts nothing. Each connection is told of all. */
  readonly #listeners = new Set<(connection: EngineConnection) => void>();
  #connection: EngineConnection | null = null;
  /** Who looks at it, and what is being asked. */
  #needs = 0;
  #bundle: EngineLink["bundle"] | undefined;

  constructor(folder: string, context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.folder = folder;
    this.#extensionVersion = String(context.extension.packageJSON.version);
    this.#log = log;
  }

  get bundle(): EngineLink["bundle"] {
    this.#bundle = this.#bundle === undefined ? door().bundleOf(this.folder) : this.#bundle;
    return this.#bundle;
  }

  get started(): boolean {
    return this.#connection !== null;
  }

  async request<P, R>(token: RequestToken<P, R>, params: P, options?: { signal?: AbortSignal; onProgress?: (progress: Progress) => void }): Promise<R> {
    const asked = this.hold();
    try {
      const connection = this.#open();
      if (connection.state.state === "failed") connection.retry();
      return await connection.request(token, params, options);
    } finally {
      asked.dispose();
    }
  }

  hold(): vscode.Disposable {
    let held = true;
    this.#needs++;
    return new vscode.Disposable(() => {
      if (!held) return;
      held = false;
      if (--this.#needs === 0 && this.bundle !== null) this.#leave();
    });
  }

  on<P>(token: EventToken<P>, listener: (params: P) => void): vscode.Disposable {
    let leave: (() => void) | null = null;
    const subscribe = (connection: EngineConnection): void => {
      leave = connection.on(token, listener);
    };
    this.#listeners.add(subscribe);
    if (this.#connection !== null) subscribe(this.#connection);
    return new vscode.Disposable(() => {
      this.#listeners.delete(subscribe);
      leave?.();
    });
  }

  async restart(): Promise<void> {
    await this.#open().restart();
  }

  #open(): EngineConnection {
    if (this.#connection !== null) return this.#connection;
    const connection = door().connectEngine({
      folder: this.folder,
      clientKind: "editor",
      extensionVersion: this.#extensionVersion,
      onState: ({ state, message }) => this.#set(state, message),
    });
    this.#connection = connection;
    for (const subscribe of this.#listeners) subscribe(connection);
    this.#set(connection.state.state, connection.state.message);
    return connection;
  }

  /** The next request connects again. */
  #leave(): void {
    if (this.#connection === null) return;
    this.#connection.dispose();
    this.#connection = null;
    this.#set("idle", null);
  }

  #set(state: LinkState, message: string | null): void {
    if (message !== null) this.#log.error(`Engine of ${this.folder}: ${message}`);
    this.state = state;
    this.message = message;
    this.#stateChanged.fire(state);
  }

  dispose(): void {
    this.#connection?.dispose();
    this.#connection = null;
    this.#stateChanged.dispose();
  }
}
