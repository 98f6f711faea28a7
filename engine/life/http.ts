import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { HttpDoor } from "../services.ts";

const PORT_TRIES = 20;
const PORT_REST_MS = 25;

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
  const server = createServer((request, response) => {
    if (listener !== null) listener(request, response);
    else void given.then((serve) => serve(request, response));
  });
  // A training step must not pay for a new connection because it was silent; and where no runner holds a process, its connection
  // is what tells that it lives.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
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
      if (!must && (error.code === "EADDRINUSE" || error.code === "EACCES")) resolve(null);
      else reject(error);
    };
    server.once("error", onError);
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      server.off("error", onError);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : null);
    });
  });
}
