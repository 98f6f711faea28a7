import { request } from "node:http";
import { type Call, type Names } from "./case.ts";
import type { Side } from "./servers.ts";

/** What one side said. `body` is parsed where it is JSON, else text. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
}

/** One place where the two differ. `path` is empty for the whole answer, e.g. `status`, `body.run.info.status`. */
export interface Difference {
  readonly path: string;
  readonly ours: unknown;
  readonly reference: unknown;
}

/** Where a call goes. */
export function addressOf(path: string): string {
  if (path.startsWith("/")) return path;
  return path.startsWith("3.0/") ? `/api/3.0/mlflow/${path.slice(4)}` : `/api/2.0/mlflow/${path}`;
}

/** Sends a call as it stands: a client library would tidy up paths and headers. */
export function send(side: Side, names: Names, call: Call): Promise<Answer> {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(names.filled(call.query ?? {}))) {
    for (const item of Array.isArray(value) ? value : [value]) query.append(key, String(item));
  }
  const search = query.size === 0 ? "" : `?${query.toString()}`;
  const body = call.raw === undefined ? (call.body === undefined ? undefined : JSON.stringify(names.filled(call.body))) : names.filled(call.raw);
  const type = call.raw === undefined && body !== undefined ? { "content-type": "application/json" } : {};
  // Node does not say how long a body of DELETE is, and servers then take it for the next call.
  const length = body === undefined || call.headers?.["transfer-encoding"] !== undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const headers = { ...type, ...length, ...side.headers, ...names.filled(call.headers ?? {}) };
  return new Promise((resolve, reject) => {
    const sent = request(side.uri, { method: call.method, path: names.filled(addressOf(call.path)) + search, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const plain = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]));
        resolve({ status: response.statusCode ?? 0, headers: plain, body: parsed(text) });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The value at `run.info.run_id` or `runs.0.info`. */
export function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    // SAFETY: an object or a list of a JSON answer; a part that is not there gives undefined.
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** Fields of the reference that have no meaning where there is one workspace and no SQL dialect to speak of. */
const left = new Set(["workspace", "sqlstate", "error_class"]);

/** Lists that come in no promised order. */
const unordered = new Set(["tags", "params", "aliases"]);

/** An answer without what differs from call to call: ids, times of now, made-up names, page tokens. */
export function masked(answer: Answer, names: Names, since: number, headers: readonly string[]): Record<string, unknown> {
  const kept = names.kept;
  const now = (ms: number): boolean => ms >= since - 5_000 && ms <= Date.now() + 5_000;

  const text = (value: string): string => {
    let result = value;
    for (const [name, own] of kept) {
      if (own.length >= 8) result = result.replaceAll(own, `<$${name}>`);
      // A short one is an experiment's number: elsewhere the same digits may mean something else.
      else if (/^\d+$/.test(own)) result = result.replaceAll(new RegExp(`(mlflow-artifacts:/|\\bartifact: '|\\bnot a file: '|\\bid[= :]+'?|\\bexperiment '?|\\bexperiments )${own}(?!\\w)`, "gi"), `$1<$${name}>`);
    }
    return result
      .replaceAll(/(mlflow-artifacts:\/)[1-9]\d*(?!\w)/g, "$1<number>")
      .replaceAll(/\b[0-9a-f]{32}\b/g, "<32 hex>")
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<uuid>")
      // JSON in a text, such as the records of an evaluation dataset.
      .replaceAll(/(?<=_time\\?": )\d{13}\b/g, (ms) => (now(Number(ms)) ? "<now>" : ms))
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => (now(Date.parse(time)) ? "<now>" : time))
      // A Python set prints in an order of its own in each process.
      .replaceAll(/\{('[^{}']*'(?:, '[^{}']*')+)\}/g, (_, items: string) => `{${items.split(", ").sort().join(", ")}}`)
      // The database's own words behind MLflow's.
      .replace(/ Error: \(sqlite3\..*$/s, "");
  };
  const walk = (value: unknown, key: string, parent: string): unknown => {
    if (typeof value === "number") return now(value) ? "<now>" : value;
    if (typeof value === "string") {
      if (key === "next_page_token") return "<token>";
      if (key === "run_name" && /^(run-[0-9a-f]{8}|[a-z]+-[a-z]+-\d+)$/.test(value)) return "<made-up name>";
      const number = /^experiment_ids?$/.test(key === "" ? parent : key) ? kept.find(([, own]) => own === value) : undefined;
      if (number !== undefined) return `<$${number[0]}>`;
      return key === "experiment_id" && /^[1-9]\d*$/.test(value) ? "<number>" : text(value);
    }
    if (Array.isArray(value)) {
      const items = value.map((item: unknown) => walk(item, "", key));
      const sorted = unordered.has(key) || (key === "metrics" && parent === "data");
      return sorted ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
    }
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).filter(([name]) => !left.has(name));
    const named = entries.map(([name, item]): [string, unknown] => [text(name), walk(item, name, key)]);
    const made = Object.fromEntries(named);
    // MLflow's digest of an evaluation dataset is one of its name and the time.
    if ("dataset_id" in made && /^[0-9a-f]{8}$/.test(String(made["digest"]))) made["digest"] = "<digest>";
    if (made["key"] === "mlflow.runName" && /^(run-[0-9a-f]{8}|[a-z]+-[a-z]+-\d+)$/.test(String(made["value"]))) made["value"] = "<made-up name>";
    return made;
  };
  return {
    status: answer.status,
    headers: Object.fromEntries(headers.map((name) => [name, answer.headers[name]])),
    body: walk(answer.body, "", ""),
  };
}

/** Every place where two masked answers differ. */
export function differencesOf(ours: unknown, reference: unknown, path = ""): Difference[] {
  if (Object.is(ours, reference)) return [];
  const [a, b] = [fieldsOf(ours), fieldsOf(reference)];
  if (a === null || b === null || Array.isArray(ours) !== Array.isArray(reference)) return [{ path, ours, reference }];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => differencesOf(a[key], b[key], path === "" ? key : `${path}.${key}`));
}

function fieldsOf(value: unknown): Record<string, unknown> | null {
  // SAFETY: an object or a list of a JSON answer, whose keys are its own.
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
}
