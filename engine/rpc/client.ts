import { connect, type Socket } from "node:net";
import { CancellationTokenSource, type MessageConnection } from "vscode-jsonrpc/node";
import { TouchstoneError, type EventToken, type Progress, type RequestToken } from "../api/tokens.ts";
import { openChannel } from "./channel.ts";
import { cancelled, fromResponseError, gone } from "./errors.ts";
import { EVENT_METHOD, hello, progressType, type Envelope, type EventMessage, type Hello, type Welcome } from "./messages.ts";

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Gives up (and cancels) when there was neither an answer nor progress for so long. Default: waits as long as the engine lives. */
  readonly timeoutMs?: number;
}

/** One connection to one engine. Ends with it; `connectEngine` makes new ones. */
export class RpcClient {
  readonly welcome: Welcome;
  readonly #connection: MessageConnection;
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #nextProgress = 1;

  private constructor(socket: Socket, connection: MessageConnection, welcome: Welcome, onEvent: (message: EventMessage) => void) {
    this.#socket = socket;
    this.#connection = connection;
    this.welcome = welcome;
    this.#closed = new Promise((resolve) => {
      const ended = (): void => {
        resolve();
        // Rejects what is under way: after those who wait for `closed` know it, so that whoever tries again waits for the next engine.
        queueMicrotask(() => connection.dispose());
      };
      if (socket.destroyed) ended();
      else socket.once("close", ended);
    });
    connection.onNotification(EVENT_METHOD, onEvent);
  }

  /**
   * Connects and greets.
   * @throws TouchstoneError `ENGINE_GONE` when nobody listens at the address or it does not answer in `timeoutMs`; `NOT_TRUSTED`, `FRAMING`, `NOT_TOUCHSTONE`.
   */
  static async open(address: string, greeting: Hello, onEvent: (message: EventMessage) => void, timeoutMs = 5000): Promise<RpcClient> {
    const socket = await openSocket(address);
    const connection = await openChannel(socket, timeoutMs);
    connection.listen();
    const envelope: Envelope = { params: greeting, progress: null };
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    try {
      const welcome = await Promise.race([connection.sendRequest<Welcome>(hello.method, envelope), closed(socket)]);
      return new RpcClient(socket, connection, welcome, onEvent);
    } catch (error) {
      socket.destroy();
      throw fromResponseError(error, hello.method);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolved once the connection is gone, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** @throws TouchstoneError what the engine's handler threw, or `CANCELLED`, `TIMEOUT`, `ENGINE_GONE`. */
  async request<P, R>(token: RequestToken<P, R>, params: P, options: RequestOptions = {}): Promise<R> {
    if (options.signal?.aborted === true) throw cancelled();
    const source = new CancellationTokenSource();
    const progress = options.onProgress === undefined ? null : this.#nextProgress++;
    let giveUp: (error: TouchstoneError) => void = () => undefined;
    const givenUp = new Promise<never>((_, reject) => (giveUp = reject));
    const leave = (error: TouchstoneError): void => {
      source.cancel();
      giveUp(error);
    };
    const onAbort = (): void => leave(cancelled());
    const timer = new Deadline(options.timeoutMs, () => leave(new TouchstoneError({ code: "TIMEOUT", message: `The engine did not answer ${token.method} in ${String(options.timeoutMs)} ms.` })));
    const listening =
      progress === null
        ? null
        : this.#connection.onProgress(progressType, progress, (value) => {
            timer.again();
            options.onProgress?.(value);
          });
    options.signal?.addEventListener("abort", onAbort);
    try {
      const envelope: Envelope = { params, progress };
      return await Promise.race([this.#connection.sendRequest<R>(token.method, envelope, source.token), givenUp]);
    } catch (error) {
      throw fromResponseError(error, token.method);
    } finally {
      timer.stop();
      listening?.dispose();
      options.signal?.removeEventListener("abort", onAbort);
    }
  }

  dispose(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }
}

/** Typed subscription helper: whether a message is of this event, with its params. */
export function isEvent<P>(message: EventMessage, token: EventToken<P>): message is EventMessage & { readonly params: P } {
  return message.event === token.event;
}

class Deadline {
  readonly #ms: number | undefined;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number | undefined, expired: () => void) {
    this.#ms = ms;
    this.#expired = expired;
    this.again();
  }

  again(): void {
    this.stop();
    if (this.#ms !== undefined) this.#timer = setTimeout(this.#expired, this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function openSocket(address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => reject(gone()));
  });
}

function closed(socket: Socket): Promise<never> {
  return new Promise((_, reject) => socket.once("close", () => reject(gone())));
}
