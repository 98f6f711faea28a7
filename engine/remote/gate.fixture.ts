import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";

export interface Gate {
  readonly uri: string;
  /** Shut, it hangs up. */
  open: boolean;
  /** The id of a run that it says is gone. */
  gone: string;
  /** What becomes of a call: it is handed on, answered with this status and a page, or hung up on. */
  fate: (call: string) => number | "pass" | "cut";
  /** Resolves with the next call that it hands on. */
  next(): Promise<void>;
  close(): void;
}

/** Hands calls on to the server, for those who say the password; shut, it hangs up. */
export async function openGate(uri: string, [user, password] = ["ada", "pässwort"]): Promise<Gate> {
  const waiting: (() => void)[] = [];
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const server = createServer((incoming, outgoing) => {
    if (!state.open) return void incoming.socket.destroy();
    if (incoming.headers.authorization !== wanted) return void outgoing.writeHead(401).end("Unauthorized");
    if (state.gone !== "" && incoming.url?.includes(`runs/get?run_id=${state.gone}`)) return void outgoing.writeHead(404).end('{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"gone"}');
    const fate = state.fate(incoming.url ?? "");
    if (fate === "cut") return void incoming.socket.destroy();
    if (fate !== "pass") return void outgoing.writeHead(fate).end("<html>Nothing here</html>");
    for (const resolve of waiting.splice(0)) resolve();
    const { authorization: _, host: __, ...headers } = incoming.headers;
    incoming.pipe(httpRequest(uri + incoming.url, { method: incoming.method, headers }, (answer) => answer.pipe(outgoing.writeHead(answer.statusCode ?? 500, answer.headers))));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const place = server.address();
  const state: Gate = { uri: `http://127.0.0.1:${typeof place === "object" && place ? place.port : 0}`, open: true, gone: "", fate: () => "pass", next: () => new Promise<void>((resolve) => waiting.push(resolve)), close: () => (server.closeAllConnections(), server.close()) };
  return state;
}

