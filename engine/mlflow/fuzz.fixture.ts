import type { Draw } from "./model.fixture.ts";

/** One random call, as it goes out. */
export interface FuzzCall {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Names of fields of any route. */
const names = [
  "experiment_id", "experiment_ids", "experiment_name", "name", "new_name", "artifact_location", "tags", "key", "value", "run_id", "run_uuid", "run_ids", "run_name", "user_id", "start_time", "end_time", "status", "timestamp", "step",
  "metrics", "params", "datasets", "models", "model_id", "model_json", "metric_key", "max_results", "page_token", "filter", "order_by", "run_view_type", "view_type", "start_step", "end_step", "path", "version", "stage", "stages", "alias",
  "archive_existing_versions", "source", "description", "model_type", "source_run_id", "trace", "trace_id", "trace_ids", "request_id", "request_ids", "locations", "max_timestamp_millis", "max_traces", "assessment", "assessment_id", "update_mask",
  "feedback", "expectation", "dataset", "dataset_id", "records", "digest", "source_type", "schema", "profile", "expiration", "num_parts", "upload_id", "parts", "artifact_directory_path", "prompt_versions", "model_inputs", "dataset_name", "dataset_digest",
  "trace_info", "trace_location", "mlflow_experiment", "type", "request_time", "state", "execution_duration", "tag", "inputs", "expectations", "__proto__", "constructor", "toString", "",
] as const;

const oddTexts = [
  "", "a", "0", "-1", "1e309", "NaN", "Infinity", "null", "true", "../../etc/passwd", "..", ".", "/", "//", "\u0000", "a\u0000b", "\ud800", "😀", "ü".repeat(300), "x".repeat(9_000), "%2e%2e", "%", "'; DROP TABLE runs; --", "${x}", "{{7*7}}",
  "metrics.a > 1", "metrics.`a b` >= 0.5 AND params.x = 'y'", "name LIKE '%'", "tags.a ILIKE '_'", "((((((((", "metrics.a ASC", "attributes.start_time DESC", "ACTIVE_ONLY", "ALL", "FINISHED", "RUNNING", "LOGGED_MODEL_READY", "Production",
  "eyJvZmZzZXQiOjV9", "eyJvZmZzZXQiOi01fQ==", "m-0123456789abcdef0123456789abcdef", "tr-0123456789abcdef0123456789abcdef", "models:/a/1", "runs:/x/y", "s3://b/c", "file:///etc", "2026-01-01T00:00:00Z", "1.5s", "9007199254740993", "123456789012345678",
] as const;
const oddNumbers = [0, -0, 1, -1, 0.5, 2, 100, 1_000, 50_001, 1e21, -1e21, 1.7976931348623157e308, 5e-324, 2 ** 53, -(2 ** 53), 1_700_000_000_000] as const;

/** A random JSON value; `ids` are those of things that are there. */
function randomValue(draw: Draw, ids: readonly string[], depth: number): unknown {
  const kind = draw.below(depth <= 0 ? 7 : 11);
  if (kind < 3) return draw.of(ids);
  if (kind < 5) return draw.of(oddTexts);
  if (kind < 6) return draw.of(oddNumbers);
  if (kind < 7) return draw.of([null, true, false]);
  if (kind < 9) return Array.from({ length: draw.below(4) }, () => randomValue(draw, ids, depth - 1));
  return randomObject(draw, ids, depth - 1);
}

function randomObject(draw: Draw, ids: readonly string[], depth: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: 1 + draw.below(6) }, () => [draw.of(names), randomValue(draw, ids, depth)]));
}

/** A text with some bytes changed, taken out or doubled. */
function damaged(draw: Draw, text: string): Uint8Array {
  const bytes = [...Buffer.from(text)];
  for (let i = 0; i <= draw.below(6); i++) {
    const at = draw.below(bytes.length + 1);
    if (draw.chance(0.4)) bytes.splice(at, 1);
    else if (draw.chance(0.5)) bytes.splice(at, 0, draw.below(256));
    else bytes[Math.min(at, bytes.length)] = draw.below(256);
  }
  return Uint8Array.from(bytes);
}

