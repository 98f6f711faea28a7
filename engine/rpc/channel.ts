import type { Socket } from "node:net";
import { AbstractMessageReader, AbstractMessageWriter, createMessageConnection, type DataCallback, type Disposable, type Message, type MessageConnection } from "vscode-jsonrpc/node";
import { TouchstoneError } from "../api/tokens.ts";
import { toResponseError } from "./errors.ts";
import { MAX_MESSAGE_BYTES, PREFACE_BYTES, agree, decodeBody, encodeFrame, preface, type WireFormat } from "./wire.ts";

/** Cuts a stream into frames; gives each body once it is whole. */
class FrameReader extends AbstractMessageReader {
  readonly #socket: Socket;
  readonly #format: WireFormat;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #expected = -1;
  #callback: DataCallback = () => undefined;

  constructor(socket: Socket, format: WireFormat) {
    super();
    this.#socket = socket;
    this.#format = format;
  }

  /** Takes a message as if it had come from the other side. */
  receive(message: Message): void {
    this.#callback(message);
  }

  listen(callback: DataCallback): Disposable {
    this.#callback = callback;
    const onData = (chunk: Buffer): void => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      try {
        for (let body = this.#next(); body !== null; body = this.#next()) {
          // SAFETY: the other side is a Touchstone of this protocol (it knew the secret); jsonrpc checks the message's shape.
          callback(decodeBody(body, this.#format) as Message);
        }
      } catch (error) {
        this.fireError(error);
        this.#socket.destroy();
      }
    };
    this.#socket.on("data", onData);
    this.#socket.on("close", () => this.fireClose());
    if (this.#socket.destroyed) queueMicrotask(() => this.fireClose());
    this.#socket.resume();
    return { dispose: () => this.#socket.off("data", onData) };
  }

  #next(): Buffer | null {
    if (this.#expected < 0) {
      if (this.#bytes < 4) return null;
      this.#expected = this.#take(4).readUInt32BE(0);
      if (this.#expected > MAX_MESSAGE_BYTES) {
        throw new TouchstoneError({ code: "TOO_LARGE", message: `A message of ${this.#expected} bytes is over the limit of ${MAX_MESSAGE_BYTES}.` });
      }
    }
    if (this.#bytes < this.#expected) return null;
    const body = this.#take(this.#expected);
    this.#expected = -1;
    return body;
  }

  #take(length: number): Buffer {
    // Joined only once enough is there, so that a large message costs one copy.
    const all = this.#chunks.length === 1 && this.#chunks[0] !== undefined ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#bytes);
    this.#chunks = all.length > length ? [all.subarray(length)] : [];
    this.#bytes -= length;
    return all.subarray(0, length);
  }
}

class FrameWriter extends AbstractMessageWriter {
  readonly #socket: Socket;
  readonly #format: WireFormat;
  readonly #answerHere: (message: Message) => void;

  /** @param answerHere gets the answer to a request that cannot be sent. */
  constructor(socket: Socket, format: WireFormat, answerHere: (message: Message) => void) {
    super();
    this.#socket = socket;
    this.#format = format;
    this.#answerHere = answerHere;
    socket.on("close", () => this.fireClose());
  }

  async write(message: Message): Promise<void> {
    const frame = this.#encode(message);
    if (frame === null) return;
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(frame, (error) => (error === null || error === undefined ? resolve() : reject(error)));
    });
  }

  end(): void {
    this.#socket.end();
  }

  /** Whoever asked hears why an answer, or the request itself, cannot be sent; it would wait for ever. Null: nothing is to be sent. */
  #encode(message: Message): Buffer | null {
    try {
      return encodeFrame(message, this.#format);
    } catch (error) {
      if (!("id" in message)) throw error;
      const answer = { jsonrpc: message.jsonrpc, id: message.id, error: toResponseError(error).toJson() };
      if (!("method" in message)) return encodeFrame(answer, this.#format);
      setImmediate(() => this.#answerHere(answer));
      return null;
    }
  }
}

const quiet = { error: () => undefined, warn: () => undefined, info: () => undefined, log: () => undefined };

/**
 * Exchanges the opening bytes and gives the JSON-RPC connection over a socket; the caller registers its handlers, then calls `listen()`.
 * @throws TouchstoneError `NOT_TOUCHSTONE`, `FRAMING` as `agree`, `ENGINE_GONE` when the socket closes or stays silent for `timeoutMs`.
 */
export async function openChannel(socket: Socket, timeoutMs = 5000): Promise<MessageConnection> {
  socket.setNoDelay(true);
  const own = preface();
  socket.write(own);
  const format = agree(own, await readPreface(socket, timeoutMs));
  const reader = new FrameReader(socket, format);
  const connection = createMessageConnection(reader, new FrameWriter(socket, format, (message) => reader.receive(message)), quiet);
  // A broken pipe is told by `close`; without a listener it would be thrown.
  socket.on("error", () => undefined);
  return connection;
}

function readPreface(socket: Socket, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      settle();
      socket.destroy();
      reject(new TouchstoneError({ code: "ENGINE_GONE", message: "The engine closed the connection or does not answer.", hint: "Restart the engine." }));
    };
    const onReadable = (): void => {
      // SAFETY: without an encoding a socket reads Buffers.
      const bytes = socket.read(PREFACE_BYTES) as Buffer | null;
      if (bytes === null) return;
      settle();
      // From here on data flows: what follows the opening bytes waits in the socket until the reader listens.
      socket.pause();
      if (bytes.length < PREFACE_BYTES) fail();
      else resolve(bytes);
    };
    const timer = setTimeout(fail, timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      socket.off("readable", onReadable).off("close", fail).off("error", fail);
    };
    socket.on("readable", onReadable).on("close", fail).on("error", fail);
  });
}
