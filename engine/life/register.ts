import { engineDrain, engineNotes, engineQuota, engineStatus, engineTrackingEnvironment } from "../api/engine.ts";
import type { SocketRpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { directoryBytes } from "../platform/directories.ts";
import { PrivateFolder } from "./private.ts";
import { storeToken } from "./tokens.ts";
import { OWN_VERSION, compareVersions } from "./version.ts";

/** Walking a store of many artifacts takes longer than a status may. */
const SIZE_HOLDS_MS = 60_000;

/** The engine's own requests: how it is, its end, and the variables that lead a terminal here. */
export function registerLife(rpc: SocketRpcServer, services: Services, drain: (upgrade: boolean) => void): void {
  const { store, artifacts } = services;
  let size = { bytes: 0, until: 0 };
  const storeBytes = async (): Promise<number> => {
    const now = performance.now();
    if (now > size.until) size = { bytes: await directoryBytes(store.dir), until: now + SIZE_HOLDS_MS };
    return size.bytes;
  };
  const files = new PrivateFolder(services.folder);
  const notes = (): string[] => [...services.notes, ...store.notes, store.trouble, artifacts.quota.warning].filter((note) => note !== null);
  const told = (): void => rpc.emit(engineNotes, { readOnly: store.readOnly, notes: notes() });
  store.onTrouble(() => {
    services.log(store.trouble ?? "The disk has room again.");
    told();
  });
  artifacts.quota.onWarning(told);
  void artifacts.quota.set(files.artifactQuota());
  rpc.handle(engineQuota, async ({ bytes }) => {
    if (bytes !== files.artifactQuota()) files.keepArtifactQuota(bytes);
    await artifacts.quota.set(bytes);
    return null;
  });
  rpc.handle(engineStatus, async () => ({
    ...OWN_VERSION,
    pid: process.pid,
    folder: services.folder,
    storeBytes: await storeBytes(),
    artifactBytes: await artifacts.quota.used(),
    artifactQuotaBytes: artifacts.quota.limit,
    runs: store.read.runs.count(),
    liveLaunches: services.launches.liveCount,
    clients: rpc.clients.length,
    trackingUri: services.http.uri,
    readOnly: store.readOnly,
    notes: notes(),
  }));
  rpc.handle(engineDrain, (_, { client }) => {
    services.log(`asked to leave by ${client.kind} ${client.extension}`);
    // After the answer has left.
    setImmediate(drain, compareVersions(client, OWN_VERSION) > 0);
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
    // An engine that was killed is back within two seconds. Of the client's own seven tries the last come after minutes.
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: "3",
    MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: "1",
    MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: "0.5",
    MLFLOW_HTTP_REQUEST_TIMEOUT: "30",
  };
}
