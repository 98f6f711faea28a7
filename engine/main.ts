import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { EngineProcess, type Capabilities } from "./life/engine.ts";
import { registerLife } from "./life/register.ts";
import type { SocketRpcServer } from "./rpc/server.ts";
import type { Services } from "./services.ts";

/**
 * The engine's entry: `engine.cjs --folder F [--port N] [--no-token] [--stay]`. Writes one line of JSON (life/report.ts) once it
 * serves; its log is the standard error. `--stay` (`touchstone serve`) keeps it without clients.
 */
const { values } = parseArgs({
  options: { folder: { type: "string" }, port: { type: "string" }, "no-token": { type: "boolean" }, stay: { type: "boolean" } },
});

const IDLE_MS = 10 * 60 * 1000;

/** The composition root: every capability of the engine, in order. */
async function compose(rpc: SocketRpcServer, services: Services, drain: () => void): Promise<Capabilities> {
  registerLife(rpc, services, { storeBytes: () => 0, runs: () => 0, liveLaunches: () => 0, readOnly: false }, drain);
  return { onLiveLaunches: (listener) => listener(0), close: async () => undefined };
}

new EngineProcess(
  {
    folder: realpathSync.native(values.folder ?? process.cwd()),
    port: values.port === undefined ? null : Number(values.port),
    requireToken: values["no-token"] !== true,
    idleMs: values.stay === true ? null : Number(process.env["TOUCHSTONE_IDLE_MS"] ?? IDLE_MS),
    entry: fileURLToPath(import.meta.url),
  },
  compose,
).start();
