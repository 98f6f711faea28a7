import { timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import type { CancellationToken, MessageConnection } from "vscode-jsonrpc/node";
import { TouchstoneError, type ErrorShape, type EventToken, type Progress, type RequestToken } from "../api/tokens.ts";
import { openChannel } from "./channel.ts";
import { cancelled, toResponseError, toShape, unknownRequest } from "./errors.ts";
import { EVENT_METHOD, hello, progressType, type Envelope, type EventMessage, type Hello, type Welcome } from "./messages.ts";

/** A client whose unread messages exceed this is cut off; it connects again and asks for what it needs. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

const REFUSAL_MS = 100;

export interface ClientInfo {
  readonly id: number;
  /** `editor`, `cli`, `runner`, … */
  readonly kind: string;
  readonly version: string;
  readonly protocol: number;
  readonly extension: string;
}

export interface RequestContext {
  /** Aborted when the client cancels or goes away. */
  readonly signal: AbortSignal;
  readonly client: ClientInfo;
  /** Tells the client how far the request is; nothing happens where nobody listens. */
  progress(progress: Progress): void;
}

export type Handler<P, R> = (params: P, context: RequestContext) => R | Promise<R>;

export interface RpcServer {
  /** Answers a request. A second handler for the same token is a programming error and throws. */
  handle<P, R>(token: RequestToken<P, R>, handler: Handler<P, R>): void;
  /** Sends an event to every client, or to the one with this id. */
  emit<P>(token: EventToken<P>, params: P, clientId?: number): void;
  /** Called after a client joined or left. */
  onClients(listener: (clients: readonly ClientInfo[], left: ClientInfo | null) => void): void;
}

export interface RpcServerOptions {
  /** What `Hello.key` must be. */
  readonly key: string;
  /** The answer to a greeting, without what the server itself knows. */
  welcome(): Omit<Welcome, "clientId">;
  /** Failures that are not meant for people (programming errors), for the engine's log. */
  log(message: string): void;
}

interface Client extends ClientInfo {
  readonly connection: MessageConnection;
  readonly socket: Socket;
}

/** The socket's side of the engine: knows clients, dispatches requests, sends events. Opens no socket itself. */
export class SocketRpcServer implements RpcServer {
  readonly #options: RpcServerOptions;
  readonly #handlers = new Map<string, Handler<unknown, unknown>>();
  readonly #clients = new Map<number, Client>();
  readonly #listeners: ((clients: readonly ClientInfo[], left: ClientInfo | null) => void)[] = [];
  #nextClient = 1;
  #pending = 0;
  #quiet: (() => void)[] = [];
  #refusing = false;

  constructor(options: RpcServerOptions) {
    this.#options = options;
  }

  get clients(): readonly ClientInfo[] {
    return [...this.#clients.values()].map(infoOf);
  }

  handle<P, R>(token: RequestToken<P, R>, handler: Handler<P, R>): void {
    if (this.#handlers.has(token.method)) throw new Error(`Two handlers for ${token.method}.`);
    // SAFETY: the token's phantom types make caller and handler agree; the wire itself is untyped.
    this.#handlers.set(token.method, handler as Handler<unknown, unknown>);
  }

  /** From now on every request that has a handler fails in the same words, but these. */
  refuseAllBut(tokens: readonly { readonly method: string }[], why: ErrorShape): void {
    const allowed = new Set(tokens.map(({ method }) => method));
    for (const method of this.#handlers.keys()) {
      if (allowed.has(method)) continue;
      this.#handlers.set(method, () => {
        throw new TouchstoneError(why);
      });
    }
  }

  /** Asks the engine itself, as part of a request that a client made. Throws what the handler throws. */
  async ask<P, R>(token: RequestToken<P, R>, params: P, context: RequestContext): Promise<R> {
    const handler = this.#handlers.get(token.method);
    if (handler === undefined) throw unknownRequest(token.method);
    // SAFETY: the handler was given for this token, whose types it has.
    return (await handler(params, context)) as R;
  }

