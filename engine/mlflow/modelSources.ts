import { posix } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import type { VersionRecord } from "../store/read/registry.ts";
import type { Readers } from "../store/store.ts";
import { type MlflowError, invalid, missing } from "./errors.ts";
import { isPrompt, stageOf, versionNumber } from "./registryChecks.ts";
import { artifactRoots } from "./shapes.ts";

/** What a client says about a new version; null is not said. */
export interface AskedSource {
  readonly source: string;
  readonly runId: string | null;
  readonly modelId: string | null;
}

/** What is stored of it. Empty ids are null. */
export interface ResolvedSource extends AskedSource {
  /** Where the files are. */
  readonly location: string;
}

type PlaceReaders = Pick<Readers, "runs" | "models" | "experiments">;

/** Schemes whose host a server would connect to; MLflow refuses them as well. */
const hostSchemes = /^(https?|s?ftp|hdfs|viewfs|webhdfs)$/;

/** Sources that stand for none: a prompt's text is in its tags. */
const promptSources = ["dummy-source", "prompt-template"];

export function promptSource(source: string): ResolvedSource {
  if (!promptSources.includes(source)) throw invalid(`Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`);
  return { source, location: source, runId: null, modelId: null };
}

/**
 * Follows the source of a new version as MLflow does (server/handlers.py, store/model_registry/sqlalchemy_store.py):
 * `models:/<model id>` and `models:/<name>/<version, stage or latest>` or `@alias` to where the files are, `runs:/…` as it
 * stands. A source within this store must belong to the run or the logged model that the call names.
 */
export function resolveSource(asked: AskedSource, read: Readers): ResolvedSource {
  const { source } = asked;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source)?.[1]?.toLowerCase() ?? "";
  if (hostSchemes.test(scheme)) {
    throw invalid(`'source' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than the tracking server's configured artifact storage.`);
  }
  const registered = scheme === "models" ? registeredSource(source, read) : null;
  if (registered) {
    const { runId, modelId, location, name, version } = registered;
    if ((asked.runId !== null && asked.runId !== (runId ?? "")) || (asked.modelId !== null && asked.modelId !== (modelId ?? ""))) {
      throw invalid(`Invalid model version source: '${source}'. The run_id and model_id request parameters must match the referenced model version.`);
    }
    return { source: `models:/${name}/${version}`, location, runId, modelId };
  }
  const modelId = asked.modelId || null;
  const runId = asked.runId || null;
  checkPlace({ source, runId, modelId }, scheme, read);
  const model = modelId === null ? null : (read.models.byId(modelId) ?? null);
  if (modelId !== null && (model === null || model.deleted !== null)) {
    const gone = `Logged model with ID '${modelId}' not found.`;
    throw missing(scheme === "models" ? `Unable to fetch model from model URI source artifact location '${source}'.Error: ${gone}` : gone);
  }
  const location = scheme === "models" && model ? artifactRoots.model(model, read) : source;
  return { source, location, runId: runId ?? (model?.sourceRun || null), modelId };
}

