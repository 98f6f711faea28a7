import type { CallSite, CodeState, ParamSource, RunStatus } from "../api/runs.ts";
import { isLaunchId } from "../launches/files.ts";
import { codeStateOf } from "../offline/folder.ts";
import { isInner } from "../offline/manifest.ts";
import type { LaunchBlob, MetricOrigin } from "../store/operations.ts";
import type { EvaluationSource, LaunchSource, OwnSource, RunSource } from "./records.ts";
import { isObject } from "./rows.ts";
import { isTime } from "./valid.ts";

// What a bundle says of a run beyond an import's records. A stranger may have written it: what is not of the right kind is left out or refused.

type Fields = Readonly<Record<string, unknown>>;

const RUN_STATES: readonly RunStatus[] = ["scheduled", "running", "finished", "failed", "killed", "lost"];
const NAME_FROM = ["person", "client", "none"] as const;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const FILE_DIGEST = /^(sampled-)?sha256:[0-9a-f]{64}$/;

export const PARAM_SOURCES: readonly ParamSource[] = ["argument", "config", "default", "client", "printed", "script", "earlier"];
export const ORIGINS: readonly MetricOrigin[] = ["client", "script", "logger", "printed", "system"];

/** What a person, a client and the launch made of a run; null where it is none. */
export function ownOf(run: string, said: Fields): OwnSource | null {
  const { name, launch } = said;
  const status = RUN_STATES.find((one) => one === said["status"]);
  const nameFrom = NAME_FROM.find((one) => one === said["nameFrom"]);
  if (typeof name !== "string" || status === undefined || nameFrom === undefined) return null;
  const exception = said["exception"];
  return {
    k: "own", run, name, nameFrom, status,
    starred: said["starred"] === true,
    error: text(said["error"]),
    progress: text(said["progress"]),
    exception: isException(exception) ? exception : null,
    launch: typeof launch === "string" && isLaunchId(launch) ? launch : null,
    first: said["first"] === true,
  };
}

/** A launch; null where it is none. Paths of code that lead out of the folder are left out. */
export function launchOf(said: Fields): LaunchSource | null {
  const { launch, experiment, command, cwd, origin, script } = said;
  const status = RUN_STATES.find((one) => one === said["status"]);
  if (typeof launch !== "string" || !isLaunchId(launch) || typeof experiment !== "string" || !isTexts(command) || typeof cwd !== "string" || typeof origin !== "string" || status === undefined || !isMoment(said["start"])) return null;
  return {
    k: "launch", launch, experiment, command, cwd, origin, status,
    script: typeof script === "string" && isInner(script) ? script : null,
    exitCode: whole(said["exitCode"]),
    signal: text(said["signal"]),
    pty: said["pty"] === true,
    adopted: said["adopted"] === true,
    start: said["start"],
    end: isMoment(said["end"]) ? said["end"] : null,
    interpreter: text(said["interpreter"]),
    host: Object.fromEntries(pairs(said["host"]).flatMap(([key, value]) => (value === null || typeof value === "string" || typeof value === "number" ? [[key, value]] : []))),
    packages: list(said["packages"]).flatMap(({ name, version }) => (typeof name === "string" && typeof version === "string" ? [{ name, version }] : [])),
    environment: textsOf(said["environment"]),
    code: codeOf(said["code"]),
    notes: isTexts(said["notes"]) ? said["notes"] : [],
    logBytes: whole(said["logBytes"]) ?? 0,
    files: list(said["files"]).flatMap((one): LaunchSource["files"][number][] => {
      const { direction, path, bytes, digest, site, model, time } = one;
      if ((direction !== "input" && direction !== "output") || typeof path !== "string" || !isMoment(time)) return [];
      return [{ direction, path, time, bytes: whole(bytes), digest: typeof digest === "string" && FILE_DIGEST.test(digest) ? digest : null, site: siteOf(site), model: isObject(model) ? textsOf(model) : null }];
    }),
    sites: list(said["sites"]).flatMap((one) => {
      const site = siteOf(one);
      return site !== null && typeof one["key"] === "string" ? [{ key: one["key"], ...site }] : [];
    }),
    blobs: list(said["blobs"]).flatMap(({ kind, path, digest, bytes }): LaunchBlob[] => {
      if ((kind !== "patch" && kind !== "source") || typeof path !== "string" || typeof digest !== "string" || !DIGEST.test(digest)) return [];
      return path === "" || isInner(path) ? [{ kind, path, digest, bytes: whole(bytes) ?? 0 }] : [];
    }),
  };
}

