import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface FakePoint {
  readonly step: number;
  readonly timestamp: number;
  readonly value: number;
}

export interface FakeFile {
  content: string;
  /** Null: the server gives none. */
  etag: string | null;
}

export interface FakeRun {
  readonly run_id: string;
  status: string;
  readonly curves: Record<string, FakePoint[]>;
  readonly files: Record<string, FakeFile>;
}

/** What an MLflow server answers to somebody who reads its runs, with the faults that a test sets. */
export interface FakeServer {
  readonly uri: string;
  readonly runs: FakeRun[];
  /** Each request as `page 0+1000` of a history, `200 file` or `304 file` of an artifact. */
  readonly asked: string[];
  /** Runs that are gone: asked by themselves they are not found. */
  readonly gone: Set<string>;
  /** Answers of histories are held back until it resolves. */
  held: Promise<void>;
  /** The token behind a page that ends at a place; null: as MLflow does. */
  token: ((end: number) => string) | null;
  close(): void;
}

/** A server that keeps a history in the order of time, as MLflow's database does, and whose tokens are places. */
export async function fakeServer(): Promise<FakeServer> {
  const server = createServer((request, response) => void answer(state, request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const place = server.address();
  const state: FakeServer = { uri: `http://127.0.0.1:${typeof place === "object" && place ? place.port : 0}`, runs: [], asked: [], gone: new Set(), held: Promise.resolve(), token: null, close: () => (server.closeAllConnections(), server.close()) };
  return state;
}

export function fakeRun(run_id: string, status: "RUNNING" | "FINISHED", loss: readonly FakePoint[] = []): FakeRun {
  return { run_id, status, curves: loss.length === 0 ? {} : { loss: [...loss] }, files: {} };
}

/** Points of the steps in [from, to), one a second. */
export function fakePoints(from: number, to: number): FakePoint[] {
  return Array.from({ length: to - from }, (_, at) => ({ step: from + at, timestamp: 1_000 * (from + at), value: 1 / (from + at + 1) }));
}

async function answer(state: FakeServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? "", state.uri);
  for await (const _ of request);
  const say = (value: object, status = 200): void => void response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
  const run = state.runs.find(({ run_id }) => run_id === (query.get("run_id") ?? query.get("run_uuid")));
  switch (pathname.replace(/^\/api\/2\.0\/mlflow\//, "")) {
    case "experiments/search":
      return say({ experiments: [{ experiment_id: "1", name: "team/churn", lifecycle_stage: "active" }] });
    case "runs/search":
      return say({ runs: state.runs.filter(({ run_id }) => !state.gone.has(run_id)).map(shape) });
    case "runs/get":
    case "metrics/get-history":
    case "artifacts/list":
    case "/get-artifact":
      if (run === undefined || state.gone.has(run.run_id)) return say({ error_code: "RESOURCE_DOES_NOT_EXIST", message: `Run with id=${query.get("run_id")} not found` }, 404);
      if (pathname.endsWith("runs/get")) return say({ run: shape(run) });
      if (pathname.endsWith("artifacts/list")) return say({ files: Object.entries(run.files).map(([path, { content }]) => ({ path, is_dir: false, file_size: content.length })) });
      if (pathname === "/get-artifact") return file(state, run.files[query.get("path") ?? ""], request, response);
      return say(await history(state, run, query));
    default:
      return say({ error_code: "ENDPOINT_NOT_FOUND", message: "not supported" }, 404);
  }
}

function file(state: FakeServer, one: FakeFile | undefined, request: IncomingMessage, response: ServerResponse): void {
  const isSame = one?.etag !== null && request.headers["if-none-match"] === one?.etag;
  const status = one === undefined ? 404 : isSame ? 304 : 200;
  state.asked.push(`${status} file`);
  response.writeHead(status, one === undefined || one.etag === null ? {} : { ETag: one.etag }).end(status === 200 ? one?.content : undefined);
}

async function history(state: FakeServer, run: FakeRun, query: URLSearchParams): Promise<object> {
  const [from, size] = [Number(query.get("page_token")?.slice(1) ?? 0), Number(query.get("max_results"))];
  state.asked.push(`page ${from}+${size}`);
  await state.held;
  const all = (run.curves[query.get("metric_key") ?? ""] ?? []).toSorted((a, b) => a.timestamp - b.timestamp || a.step - b.step);
  const end = from + size;
  const next = state.token === null ? (end < all.length ? `p${end}` : "") : state.token(end);
  return { metrics: all.slice(from, end).map((point) => ({ key: query.get("metric_key"), ...point })), ...(next === "" ? {} : { next_page_token: next }) };
}

function shape({ run_id, status, curves }: FakeRun): object {
  const metrics = Object.entries(curves).map(([key, points]) => ({ key, ...points.toSorted((a, b) => a.step - b.step || a.timestamp - b.timestamp).at(-1) }));
  return { info: { run_id, run_name: run_id, experiment_id: "1", status, start_time: 1_000, ...(status === "RUNNING" ? {} : { end_time: 9_000_000 }), lifecycle_stage: "active" }, data: { metrics } };
}
