import type { RegisteredVersion, RunModel } from "../api/runs.ts";
import type { VersionRecord } from "../store/read/registry.ts";
import type { Readers } from "../store/store.ts";

/** What a run logged as models, each with what it is called in the registry; then versions that were made of its files alone. */
export function runModels(read: Readers, runId: string, runKey: number): RunModel[] {
  const logged = read.models.ofRun(runId, runKey);
  const versions = read.registry.versionsOfRun(runId, logged.map(({ modelId }) => modelId));
  if (logged.length === 0 && versions.length === 0) return [];
  const steps = new Map(read.models.links(runKey, "output").map(({ modelId, step }) => [modelId, step]));
  const registered = (those: readonly VersionRecord[]): RegisteredVersion[] =>
    those.map(({ name, version, stage, registeredKey }) => ({ name, version, stage, aliases: read.registry.aliases(registeredKey).filter((one) => one.version === version).map(({ alias }) => alias) }));
  const known = new Set(logged.map(({ modelId }) => modelId));
  const others = versions.filter(({ modelId }) => modelId === null || !known.has(modelId));
  return [
    ...logged.map(({ modelId, name, status }): RunModel => ({ modelId, name, status: statusOf(status), step: steps.get(modelId) ?? null, versions: registered(versions.filter((one) => one.modelId === modelId)) })),
    ...[...new Set(others.map(({ source }) => source))].map((from): RunModel => ({ modelId: null, name: lastPart(from), status: "ready", step: null, versions: registered(others.filter(({ source }) => source === from)) })),
  ];
}

function statusOf(status: string): RunModel["status"] {
  return status === "LOGGED_MODEL_READY" ? "ready" : status === "LOGGED_MODEL_UPLOAD_FAILED" ? "failed" : "pending";
}

/** `runs:/<id>/model` is `model`. */
function lastPart(source: string): string {
  return source.replace(/\/+$/, "").split("/").at(-1) ?? source;
}
