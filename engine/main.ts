import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { registerAgents } from "./agents/register.ts";
import { createArtifacts } from "./artifacts/artifacts.ts";
import { registerArtifacts } from "./artifacts/register.ts";
import { registerCapture } from "./capture/register.ts";
import { registerCli } from "./cli/register.ts";
import { registerCode } from "./code/register.ts";
import { registerLogs } from "./importers/live/register.ts";
import { bundleOf, tidyBundles } from "./importers/openedBundle.ts";
import { refuseChanges } from "./importers/readOnly.ts";
import { registerImporters } from "./importers/register.ts";
import { unpackBundle } from "./importers/unpack.ts";
import { registerLabeling } from "./labeling/register.ts";
import { loadConfig } from "./config/load.ts";
import { registerConfig } from "./config/register.ts";
import { registerCompare } from "./compare/register.ts";
import { createCompute } from "./compute/compute.ts";
import { registerExporters } from "./exporters/register.ts";
import { registerEvaluation } from "./evaluation/register.ts";
import { EngineProcess, type Capabilities } from "./life/engine.ts";
import { openExclusiveStore } from "./life/exclusiveStore.ts";
import { registerLife } from "./life/register.ts";
import type { SocketRpcServer } from "./rpc/server.ts";
import { Launches } from "./launches/launches.ts";
import { registerLaunches } from "./launches/register.ts";
import { registerMlflow } from "./mlflow/register.ts";
import { giveBackMemory } from "./platform/memory.ts";
import { registerOffline } from "./offline/register.ts";
import { ElsewhereRuns } from "./runs/elsewhere.ts";
import { registerRemote } from "./remote/register.ts";
import { openRunTable } from "./runs/openTable.ts";
import type { DeclaredMetric } from "./runs/keyMetrics.ts";
import { registerRuns } from "./runs/register.ts";
import { registerNotebooks } from "./notebooks/register.ts";
import { registerPrinted } from "./printed/register.ts";
import { registerStorage } from "./storage/register.ts";
import type { BaseServices, Services } from "./services.ts";

/**
 * The engine's entry: `engine.cjs --folder F [--port N] [--no-token] [--stay] [--artifact-root DIR]`. Writes one line of JSON (life/report.ts) once it
 * serves; its log is the standard error. `--stay` (`touchstone serve`) keeps it without clients. With `--unpack BUNDLE` it only makes a store of a
 * bundle in the new folder F, and ends.
 */
const { values } = parseArgs({
  options: { folder: { type: "string" }, port: { type: "string" }, "no-token": { type: "boolean" }, stay: { type: "boolean" }, "artifact-root": { type: "string" }, unpack: { type: "string" } },
});

const IDLE_MS = 10 * 60 * 1000;
/** The engine's exit status when it can no longer write. */
const WRITER_FAILED = 3;
/** How long it may take to leave then. */
const WRITER_FAILED_MS = 15_000;

/** The composition root: every capability of the engine, in order. */
async function compose(rpc: SocketRpcServer, base: BaseServices, drain: (upgrade: boolean) => void): Promise<Capabilities> {
  const { store, notes, onGone, close } = await openExclusiveStore(base.folder);
  base.notes.push(...notes);
  // An engine that cannot write only answers with errors; clients and runners start a new one when this one is gone.
  store.onFailed(({ message }) => {
    base.log(`${message} The engine ends, so that a new one takes over.`);
    process.exitCode = WRITER_FAILED;
    // Clients hear of it and wait for the new one; whatever holds the old one up, it goes.
    drain(false);
    setTimeout(() => process.exit(WRITER_FAILED), WRITER_FAILED_MS).unref();
  });
  const launches = new Launches({ ...base, store }, rpc);
  const services: Services = { ...base, store, artifacts: createArtifacts(store, values["artifact-root"]), runTable: openRunTable(store), elsewhere: new ElsewhereRuns(), launches };
  // Reading all runs took several times of what they are kept in.
  giveBackMemory();
  registerLife(rpc, services, drain);
  registerLaunches(rpc, launches);
  registerMlflow(services, registerOffline(rpc, services));
  const declared = (): readonly DeclaredMetric[] => loadConfig(base.folder).config.metrics;
  registerRuns(rpc, services, declared);
  registerCapture(services);
  registerPrinted(services);
  const logs = registerLogs(services);
  registerNotebooks(rpc, services);
  registerCode(rpc, services, declared);
  const compute = createCompute(base.log);
  const evaluations = registerEvaluation(rpc, { folder: base.folder, store, compute, tagRules: () => loadConfig(base.folder).config.tags, mappings: () => loadConfig(base.folder).config.mappings, log: base.log });
  registerArtifacts(rpc, { artifacts: services.artifacts, compute });
  registerCompare(rpc, { ...services, compute, evaluations }, declared);
  const labelSets = registerLabeling(rpc, services);
  const importers = registerImporters(rpc, services);
  const config = registerConfig(rpc, services);
  const storage = registerStorage(rpc, services, () => drain(false));
  registerCli(rpc, services);
  registerAgents(rpc, services);
  registerExporters(rpc, services);
  const remote = registerRemote(rpc, services);
  const bundle = bundleOf(base.folder);
  if (bundle !== null) refuseChanges(rpc, bundle.name);
  tidyBundles(base.folder).catch((error: unknown) => base.log(`opened bundles of long ago: ${String(error)}`));
  // Every capability that watches launches is there now.
  launches.resume();
  // Somebody deleted the store: the next request finds an engine with a new one.
  onGone(() => drain(false));
  return {
    onLiveLaunches: (listener) => launches.onLiveCount(listener),
    close: async () => {
      labelSets.close();
      config.close();
      await importers.close();
      await logs.close();
      launches.close();
      remote.close();
      await Promise.all([compute.close(), storage.close()]);
      await close();
      await storage.replace();
    },
  };
}

function serve(folder: string): void {
  new EngineProcess(
    {
      folder,
      port: values.port === undefined ? null : Number(values.port),
      requireToken: values["no-token"] !== true,
      idleMs: values.stay === true ? null : Number(process.env["TOUCHSTONE_IDLE_MS"] ?? IDLE_MS),
      entry: fileURLToPath(import.meta.url),
      // Not --stay: an engine that somebody else started in its place leaves when nobody needs it.
      args: [
        ...(values.port === undefined ? [] : ["--port", values.port]),
        ...(values["no-token"] === true ? ["--no-token"] : []),
        ...(values["artifact-root"] === undefined ? [] : ["--artifact-root", values["artifact-root"]]),
      ],
    },
    compose,
  ).start();
}

if (values.unpack === undefined) serve(realpathSync.native(values.folder ?? process.cwd()));
else void unpackBundle(values.unpack, values.folder ?? "");