/** A path with odd parts, always as a client may send it. */
function oddPath(draw: Draw): string {
  const parts = ["..", ".", "%2e%2e", "%252e%252e", "%2f", "%5c", "%00", "%ff", "a+b", "a%20b", "%C3%BC", "a;b", "a?b=c", "~", "*", "api", "2.0", "mlflow", "mlflow-artifacts", "artifacts", "0", "1", "x".repeat(300)];
  return `/${Array.from({ length: draw.below(8) }, () => draw.of(parts)).join("/")}`;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** A call that servers take, with `$name` where an id of something stands. */
export interface Sample {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** A call as a client makes it, of things that are there, with one place of it changed now and then. */
export function nearlyRight(draw: Draw, samples: readonly Sample[], idOf: (name: string) => string): FuzzCall {
  const { method, path, query = {}, body } = draw.of(samples);
  const changed = draw.chance(0.5);
  const fill = (value: unknown): unknown => {
    if (changed && draw.chance(0.1)) return randomValue(draw, [idOf("run"), idOf("exp")], 2);
    if (typeof value === "string") return value.replaceAll(/\$(?:new:)?(\w+)/g, (_, name: string) => idOf(name));
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [changed && draw.chance(0.05) ? draw.of(names) : key, fill(item)]));
  };
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) for (const one of Array.isArray(value) ? value : [value]) search.append(key, asText(fill(one)));
  const place = path.split("/").map((part) => (part.includes("$") ? encodeURIComponent(asText(fill(part)).replaceAll(/\p{Surrogate}/gu, "\ufffd")) : part)).join("/");
  const address = place.startsWith("/") ? place : place.startsWith("3.0/") ? `/api/3.0/mlflow/${place.slice(4)}` : `/api/2.0/mlflow/${place}`;
  return { method, path: search.size === 0 ? address : `${address}?${search.toString()}`, ...(body === undefined ? {} : { body: JSON.stringify(fill(body)) ?? "" }) };
}

/** A random call to one of `routes` (`METHOD path`), to the artifacts, or to what is none. */
export function fuzzCall(draw: Draw, routes: readonly string[], ids: readonly string[]): FuzzCall {
  const kind = draw.below(20);
  if (kind === 0) return { method: draw.of(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]), path: oddPath(draw) };
  if (kind === 1) return { method: "POST", path: "/v1/traces", body: damaged(draw, '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"AAAA","name":"a"}]}]}]}'), headers: { "content-type": draw.of(["application/json", "application/x-protobuf", "text/plain"]), "x-mlflow-experiment-id": draw.of(ids), ...(draw.chance(0.2) ? { "content-encoding": draw.of(["gzip", "deflate", "br", "none"]) } : {}) } };
  if (kind < 4) {
    const root = `/api/2.0/mlflow-artifacts/${draw.of(["artifacts", "artifacts", "artifacts", "mpu/create", "mpu/complete", "mpu/abort", "presigned"])}`;
    const path = `${root}${draw.chance(0.7) ? `/0/${encodeURIComponent(draw.of(ids))}/artifacts` : ""}${oddPath(draw)}`;
    const method = draw.of(["GET", "PUT", "PUT", "DELETE", "POST", "HEAD"]);
    return { method, path, ...(method === "PUT" || method === "POST" ? { body: damaged(draw, "some bytes of an artifact") } : {}), headers: draw.chance(0.1) ? { range: draw.of(["bytes=0-3", "bytes=5-", "bytes=9-2", "nonsense"]) } : {} };
  }
  const [method = "", route = ""] = draw.of(routes).split(" ", 2);
  const filled = route.replaceAll(/:\w+/g, () => encodeURIComponent(draw.of([draw.of(ids), draw.of(["a", "..", "%", "ü", "x y", "nobody"])])));
  const door = filled.startsWith("3.0/") ? `/${draw.of(["api", "ajax-api"])}/3.0/mlflow/${filled.slice(4)}` : `/${draw.of(["api", "ajax-api"])}/2.0/mlflow/${filled}`;
  const body = randomObject(draw, ids, 4);
  if (method === "GET") {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(body)) for (const one of Array.isArray(value) ? value : [value]) query.append(key, asText(one));
    return { method, path: `${door}?${query.toString()}` };
  }
  const text = JSON.stringify(body);
  if (kind === 4) return { method, path: door, body: damaged(draw, text) };
  if (kind === 5) return { method, path: door, body: text, headers: { "content-type": draw.of(["text/plain", "application/json; charset=latin1", "", "application/x-www-form-urlencoded"]) } };
  if (kind === 6) return { method, path: door, body: draw.of(["[".repeat(20_000), `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`, "null", "5", '"text"', '"{\\"name\\":5}"', "[]", " "]) };
  return { method, path: door, body: text };
}
