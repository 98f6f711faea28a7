import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TokenOwner } from "../life/tokens.ts";
import { ownTurn } from "../runs/turns.ts";
import { MlflowError, toMlflowError } from "./errors.ts";
import { bodyFields, type Fields, queryFields } from "./fields.ts";
import { type GuardOptions, guard } from "./guard.ts";
import { mountArtifacts } from "./artifacts.ts";
import { readBytes } from "./body.ts";
import { mountMultipart } from "./multipart.ts";
import { mountOtlp } from "./otlp.ts";
import { mountTraceArtifact } from "./traceArtifact.ts";
import { Retries } from "./retries.ts";
import { jsonStream } from "./jsonStream.ts";
import { type DoorServices, type Handler, JsonPieces, placeOf } from "./route.ts";
import { createRoutes } from "./routes.ts";

/** The MLflow whose protocol is spoken. Clients ask for it before they send spans by OTLP, which they do to 3.4 and later. */
const MLFLOW_VERSION = "3.17.2";

/**
 * What a client may count on. Uploads in parts work for whoever asks for them (`MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD`), but on one
 * machine one stream is as fast, and the parts would be written twice.
 */
const SERVER_INFO = {
  store_type: "SqlStore",
  workspaces_enabled: false,
  trace_archival_enabled: false,
  multipart_uploads_enabled: false,
  multipart_downloads_enabled: false,
  presigned_upload_run_id_supported: true,
  presigned_upload_model_id_supported: true,
  features_enabled: { gateway: false },
};

/** For the browser of somebody who clicked on the link that MLflow's client prints. It says nothing of the store. */
const NO_PAGES = `This is Touchstone's address for MLflow's client; it has no pages.
Look at the run in VS Code: the view Touchstone in the side bar, or "Touchstone: Open Experiments Table".
In a terminal of the folder: touchstone runs
`;

/** What a call carries through the door. */
export interface DoorEnv {
  Bindings: HttpBindings;
  Variables: { owner: TokenOwner };
}

export interface DoorOptions extends Omit<DoorServices, "retries">, GuardOptions {
  /** A process without a launch wrote to a run by this connection: its end is the only thing that is ever seen of the process's. */
  onWritten?(runId: string, connection: Socket): void;
  /** Takes in what a process of the launch kept while no engine was there, up to a byte of its file, before a call is answered. */
  catchUp?(launchId: string, position: number): Promise<void>;
  /** Failures that nobody foresaw. */
  log(message: string): void;
}

/** MLflow's REST API over a store, as a listener for Node's HTTP server. */
export function createMlflowDoor(options: DoorOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const retries = new Retries();
  const services: DoorServices = { store: options.store, artifacts: options.artifacts, search: options.search, retries };
  const app = new Hono<DoorEnv>();

  app.onError((error, c) => {
    const answer = toMlflowError(error);
    // Nobody failed where a client hung up before it had sent everything.
    const left = c.env.incoming.destroyed && !c.env.incoming.complete;
    if (answer.code === "INTERNAL_ERROR" && !left) options.log(`mlflow: ${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`);
    // Asked for so, clients that know no variables for it (MLflow's for Java) send the user and password of the address.
    if (answer.status === 401) c.header("WWW-Authenticate", 'Basic realm="Touchstone"');
    return c.json(answer.body, answer.status);
  });
  app.notFound((c) => {
    const known = /^\/(ajax-)?api\/[23]\.0\/mlflow|^\/v1\/|^\/graphql$/.test(c.req.path);
    const error = known
      ? new MlflowError("NOT_IMPLEMENTED", `Touchstone does not answer ${c.req.method} ${c.req.path}.`)
      : new MlflowError("ENDPOINT_NOT_FOUND", `There is no ${c.req.method} ${c.req.path} here.`);
    return c.json(error.body, error.status);
  });
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) c.header(name, value);
    const { path, method } = c.req;
    const { host, origin, authorization, "sec-fetch-site": site } = c.env.incoming.headers;
    c.set("owner", guard({ method, path, host, origin, site: String(site), authorization }, options));
    const owner = c.get("owner");
    const kept = Number(c.req.header("x-touchstone-spooled") ?? 0);
    if (owner.kind === "launch" && kept > 0) await options.catchUp?.(owner.launchId, kept);
    await next();
  });
  // MLflow's client prints links to the pages of an MLflow server. No call of its own asks for `/`.
  app.get("/", (c) => c.text(NO_PAGES));
  app.get("/health", (c) => c.text("OK"));
  app.get("/version", (c) => c.text(MLFLOW_VERSION));
  for (const door of ["/api", "/ajax-api"]) app.get(`${door}/3.0/mlflow/server-info`, (c) => c.json(SERVER_INFO));

  for (const [name, handler] of Object.entries(createRoutes(services))) {
    const { method, paths } = placeOf(name);
    app.on(method, paths, (c) => answer(c, handler));
  }
  mountArtifacts(app, options.artifacts, options.store.read);
  mountTraceArtifact(app, options.artifacts, options.store.read);
  mountMultipart(app, options.artifacts);
  mountOtlp(app, options.store);

  async function answer(c: Context<DoorEnv>, handler: Handler): Promise<Response> {
    const owner = c.get("owner");
    const launchId = owner.kind === "launch" ? owner.launchId : undefined;
    const body = c.req.method === "GET" ? "" : await readBody(c);
    if (body.length > LONG_BODY) await ownTurn();
    const given = c.req.method === "GET" ? queryFields(new URL(c.req.url).searchParams) : bodyFields(body);
    const fields = given.with(c.req.param());
    const digest = (): string => retries.digest(launchId ?? "store", c.req.path, body);
    const madeId = launchId === undefined ? undefined : c.req.header("x-touchstone-id");
    const result = await handler({ fields, launchId, madeId, digest, response: c.env.outgoing });
    const { socket } = c.env.incoming;
    const runId = launchId === undefined ? writtenRun(c.req.path, fields, result) : undefined;
    if (runId !== undefined && !socket.destroyed) options.onWritten?.(runId, socket);
    if (result instanceof JsonPieces) return c.body(jsonStream(result.pieces), 200, { "content-type": "application/json" });
    // A tenth of a short call is saved by not taking the text through a web stream.
    const text = Buffer.from(JSON.stringify(result));
    c.env.outgoing.writeHead(200, { ...SAFE_HEADERS, "content-type": "application/json", "content-length": text.length }).end(text);
    return RESPONSE_ALREADY_SENT;
  }

  return getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false });
}

/** Nobody's page reads an answer, nor takes one for what it is not. */
const SAFE_HEADERS = { "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin" } as const;

/** Letters of a body that takes a millisecond and more to take in. */
const LONG_BODY = 32 * 1024;

/** The run that a call wrote to. */
function writtenRun(path: string, fields: Fields, answer: object): string | undefined {
  if (!/\/runs\/(create|update|log-|set-tag|outputs)/.test(path)) return undefined;
  // SAFETY: what `runs/create` and `runs/update` answer with; of others both are absent.
  const { run, run_info } = answer as { run?: { info: { run_id: string } }; run_info?: { run_id: string } };
  return run?.info.run_id ?? run_info?.run_id ?? fields.optionalText("run_id");
}

async function readBody(c: Context<DoorEnv>): Promise<string> {
  const type = c.req.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== undefined && type !== "application/json") {
    throw new MlflowError("INVALID_PARAMETER_VALUE", "Bad Request. Content-Type must be one of ['application/json'].");
  }
  return (await readBytes(c.env.incoming)).toString("utf8");
}
