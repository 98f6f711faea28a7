import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { TouchstoneError } from "../api/tokens.ts";
import type { HttpDoor } from "../services.ts";

const PORT_TRIES = 20;
const PORT_REST_MS = 25;

/** A call that names 100 runs or traces in its query has 5 KiB; filters may be longer. */
const HEADER_BYTES = 64 * 1024;
/** Who takes longer for the headers of a call means no good. A body has its own limits (mlflow/body.ts): a large one may take its time. */
const HEADERS_MS = 30_000;

const SWEEP_MS = 25;
/** Clients of a connection that is cut after this retry against the next engine. */
const CLOSE_MS = 10_000;

export interface OpenHttpDoor extends HttpDoor {
  /** True when the wanted port belongs to another program. */
  readonly moved: boolean;
  close(): Promise<void>;
}

/**
 * Binds the store's port on 127.0.0.1: the wanted one, else any free one. Nobody is told a port that this process does not own.
 * @param strict throws instead of moving (a person asked for this very port).
 */
export async function openHttpDoor(wanted: number | null, options: { readonly requireToken: boolean; readonly strict: boolean }): Promise<OpenHttpDoor> {
  let give: (listener: (request: IncomingMessage, response: ServerResponse) => void) => void = () => undefined;
  const given = new Promise<(request: IncomingMessage, response: ServerResponse) => void>((resolve) => (give = resolve));
  let listener: ((request: IncomingMessage, response: ServerResponse) => void) | null = null;
  const server = createServer({ maxHeaderSize: HEADER_BYTES, headersTimeout: HEADERS_MS, requestTimeout: 0, connectionsCheckingInterval: HEADERS_MS / 2 }, (request, response) => {
    if (listener !== null) listener(request, response);
    else void given.then((serve) => serve(request, response));
  });
  // A training step must not pay for a new connection because it was silent; and where no runner holds a process, its connection
  // is what tells that it lives.
  server.keepAliveTimeout = 0;
  let port = await bindPatiently(server, wanted ?? 0, options.strict || wanted === null);
  const moved = port === null;
  port ??= await bind(server, 0, true);
  if (port === null) throw new Error("No port on 127.0.0.1 could be bound.");
  return {
    port,
    uri: `http://127.0.0.1:${port}`,
    requireToken: options.requireToken,
    moved,
    serve: (handler) => {
      listener = handler;
      give(handler);
    },
    close: () =>
      new Promise((resolve) => {
        // Answers under way (an upload) get their time; a connection that is kept alive goes once it is idle.
        const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
        const force = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
        server.close(() => {
          clearInterval(sweep);
          clearTimeout(force);
          resolve();
        });
      }),
  };
}

/** A killed engine may hold its port for a moment after its lock: scripts count on that very port. */
async function bindPatiently(server: Server, port: number, must: boolean): Promise<number | null> {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const bound = await bind(server, port, false);
    if (bound !== null) return bound;
    await new Promise((resolve) => setTimeout(resolve, PORT_REST_MS));
  }
  return bind(server, port, must);
}

/** The bound port; null when it is taken and `must` is false. */
function bind(server: Server, port: number, must: boolean): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off("listening", onListening);
      const taken = error.code === "EADDRINUSE" || error.code === "EACCES";
      if (taken && !must) resolve(null);
      else reject(taken ? portTaken(port, error.code === "EACCES") : error);
    };
    const onListening = (): void => {
      server.off("error", onError);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : null);
    };
    server.once("error", onError).once("listening", onListening);
    server.listen({ port, host: "127.0.0.1", exclusive: true });
  });
}

function portTaken(port: number, forbidden: boolean): TouchstoneError {
  return new TouchstoneError({
    code: "PORT_TAKEN",
    message: forbidden ? `This user may not serve on port ${port}.` : `Port ${port} on 127.0.0.1 belongs to another program.`,
    hint: "Name another port, or none: then the store's own or a free one is taken.",
  });
}
