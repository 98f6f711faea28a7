import { connect, createServer, type Server } from "node:net";
import { removeSocket } from "../platform/sockets.ts";

/** What the engine tells a runner: one line of JSON each. */
export type ControlMessage =
  | { readonly k: "input"; readonly data: string }
  | { readonly k: "resize"; readonly cols: number; readonly rows: number }
  | { readonly k: "stop"; readonly graceMs: number };

/**
 * Listens in the private runtime folder; whoever can open the socket is this user.
 * @param onOpen once: from now on every connection is taken (or none ever is, where the system refuses the address).
 */
export function openControl(address: string, onMessage: (message: ControlMessage) => void, onOpen: () => void): Server {
  removeSocket(address);
  const server = createServer((socket) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("error", () => undefined);
    socket.on("data", (chunk: string) => {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const message = parse(line);
        if (message !== null) onMessage(message);
      }
      // So the other side knows that its lines were taken.
      if (lines.length > 0) socket.write("\n");
    });
  });
  let open = false;
  const opened = (): void => {
    if (open) return;
    open = true;
    onOpen();
  };
  server.on("error", opened);
  server.listen(address, opened);
  return server;
}

/** Sends one message; false when no runner listens any more. */
export function sendControl(address: string, message: ControlMessage): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const done = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.on("connect", () => socket.write(`${JSON.stringify(message)}\n`));
    socket.on("data", () => done(true));
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
  });
}

function parse(line: string): ControlMessage | null {
  try {
    // SAFETY: only the engine of this user reaches the private folder; an unknown kind is ignored by the runner.
    return JSON.parse(line) as ControlMessage;
  } catch {
    return null;
  }
}
