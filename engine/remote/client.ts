import { Readable } from "node:stream";
import type { RemoteAddress } from "../api/remote.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { Fields, isRecord } from "../mlflow/fields.ts";
import { MlflowError } from "../mlflow/errors.ts";
import { type Clock, Idle, realClock } from "./idle.ts";

/** A file's first byte, and the answer to one that was sent: a server fetches it from, or puts it to, where it keeps it meanwhile. Node's fetch waits no longer. */
const FILE_MS = 300_000;
const TRIES = 3;
const REST_MS = 500;
/** Bytes of an answer. */
const LARGEST = 256 << 20;

/** Calls that make something each time. */
const MAKES = /\/(?:create|logged-models|outputs)$/;

type Query = Readonly<Record<string, string | number>>;

/** What a server says of an artifact that tells its contents apart. */
export interface FileTags {
  readonly etag: string | null;
  /** As HTTP writes it. */
  readonly modified: string | null;
}

interface Answer {
  readonly status: number;
  readonly ok: boolean;
  /** Its body. Throws `REMOTE_OFFLINE` where it breaks off, or nothing comes for too long. */
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly headers: Headers;
  /** Lets go of a body that nobody reads. */
  drop(): Promise<void>;
}

/** An MLflow server's REST API, as a client. Throws `REMOTE_ADDRESS`, `REMOTE_OFFLINE`, `REMOTE_ODD`, `REMOTE_REFUSED`, and `REMOTE_ANSWER` with the server's own words. */
export class RemoteServer {
  readonly uri: string;
  readonly #authorization: string | null;
  readonly #clock: Clock;

  constructor({ uri, username, password, token }: RemoteAddress, clock = realClock) {
    this.#clock = clock;
    const parsed = URL.parse(uri);
    if (!parsed || !["http:", "https:"].includes(parsed.protocol)) throw new TouchstoneError({ code: "REMOTE_ADDRESS", message: `${uri} is not the address of an MLflow server.`, hint: "It begins with http:// or https://." });
    if (parsed.username !== "" || parsed.password !== "") throw new TouchstoneError({ code: "REMOTE_REFUSED", message: "The address holds a user or password.", hint: "Give them apart: an address is shown, credentials are not." });
    this.uri = uri.replace(/\/+$/, "");
    this.#authorization = username !== undefined && password !== undefined ? `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` : token !== undefined ? `Bearer ${token}` : null;
  }

  get(path: string, query: Query, signal?: AbortSignal): Promise<Fields> {
    const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
    return this.#json("GET", `${placeOf(path)}?${text}`, undefined, signal);
  }

  /** A path that begins with `3.0/` is one of version 3. */
  post(path: string, body: object, signal?: AbortSignal): Promise<Fields> {
    return this.#json("POST", placeOf(path), jsonOf(body), signal);
  }

  patch(path: string, body: object, signal?: AbortSignal): Promise<Fields> {
    return this.#json("PATCH", placeOf(path), jsonOf(body), signal);
  }

