import { realpathSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createArtifacts } from "./artifacts/artifacts.ts";
import { registerCode } from "./code/register.ts";
import { EngineProcess, type Capabilities } from "./life/engine.ts";
import { registerLife } from "./life/register.ts";
import type { SocketRpcServer } from "./rpc/server.ts";
import type { Services, StoreServices } from "./services.ts";
import { openStore } from "./store/store.ts";

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
  const store = await openStore({ folder: services.folder });
  services.notes.push(...store.notes);
  const full: StoreServices = { ...services, store, artifacts: createArtifacts(store) };
  const sources = { storeBytes: () => statSync(store.file, { throwIfNoEntry: false })?.size ?? 0, runs: () => store.read.runs.count(), liveLaunches: () => 0, readOnly: store.readOnly };
  registerLife(rpc, services, sources, drain);
  registerCode(rpc, full);
  return { onLiveLaunches: (listener) => listener(0), close: () => store.close() };
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