  emit<P>(token: EventToken<P>, params: P, clientId?: number): void {
    const message: EventMessage = { event: token.event, params };
    for (const client of this.#clients.values()) {
      if (clientId !== undefined && client.id !== clientId) continue;
      if (client.socket.writableLength > MAX_UNREAD_BYTES) client.socket.destroy();
      else client.connection.sendNotification(EVENT_METHOD, message).catch(() => undefined);
    }
  }

  onClients(listener: (clients: readonly ClientInfo[], left: ClientInfo | null) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes a new connection; it counts as a client once it has greeted with the right key. */
  async accept(socket: Socket): Promise<void> {
    socket.on("error", () => undefined);
    try {
      const connection = await openChannel(socket);
      this.#serve(socket, connection);
    } catch {
      socket.destroy();
    }
  }

  /** From now on requests are refused with `ENGINE_LEAVING`; resolved once those under way are answered, or after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    this.#refusing = true;
    if (this.#pending === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#quiet.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Closes every connection after what was written has left. */
  close(): void {
    for (const client of this.#clients.values()) client.socket.end();
  }

  #serve(socket: Socket, connection: MessageConnection): void {
    let client: Client | null = null;
    connection.onRequest(hello.method, (envelope: Envelope) => {
      // SAFETY: every field is checked before use.
      const greeting = envelope.params as Hello;
      if (!this.#knows(greeting.key)) {
        // After the answer has left.
        setTimeout(() => socket.destroy(), REFUSAL_MS).unref();
        return toResponseError(new TouchstoneError({ code: "NOT_TRUSTED", message: "The client does not know this engine's key." }));
      }
      client ??= this.#join(socket, connection, greeting);
      return { ...this.#options.welcome(), clientId: client.id };
    });
    connection.onRequest((method: string, envelope: object | undefined, token: CancellationToken) => {
      if (client === null) return toResponseError(new TouchstoneError({ code: "NOT_TRUSTED", message: "The first request must be engine/hello." }));
      // SAFETY: rpc/client.ts wraps every request so; a missing field reads as undefined.
      return this.#dispatch(method, (envelope ?? { params: null, progress: null }) as Envelope, token, client);
    });
    connection.listen();
  }

  #knows(key: unknown): boolean {
    if (typeof key !== "string") return false;
    const [given, wanted] = [Buffer.from(key), Buffer.from(this.#options.key)];
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  #join(socket: Socket, connection: MessageConnection, greeting: Hello): Client {
    const client: Client = { id: this.#nextClient++, kind: String(greeting.kind), version: String(greeting.version), protocol: Number(greeting.protocol), extension: String(greeting.extension ?? ""), connection, socket };
    this.#clients.set(client.id, client);
    const leave = (): void => {
      if (!this.#clients.delete(client.id)) return;
      for (const listener of this.#listeners) listener(this.clients, infoOf(client));
    };
    socket.on("close", leave);
    for (const listener of this.#listeners) listener(this.clients, null);
    return client;
  }

  async #dispatch(method: string, envelope: Envelope, token: CancellationToken, client: Client): Promise<unknown> {
    const handler = this.#handlers.get(method);
    if (handler === undefined) return toResponseError(unknownRequest(method));
    if (this.#refusing) {
      return toResponseError(new TouchstoneError({ code: "ENGINE_LEAVING", message: "The engine hands over to a newer one.", hint: "Try once more." }));
    }
    const abort = new AbortController();
    const stop = (): void => abort.abort(cancelled());
    token.onCancellationRequested(stop);
    client.socket.once("close", stop);
    this.#pending++;
    try {
      return await handler(envelope.params, {
        signal: abort.signal,
        client: infoOf(client),
        progress: (progress) => {
          if (envelope.progress !== null) client.connection.sendProgress(progressType, envelope.progress, progress).catch(() => undefined);
        },
      });
    } catch (error) {
      if (abort.signal.aborted) return toResponseError(cancelled());
      if (toShape(error).code === "INTERNAL") this.#options.log(`${method}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return toResponseError(error);
    } finally {
      client.socket.off("close", stop);
      this.#pending--;
      if (this.#pending === 0) for (const done of this.#quiet.splice(0)) done();
    }
  }
}

function infoOf({ id, kind, version, protocol, extension }: ClientInfo): ClientInfo {
  return { id, kind, version, protocol, extension };
}
