// Loaded into VS Code's server. A page in a browser seals what extensions keep in the secret storage with a key of two halves, and asks for
// the server's half here; the bare server has no answer and leaves it to whoever serves it. code-server answers in this way.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { join } from "node:path";

const valueOf = (name: string): string | undefined => process.argv.map((text) => new RegExp(`^--${name}=(.*)$`).exec(text)?.[1]).find((value) => value !== undefined);
const file = join(valueOf("server-data-dir") ?? ".", "web-key-half");
const token = valueOf("connection-token");

function half(): Buffer {
  try {
    return readFileSync(file);
  } catch {
    const made = randomBytes(32);
    writeFileSync(file, made, { mode: 0o600 });
    return made;
  }
}

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  const known = token === undefined || (request.headers.cookie ?? "").split(/; */).includes(`vscode-tkn=${token}`);
  response.writeHead(known ? 200 : 403, { "cache-control": "no-store" }).end(known ? half() : "");
};

const emit = Reflect.get(Server.prototype, "emit");
Reflect.set(Server.prototype, "emit", function (this: Server, ...args: readonly [string, IncomingMessage, ServerResponse]): boolean {
  const [event, request, response] = args;
  if (event !== "request" || request.method !== "POST" || new URL(request.url ?? "", "http://localhost").pathname !== "/mint-key") return Reflect.apply(emit, this, args);
  answer(request, response);
  return true;
});
