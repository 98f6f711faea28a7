import { existsSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { trackingEnvironment } from "../life/register.ts";
import { launchToken } from "../life/tokens.ts";
import { nodeFolder, pythonFolder } from "../platform/entries.ts";
import { userEnvironment } from "../platform/environment.ts";
import type { Services } from "../services.ts";
import type { WatchedLaunch } from "./hooks.ts";
import { wandbMode } from "./wandbMode.ts";

/**
 * The environment of a launch: the person's own, without the editor's variables, with what lets MLflow's client, the bootstrap
 * and `touchstone.log` find this engine. Never `MLFLOW_RUN_ID`: it breaks scripts that call `set_experiment`.
 */
export function launchEnvironment(services: Pick<Services, "http" | "secret" | "folder">, { launchId, runId, files }: Pick<WatchedLaunch, "launchId" | "runId" | "files">, env: Readonly<Record<string, string>>): Record<string, string> {
  const own = userEnvironment(env);
  delete own["MLFLOW_RUN_ID"];
  // Where a tracked script starts this: that it has no engine, and which of its processes is the script, is not true of this one.
  for (const name of ["TOUCHSTONE_OFFLINE", "TOUCHSTONE_MAIN"]) delete own[name];
  const pythonPath = own["PYTHONPATH"];
  return {
    ...own,
    ...wandbMode(own),
    ...trackingEnvironment(services.http.uri, launchToken(services.secret, launchId)),
    TOUCHSTONE_LAUNCH: launchId,
    TOUCHSTONE_RUN: runId,
    TOUCHSTONE_EVENTS: files.events,
    TOUCHSTONE_FOLDER: services.folder,
    PYTHONPATH: pythonPath === undefined || pythonPath === "" ? pythonFolder() : `${pythonFolder()}${delimiter}${pythonPath}`,
  };
}

/**
 * The environment as if the program's own virtual or conda environment had been activated, so that what a script calls by name
 * (`pip`, `torchrun`) comes from there too; unchanged for a program that belongs to none. Windows was never run.
 */
export function activated(env: Readonly<Record<string, string>>, program: string): Record<string, string> {
  const folder = dirname(program);
  // Python stands in bin/ or Scripts/; conda on Windows has it at the root.
  const prefix = ["bin", "scripts"].includes(basename(folder).toLowerCase()) ? dirname(folder) : folder;
  const isVenv = existsSync(join(prefix, "pyvenv.cfg"));
  const isConda = !isVenv && existsSync(join(prefix, "conda-meta"));
  if (!isVenv && !isConda) return { ...env };
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  const folders = process.platform === "win32" && isConda ? [prefix, join(prefix, "Library", "bin"), join(prefix, "Scripts")] : [folder];
  const rest = (env[pathName] ?? "").split(delimiter).filter((entry) => entry !== "" && !folders.includes(entry));
  const own: Record<string, string> = { ...env, [pathName]: [...folders, ...rest].join(delimiter) };
  delete own["PYTHONHOME"];
  if (isVenv) own["VIRTUAL_ENV"] = prefix;
  else own["CONDA_PREFIX"] = prefix;
  return own;
}

/** What a program of the JVM needs besides: MLflow's client for Java takes user and password from the address only. */
export function javaEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const { MLFLOW_TRACKING_URI: uri = "", MLFLOW_TRACKING_USERNAME: user = "", MLFLOW_TRACKING_PASSWORD: password = "" } = env;
  return { ...env, MLFLOW_TRACKING_URI: uri.replace("://", `://${user}:${password}@`) };
}

/** What a Node program needs besides: the preload sees its files and errors, and lets it find `touchstone`. */
export function nodeEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const preload = `--require ${JSON.stringify(join(nodeFolder(), "preload.cjs"))}`;
  const own = env["NODE_OPTIONS"];
  return { ...env, NODE_OPTIONS: own === undefined || own === "" ? preload : `${own} ${preload}` };
}