const isOpen = (status: string | undefined): boolean => status === "running" || status === "scheduled";

/** What ran when the bundle was written is over where it is opened: nothing more comes of it. What the other formats call failed is lost by the run's own record. */
export function endedRun(run: RunSource, written: number): RunSource {
  return isOpen(run.status) ? { ...run, status: "failed", end: Math.max(run.start ?? 0, written) } : run;
}

export function endedOwn(own: OwnSource, written: number): OwnSource {
  if (!isOpen(own.status)) return own;
  return { ...own, status: "lost", error: own.error ?? `It was still running when its bundle was written (${new Date(written).toISOString()}); what became of it is not in there.` };
}

export function endedLaunch(launch: LaunchSource, written: number): LaunchSource {
  return isOpen(launch.status) ? { ...launch, status: "lost", end: Math.max(launch.start, written) } : launch;
}

const TASKS = ["binary", "multiclass", "regression"] as const;

/** A finished evaluation of a run's output; null where it is none. */
export function evaluationOf(run: string, said: Fields): EvaluationSource | null {
  const { evaluationId, path, n, bytes, modified, created, mapping, metrics, summary } = said;
  const task = TASKS.find((one) => one === said["task"]);
  if (typeof evaluationId !== "string" || !/^[\w-]{1,128}$/.test(evaluationId) || typeof path !== "string" || task === undefined || typeof modified !== "number" || !isMoment(created)) return null;
  if (!isObject(mapping) || !isObject(metrics) || !isObject(summary) || !isObject(summary["metric"])) return null;
  return { k: "evaluation", run, evaluationId, path, task, n: whole(n) ?? 0, bytes: whole(bytes) ?? 0, modified, created, mapping, metrics, summary };
}

function codeOf(said: unknown): CodeState | null {
  if (!isObject(said)) return null;
  const nested = list(said["nested"]).flatMap(({ path, commit }) => (typeof path === "string" && isInner(path) ? [{ path, commit: typeof commit === "string" && /^[0-9a-f]{40,64}$/.test(commit) ? commit : null }] : []));
  return { ...codeStateOf(said), ...(Array.isArray(said["nested"]) ? { nested } : {}) };
}

/** Stored as text, and read back as an object by whoever shows it. */
function isException(said: unknown): said is string {
  if (typeof said !== "string") return false;
  try {
    const value: unknown = JSON.parse(said);
    return isObject(value) && typeof value["type"] === "string" && typeof value["message"] === "string" && typeof value["traceback"] === "string" && (value["site"] === null || siteOf(value["site"]) !== null);
  } catch {
    return false;
  }
}

function siteOf(said: unknown): CallSite | null {
  if (!isObject(said)) return null;
  const { file, line } = said;
  return typeof file === "string" && typeof line === "number" && Number.isSafeInteger(line) ? { file, line } : null;
}

const isMoment = (value: unknown): value is number => typeof value === "number" && isTime(value);
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === "string");
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const whole = (value: unknown): number | null => (typeof value === "number" && Number.isSafeInteger(value) ? value : null);
const pairs = (value: unknown): [string, unknown][] => (isObject(value) ? Object.entries(value) : []);
const textsOf = (value: unknown): Record<string, string> => Object.fromEntries(pairs(value).flatMap(([key, one]) => (typeof one === "string" ? [[key, one]] : [])));
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isObject) : []);