  /** Hands spans to an experiment: an `ExportTraceServiceRequest` of OpenTelemetry. False where the server takes none. */
  async spans(experiment: string, request: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<boolean> {
    const answer = await this.#fetch("POST", "/v1/traces", request, signal, { "Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": experiment });
    const isTaken = ![404, 405, 501].includes(answer.status);
    if (isTaken && !answer.ok) throw await this.#failure(answer);
    await textOf(answer);
    return isTaken;
  }

  /** The spans of a trace, as text of a `traces.json`: its nanoseconds are beyond 2^53. Null where the server has none. */
  async traceData(traceId: string, signal?: AbortSignal): Promise<string | null> {
    const answer = await this.#fetch("GET", `/ajax-api/2.0/mlflow/get-trace-artifact?${new URLSearchParams({ request_id: traceId }).toString()}`, undefined, signal, {}, FILE_MS);
    if (answer.ok) return textOf(answer);
    const failure = await this.#failure(answer);
    if (["REMOTE_ANSWER", "REMOTE_ODD"].includes(failure.shape.code)) return null;
    throw failure;
  }

  /** The content of an artifact; the server fetches it from wherever it lies. Null where it is still what `known` tells. */
  async download(runId: string, path: string, signal?: AbortSignal, known?: FileTags): Promise<{ readonly content: AsyncIterable<Uint8Array>; readonly tags: FileTags } | null> {
    const conditions = { ...(known?.etag == null ? {} : { "If-None-Match": known.etag }), ...(known?.modified == null ? {} : { "If-Modified-Since": known.modified }) };
    const answer = await this.#fetch("GET", `/get-artifact?${new URLSearchParams({ run_uuid: runId, path }).toString()}`, undefined, signal, conditions, FILE_MS);
    const tags: FileTags = { etag: answer.headers.get("etag"), modified: answer.headers.get("last-modified") };
    // A server, or a proxy before it, may not heed the conditions.
    if (answer.status === 304 || (answer.ok && known !== undefined && known.etag !== null && known.etag === tags.etag)) return (await answer.drop(), null);
    if (!answer.ok) throw await this.#failure(answer);
    return { content: answer.pieces, tags };
  }

  /** Puts an artifact through the server's proxy; `root` is the run's `artifact_uri`. */
  async upload(root: string, path: string, content: AsyncIterable<Uint8Array>, bytes: number, signal?: AbortSignal): Promise<void> {
    const inner = root.replace(/^mlflow-artifacts:\/*(?:[^/]+:\d+\/)?/, "");
    const place = [...inner.split("/"), ...path.split("/")].map(encodeURIComponent).join("/");
    const idle = new Idle(signal, this.#clock);
    idle.wait();
    // SAFETY: Node's typings and the DOM's typings of one and the same web stream class.
    const body = Readable.toWeb(Readable.from(idle.going(content, FILE_MS), { objectMode: false })) as ReadableStream<Uint8Array>;
    // Node's fetch sends a stream only so; the DOM's typings do not know it.
    const request: RequestInit & { readonly duplex: "half" } = {
      method: "PUT",
      headers: { ...this.#headers(), "Content-Length": String(bytes) },
      body,
      duplex: "half",
      signal: idle.signal,
    };
    const answer = await this.#answer(`/api/2.0/mlflow-artifacts/artifacts/${place}`, request, idle, signal);
    if (!answer.ok) throw await this.#failure(answer);
    await textOf(answer);
  }

  async #json(method: string, path: string, body: string | undefined, signal: AbortSignal | undefined): Promise<Fields> {
    const answer = await this.#fetch(method, path, body, signal);
    if (!answer.ok) throw await this.#failure(answer);
    const value = parsed(await textOf(answer));
    if (!isRecord(value)) throw new TouchstoneError({ code: "REMOTE_ODD", message: `${this.uri} answers, but not as an MLflow server does.`, hint: "Look at the address: is it the server's own, without a page's path?" });
    return new Fields(value);
  }

  /** A call that may be repeated: all of ours are idempotent but those that make something, which is looked for before they are repeated. */
  async #fetch(method: string, path: string, body: string | Uint8Array<ArrayBuffer> | undefined, signal: AbortSignal | undefined, headers: Readonly<Record<string, string>> = body === undefined ? {} : { "Content-Type": "application/json" }, firstMs?: number): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const idle = new Idle(signal, this.#clock);
      idle.wait(firstMs);
      // A refused connection is told at once: the caller comes again by itself.
      const answer = await this.#answer(path, { method, headers: { ...this.#headers(), ...headers }, ...(body === undefined ? {} : { body }), signal: idle.signal }, idle, signal);
      if (![429, 502, 503, 504].includes(answer.status) || attempt >= TRIES || MAKES.test(path)) return answer;
      await textOf(answer);
      await new Promise((done) => setTimeout(done, REST_MS * attempt));
    }
  }

  async #answer(path: string, request: RequestInit, idle: Idle, signal: AbortSignal | undefined): Promise<Answer> {
    const failed = (error: unknown): unknown => (signal?.aborted === true ? error : this.#offline(error));
    try {
      const { status, ok, headers, body } = await fetch(this.uri + path, request);
      return { status, ok, headers, drop: async () => body?.cancel(), pieces: orThrow(idle.coming(body ?? Readable.from([])), failed) };
    } catch (error) {
      throw failed(error);
    } finally {
      idle.rest();
    }
  }

  #headers(): Record<string, string> {
    return { "User-Agent": "touchstone", ...(this.#authorization === null ? {} : { Authorization: this.#authorization }) };
  }

  #offline(error: unknown): TouchstoneError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : error instanceof Error ? error.message : String(error);
    return new TouchstoneError({ code: "REMOTE_OFFLINE", message: `${this.uri} does not answer: ${cause.trim() === "" ? "no connection" : cause}.`, hint: "Is the server running, and is the address right?" });
  }

  async #failure(answer: Answer): Promise<TouchstoneError> {
    const { status } = answer;
    const text = (await textOf(answer).catch(() => null)) ?? "";
    if (status === 401) return new TouchstoneError({ code: "REMOTE_REFUSED", message: `${this.uri} ${this.#authorization === null ? "asks for credentials" : "refuses these credentials"} (401).`, hint: "Connect again with the right user and password, or token." });
    const said = messageOf(text);
    if (status === 501) return new TouchstoneError({ code: "REMOTE_ODD", message: `${this.uri} does not know this call${said === null ? "" : `: ${said}`}` });
    // Who may not do one thing may do others. MLflow's own door says it in plain text, a proxy before it with a page.
    if (status === 403) return new TouchstoneError({ code: "REMOTE_ANSWER", message: `${this.uri}: ${said ?? (/^[^<{]{1,200}$/.test(text.trim()) ? text.trim() : "Permission denied")} (403)`, hint: "These credentials lack the permission for it: who runs the server can give it." });
    if (said === null) return new TouchstoneError({ code: status >= 500 ? "REMOTE_OFFLINE" : "REMOTE_ODD", message: `${this.uri} answered ${status}, not as an MLflow server does.`, hint: "Look at the address." });
    return new TouchstoneError({ code: "REMOTE_ANSWER", message: `${this.uri}: ${said}` });
  }
}