/** The version that `models:/name/…` names; null where it names a logged model. */
function registeredSource(source: string, read: Readers): VersionRecord | null {
  const path = source.slice(source.indexOf(":") + 1);
  if (path.startsWith("//")) throw invalid(`Invalid model version source: '${source}'. Registered model sources must use the active model registry.`);
  const [, name = "", suffix] = /^\/+([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const at = suffix === undefined ? name.lastIndexOf("@") : -1;
  if (name.trim() === "" || suffix?.trim() === "" || (at >= 0 && name.slice(at + 1).trim() === "")) throw belongsElsewhere(source, "model_id");
  if (suffix === undefined && at < 0) return null;
  const model = suffix === undefined ? name.slice(0, at) : name;
  const registered = existing(model, read);
  if (isPrompt(read.registry.tags(registered))) {
    throw invalid(`Invalid model version source: '${source}'. Prompt versions cannot be used as model version sources.`);
  }
  if (suffix === undefined) return byAlias(model, name.slice(at + 1), read);
  if (/^\d+$/.test(suffix)) return byNumber(model, versionNumber(suffix), read);
  const isLatest = suffix.toLowerCase() === "latest";
  const found = isLatest ? read.registry.newest(registered) : read.registry.latest(registered).find(({ stage }) => stage === stageOf(suffix));
  if (!found) throw missing(`No versions of model with name '${model}'${isLatest ? "" : ` and stage '${suffix}'`} found`);
  return found;
}

function existing(name: string, read: Readers): number {
  const found = read.registry.byName(name);
  if (!found) throw missing(`Registered Model with name=${name} not found`);
  return found.registeredKey;
}

/** Throws MLflow's error for one that is not there. */
export function byNumber(name: string, version: number, read: Readers): VersionRecord {
  const found = read.registry.version(name, version);
  if (!found) throw missing(`Model Version (name=${name}, version=${version}) not found`);
  return found;
}

/** Where a version's files are. A logged model of this store may have moved with its run since, or have been taken in from elsewhere. */
export function locationOf({ source, location, modelId }: VersionRecord, read: Readers): string {
  const model = modelId !== null && source === `models:/${modelId}` ? read.models.byId(modelId) : undefined;
  return model ? artifactRoots.model(model, read) : location;
}

/** The version of an alias; `latest` is the greatest one. */
export function byAlias(name: string, alias: string, read: Readers): VersionRecord {
  const registered = existing(name, read);
  if (alias.toLowerCase() === "latest") {
    const found = read.registry.newest(registered);
    if (!found) throw missing(`Latest version not found for model ${name}.`);
    return found;
  }
  const found = read.registry.aliases(registered).find((one) => one.alias === alias);
  if (!found) throw invalid(`Registered model alias ${alias} not found.`);
  return byNumber(name, found.version, read);
}

/** Why a place may not be a version's that was taken in from elsewhere; null where it may. */
export function refusedPlace(asked: AskedSource, read: PlaceReaders): string | null {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(asked.source)?.[1]?.toLowerCase() ?? "";
  if (hostSchemes.test(scheme)) return `the scheme ${scheme} names another computer.`;
  // A prompt has no files.
  if (promptSources.includes(asked.source)) return null;
  try {
    checkPlace(asked, scheme, read);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Refuses paths of this computer, paths that go up, and places within this store that are not the named run's or model's. */
function checkPlace({ source, runId, modelId }: AskedSource, scheme: string, read: PlaceReaders): void {
  const idName = modelId === null ? "run_id" : "model_id";
  const root = rootOf(runId, modelId, read);
  if (scheme === "" || scheme === "file") {
    if (root === null && (modelId ?? runId) !== null) throw belongsElsewhere(source, idName);
    if (root !== null && isLocal(root) && isWithin(posix.resolve("/", decoded(localPath(source))), localPath(root))) return;
    throw invalid(
      `Invalid model version source: '${source}'. To use a local path as a model version source, the ${idName} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${idName}.`,
    );
  }
  refuseRelative(source);
  const afterScheme = source.slice(scheme.length + 1);
  if (scheme === "runs") {
    const [run = ""] = afterScheme.slice(1).split("/");
    if (afterScheme.startsWith("//") || modelId !== null || run === "" || run !== runId) throw belongsElsewhere(source, idName);
  }
  if (scheme === "models" && (modelId === null || afterScheme.replace(/^\/+/, "") !== modelId)) throw belongsElsewhere(source, "model_id");
  if (scheme === "mlflow-artifacts" && (root === null || !isWithin(source, root))) throw belongsElsewhere(source, idName);
}

function rootOf(runId: string | null, modelId: string | null, read: PlaceReaders): string | null {
  if (modelId !== null) {
    const model = read.models.byId(modelId);
    return model && model.deleted === null ? artifactRoots.model(model, read) : null;
  }
  const run = runId === null ? undefined : read.runs.byId(runId);
  return run ? artifactRoots.run(run, read) : null;
}

function refuseRelative(source: string): void {
  const plain = decoded(source);
  const rest = plain.slice(plain.indexOf(":") + 1);
  const path = (rest.startsWith("//") ? rest.replace(/^\/\/[^/?#]*/, "") : rest).replace(/[?#].*$/s, "").replace(/\/+$/, "").replaceAll(/\/+/g, "/");
  if (path.includes("\0") || plain.split("/").includes("..") || path !== posix.resolve("/", path) || path === "") {
    throw invalid(
      `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
    );
  }
}

/** Percent signs and plus signs resolved until none is left. */
function decoded(text: string): string {
  let current = text;
  for (let round = 0; round < 20; round++) {
    const next = current.replaceAll("+", " ").replaceAll(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"));
    if (next === current) return current;
    current = next;
  }
  throw new TouchstoneError({ code: "INVALID_PATH", message: `Invalid model version source: '${text}'.` });
}

/** The folder of an experiment's artifacts may be one of this computer, where a client said so. */
function isLocal(uri: string): boolean {
  return uri.startsWith("/") || uri.startsWith("file:");
}

function localPath(uri: string): string {
  return uri.replace(/^file:(\/\/(localhost)?(?=\/))?/, "");
}

function isWithin(source: string, root: string): boolean {
  const parts = (uri: string): string[] => uri.split("/").filter((part) => part !== "").map(decoded);
  const own = parts(root);
  return !/^[^:]+:\/\//.test(source) && own.every((part, i) => parts(source)[i] === part);
}

function belongsElsewhere(source: string, idName: string): MlflowError {
  return invalid(`Invalid model version source: '${source}'. The ${idName} request parameter must identify the resource that contains the source.`);
}
