import { compileCache } from "./paths.ts";

/** The editor's own variables, and those that it sets for its extension host. They never reach a user's process. */
const EDITORS_OWN = /^(ELECTRON_|VSCODE_|CHROME_DESKTOP$|ORIGINAL_XDG_CURRENT_DESKTOP$|GOOGLE_API_KEY_VSCODE$)/;

/** What a tracked script's environment holds: a process of our own that is started from one belongs to no launch. */
const A_LAUNCHS = /^(TOUCHSTONE_(LAUNCH|RUN|EVENTS|FOLDER|MAIN|OFFLINE|OFFLINE_RUN)$|MLFLOW_TRACKING_)/;

/** An environment without the editor's own variables and without empty entries. */
export function userEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !EDITORS_OWN.test(name)) clean[name] = value;
  }
  return clean;
}

/** The environment of a process of our own: the editor's binary runs it as plain Node. */
export function ownEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env = { ...userEnvironment(process.env), ...extra };
  // Options for a person's Node programs (debuggers, loaders) are not meant for our processes.
  delete env["NODE_OPTIONS"];
  for (const name of Object.keys(env)) if (A_LAUNCHS.test(name)) delete env[name];
  // Compiled once, the engine and each runner come up in half the time.
  env["NODE_COMPILE_CACHE"] ??= compileCache();
  if (process.versions["electron"] !== undefined || process.env["ELECTRON_RUN_AS_NODE"] !== undefined) env["ELECTRON_RUN_AS_NODE"] = "1";
  return env;
}
