import { engineDrain, engineStatus, engineTrackingEnvironment } from "../api/engine.ts";
import type { SocketRpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { storeToken } from "./tokens.ts";
import { OWN_VERSION } from "./version.ts";

/** What the status needs of other capabilities. */
export interface StatusSources {
  storeBytes(): number;
  runs(): number;
  liveLaunches(): number;
  readonly readOnly: boolean;
}

export function registerLife(rpc: SocketRpcServer, services: Services, sources: StatusSources, drain: () => void): void {
  rpc.handle(engineStatus, () => ({
    ...OWN_VERSION,
    pid: process.pid,
    folder: services.folder,
    storeBytes: sources.storeBytes(),
    runs: sources.runs(),
    liveLaunches: sources.liveLaunches(),
    clients: rpc.clients.length,
    trackingUri: services.http.uri,
    readOnly: sources.readOnly,
    notes: services.notes,
  }));
  rpc.handle(engineDrain, () => {
    // After the answer has left.
    setImmediate(drain);
    return null;
  });
  rpc.handle(engineTrackingEnvironment, () => ({ env: trackingEnvironment(services.http.uri, storeToken(services.secret)) }));
}

/** The variables that make the MLflow client of any process log to this engine, as the owner of the token. */
export function trackingEnvironment(uri: string, token: string): Record<string, string> {
  return {
    MLFLOW_TRACKING_URI: uri,
    MLFLOW_TRACKING_USERNAME: "touchstone",
    MLFLOW_TRACKING_PASSWORD: token,
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: "4",
    MLFLOW_HTTP_REQUEST_TIMEOUT: "30",
  };
}
