import { delimiter } from "node:path";
import { trackingEnvironment } from "../life/register.ts";
import { launchToken } from "../life/tokens.ts";
import { pythonFolder } from "../platform/entries.ts";
import { userEnvironment } from "../platform/environment.ts";
import type { Services } from "../services.ts";
import type { LaunchFiles } from "./files.ts";

/**
 * The environment of a launch: the person's own, without the editor's variables, with what lets MLflow's client, the bootstrap
 * and `touchstone.log` find this engine. Never `MLFLOW_RUN_ID`: it breaks scripts that call `set_experiment`.
 */
export function launchEnvironment(services: Pick<Services, "http" | "secret" | "folder">, launchId: string, files: LaunchFiles, env: Readonly<Record<string, string>>): Record<string, string> {
  const own = userEnvironment(env);
  delete own["MLFLOW_RUN_ID"];
  const pythonPath = own["PYTHONPATH"];
  return {
    ...own,
    ...trackingEnvironment(services.http.uri, launchToken(services.secret, launchId)),
    TOUCHSTONE_LAUNCH: launchId,
    TOUCHSTONE_EVENTS: files.events,
    TOUCHSTONE_FOLDER: services.folder,
    PYTHONPATH: pythonPath === undefined || pythonPath === "" ? pythonFolder() : `${pythonFolder()}${delimiter}${pythonPath}`,
  };
}
