import type { RemoteAddress } from "../api/remote.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { Fields, isRecord } from "../mlflow/fields.ts";
import { MlflowError } from "../mlflow/errors.ts";

/** How long one call may take; a page of a thousand runs took a released server two seconds. */
const TIMEOUT_MS = 30_000;
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

/** An MLflow server's REST API, as a client. Throws `REMOTE_OFFLINE`, `REMOTE_ODD`, `REMOTE_REFUSED`, and `REMOTE_ANSWER` with the server's own words. */
export class RemoteServer {
  readonly uri: string;
  readonly #authorization: string | null;

  constructor({ uri, username, password, token }: RemoteAddress) {
    const parsed = URL.parse(uri);
    if (!parsed || !["http:", "https:"].includes(parsed.protocol)) throw new TouchstoneError({ code: "REMOTE_REFUSED", message: `${uri} is not the address of an MLflow server.`, hint: "It begins with http:// or https://." });
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
    return this.#json("POST", placeOf(path), textOf(body), signal);
  }

  patch(path: string, body: object, signal?: AbortSignal): Promise<Fields> {
    return this.#json("PATCH", placeOf(path), textOf(body), signal);
  }

  /** Hands spans to an experiment: an `ExportTraceServiceRequest` of OpenTelemetry. False where the server takes none. */
  async spans(experiment: string, request: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<boolean> {
    const response = await this.#fetch("POST", "/v1/traces", request, signal, { "Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": experiment });
    if ([404, 405, 501].includes(response.status)) return (await response.arrayBuffer(), false);
    if (!response.ok) throw await this.#failure(response);
    await response.arrayBuffer();
    return true;
  }

  /** The spans of a trace, as text of a `traces.json`: its nanoseconds are beyond 2^53. Null where the server has none. */
  async traceData(traceId: string, signal?: AbortSignal): Promise<string | null> {
    const response = await this.#fetch("GET", `/ajax-api/2.0/mlflow/get-trace-artifact?${new URLSearchParams({ request_id: traceId }).toString()}`, undefined, signal);
    if (response.ok) return (await bytesOf(response))?.toString("utf8") ?? null;
    const failure = await this.#failure(response);
    if (["REMOTE_ANSWER", "REMOTE_ODD"].includes(failure.shape.code)) return null;
    throw failure;
  }

  /** The content of an artifact; the server fetches it from wherever it lies. Null where it is still what `known` tells. */
  async download(runId: string, path: string, signal?: AbortSignal, known?: FileTags): Promise<{ readonly content: AsyncIterable<Uint8Array>; readonly tags: FileTags } | null> {
    const conditions = { ...(known?.etag == null ? {} : { "If-None-Match": known.etag }), ...(known?.modified == null ? {} : { "If-Modified-Since": known.modified }) };
    const response = await this.#fetch("GET", `/get-artifact?${new URLSearchParams({ run_uuid: runId, path }).toString()}`, undefined, signal, conditions);
    const tags: FileTags = { etag: response.headers.get("etag"), modified: response.headers.get("last-modified") };
    // A server, or a proxy before it, may not heed the conditions.
    if (response.status === 304 || (response.ok && known !== undefined && known.etag !== null && known.etag === tags.etag)) return (await response.body?.cancel(), null);
    if (!response.ok || response.body === null) throw await this.#failure(response);
    return { content: response.body, tags };
  }

  /** Puts an artifact through the server's proxy; `root` is the run's `artifact_uri`. */
  async upload(root: string, path: string, content: ReadableStream<Uint8Array>, bytes: number, signal?: AbortSignal): Promise<void> {
    const inner = root.replace(/^mlflow-artifacts:\/*(?:[^/]+:\d+\/)?/, "");
    const place = [...inner.split("/"), ...path.split("/")].map(encodeURIComponent).join("/");
    // Node's fetch sends a stream only so; the DOM's typings do not know it.
    const request: RequestInit & { readonly duplex: "half" } = {
      method: "PUT",
      headers: { ...this.#headers(), "Content-Length": String(bytes) },
      body: content,
      duplex: "half",
      ...(signal === undefined ? {} : { signal }),
    };
    const response = await fetch(`${this.uri}/api/2.0/mlflow-artifacts/artifacts/${place}`, request).catch((error: unknown) => {
      throw this.#offline(error);
    });
    if (!response.ok) throw await this.#failure(response);
    await response.arrayBuffer();
  }

  async #json(method: string, path: string, body: string | undefined, signal: AbortSignal | undefined): Promise<Fields> {
    const response = await this.#fetch(method, path, body, signal);
    if (!response.ok) throw await this.#failure(response);
    const value: unknown = await jsonOf(response);
    if (!isRecord(value)) throw new TouchstoneError({ code: "REMOTE_ODD", message: `${this.uri} answers, but not as an MLflow server does.`, hint: "Look at the address: is it the server's own, without a page's path?" });
    return new Fields(value);
  }

  /** A call that may be repeated: all of ours are idempotent but those that make something, which is looked for before they are repeated. */
  async #fetch(method: string, path: string, body: string | Uint8Array<ArrayBuffer> | undefined, signal: AbortSignal | undefined, headers: Readonly<Record<string, string>> = body === undefined ? {} : { "Content-Type": "application/json" }): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const limit = AbortSignal.timeout(TIMEOUT_MS);
      try {
        const response = await fetch(this.uri + path, {
          method,
          headers: { ...this.#headers(), ...headers },
          ...(body === undefined ? {} : { body }),
          signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        });
        if (![429, 502, 503, 504].includes(response.status) || attempt >= TRIES || MAKES.test(path)) return response;
        await response.arrayBuffer();
      } catch (error) {
        if (signal?.aborted === true) throw error;
        // A refused connection is told at once: the caller comes again by itself.
        throw this.#offline(error);
      }
      await new Promise((done) => setTimeout(done, REST_MS * attempt));
    }
  }

  #headers(): Record<string, string> {
    return { "User-Agent": "touchstone", ...(this.#authorization === null ? {} : { Authorization: this.#authorization }) };
  }

  #offline(error: unknown): TouchstoneError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : error instanceof Error ? error.message : String(error);
    return new TouchstoneError({ code: "REMOTE_OFFLINE", message: `${this.uri} does not answer: ${cause.trim() === "" ? "no connection" : cause}.`, hint: "Is the server running, and is the address right? What was fetched from it before stays." });
  }

  async #failure(response: Response): Promise<TouchstoneError> {
    const text = await response.text().catch(() => "");
    if (response.status === 401 || response.status === 403) {
      return new TouchstoneError({ code: "REMOTE_REFUSED", message: `${this.uri} refuses these credentials (${response.status}).`, hint: "Connect again with the right user and password, or token." });
    }
    const said = messageOf(text);
    if (response.status === 501) return new TouchstoneError({ code: "REMOTE_ODD", message: `${this.uri} does not know this call${said === null ? "" : `: ${said}`}` });
    if (said === null) return new TouchstoneError({ code: response.status >= 500 ? "REMOTE_OFFLINE" : "REMOTE_ODD", message: `${this.uri} answered ${response.status}, not as an MLflow server does.`, hint: "Look at the address." });
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

function textOf(body: object): string {
  return JSON.stringify(body, (_key, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value));
}

/** The content of an answer; null where it is larger than any of ours can be. */
async function bytesOf(response: Response): Promise<Buffer | null> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > LARGEST) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The JSON of an answer; null where it is none. */
async function jsonOf(response: Response): Promise<unknown> {
  try {
    return JSON.parse((await bytesOf(response))?.toString("utf8") ?? "null");
  } catch {
    return null;
  }
}

/** MLflow's own words for a failure; null where it is not MLflow's answer. */
function messageOf(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && typeof value["error_code"] === "string" ? String(value["message"] ?? value["error_code"]) : null;
  } catch {
    return null;
  }
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
