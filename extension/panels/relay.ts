import type * as vscode from "vscode";
import type { EngineLink } from "../engine/link.ts";
import { errorShape } from "../errors.ts";
import { DisposableStore } from "../disposables.ts";

/** What a webview sends. The page is ours, but its messages are still checked: a frame may be foreign. */
type FromWebview =
  | { readonly t: "ready" }
  | { readonly t: "req"; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly t: "cancel"; readonly id: number };

export type HostHandler = (params: unknown) => Promise<unknown>;

export interface RelayOptions {
  readonly webview: vscode.Webview;
  readonly link: EngineLink;
  /** Requests of the engine that this panel may make. */
  readonly methods: ReadonlySet<string>;
  /** Throws where one of them is refused as things are. */
  guard?(method: string): void;
  /** Events of the engine that this panel gets. */
  readonly events: readonly string[];
  /** What the extension itself answers, by method (`host/…`). */
  readonly host: ReadonlyMap<string, HostHandler>;
  onReady(): void;
}

/** Carries typed tokens between a webview and the engine: an allow-list, cancellation, progress, errors as shapes. */
export class Relay implements vscode.Disposable {
  readonly #options: RelayOptions;
  readonly #disposables = new DisposableStore();
  readonly #running = new Map<number, AbortController>();

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#disposables.add(options.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)));
    for (const name of options.events) this.#disposables.add(options.link.on({ event: name }, (params) => this.send(name, params)));
  }

  /** Sends an event to the page. */
  send(event: string, params: unknown): void {
    void this.#options.webview.postMessage({ t: "event", event, params });
  }

  #receive(message: unknown): void {
    if (!isFromWebview(message)) return;
    if (message.t === "ready") this.#options.onReady();
    else if (message.t === "cancel") this.#running.get(message.id)?.abort();
    else void this.#answer(message.id, message.method, message.params);
  }

  async #answer(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const result = await this.#call(method, params, id, controller.signal);
      await this.#options.webview.postMessage({ t: "res", id, result });
    } catch (error) {
      await this.#options.webview.postMessage({ t: "err", id, error: errorShape(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #call(method: string, params: unknown, id: number, signal: AbortSignal): Promise<unknown> {
    const own = this.#options.host.get(method);
    if (own !== undefined) return own(params);
    if (!this.#options.methods.has(method)) throw new Error(`The panel may not ask for ${method}.`);
    this.#options.guard?.(method);
    return this.#options.link.request<unknown, unknown>({ method }, params, {
      signal,
      onProgress: (progress) => void this.#options.webview.postMessage({ t: "progress", id, progress }),
    });
  }

  dispose(): void {
    for (const controller of this.#running.values()) controller.abort();
    this.#disposables.dispose();
  }
}

function isFromWebview(value: unknown): value is FromWebview {
  if (typeof value !== "object" || value === null || !("t" in value)) return false;
  if (value.t === "ready") return true;
  if (!("id" in value) || typeof value.id !== "number") return false;
  return value.t === "cancel" || (value.t === "req" && "method" in value && typeof value.method === "string");
}