/** The same for each address of one server: case of its host, the usual port, slashes at the end and the names of this computer make no difference. */
export function placeOfServer(uri: string): string {
  const parsed = URL.parse(uri);
  if (!parsed) return uri;
  const { protocol, hostname, port, pathname } = parsed;
  const host = ["127.0.0.1", "0.0.0.0", "[::1]"].includes(hostname) ? "localhost" : hostname;
  return `${host}:${port || (protocol === "https:" ? "443" : "80")}${pathname.replace(/\/+$/, "")}`;
}

function placeOf(path: string): string {
  return path.startsWith("3.0/") ? `/api/3.0/mlflow/${path.slice("3.0/".length)}` : `/api/2.0/mlflow/${path}`;
}

function jsonOf(body: object): string {
  return JSON.stringify(body, (_key, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value));
}

/** The text of an answer, which is read to its end; null where it is larger than any page of ours can be. */
async function textOf({ pieces }: Answer): Promise<string | null> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > LARGEST) return null;
    kept.push(piece);
  }
  return Buffer.concat(kept).toString("utf8");
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** MLflow's own words for a failure; null where it is not MLflow's answer. */
function messageOf(text: string): string | null {
  const value = parsed(text);
  return isRecord(value) && typeof value["error_code"] === "string" ? String(value["message"] ?? value["error_code"]) : null;
}

/** Fields of an answer that are missing or wrong mean that this is no MLflow server. */
export function understood<T>(server: RemoteServer, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MlflowError)) throw error;
    throw new TouchstoneError({ code: "REMOTE_ODD", message: `${server.uri} answers otherwise than an MLflow server: ${error.message}` });
  }
}

async function* orThrow<T>(all: AsyncIterable<T>, as: (error: unknown) => unknown): AsyncGenerator<T> {
  try {
    yield* all;
  } catch (error) {
    throw as(error);
  }
}
