import type { RemoteStatus } from "../../engine/api/remote.ts";
import type { RunDetail } from "../../engine/api/runs.ts";
import { formatTime } from "../ui/format.ts";
import { t } from "../ui/l10n.ts";

/**
 * `of http://mlflow.example.com, as of 2026-05-03 14:02:00`: whose run this is and how old what is shown may be; null for a run of this
 * folder. `status` is of the server that is connected now, if one is.
 */
export function serverLine({ head, serverSeen }: Pick<RunDetail, "serverSeen"> & { readonly head: Pick<RunDetail["head"], "server"> }, status: RemoteStatus | null): string | null {
  const { server } = head;
  if (server === undefined) return null;
  const connected = status?.uri === server ? status : null;
  const seen = Math.max(serverSeen ?? 0, connected?.synced ?? 0);
  const line = seen === 0 ? t("of {0}", server) : t("of {0}, as of {1}", server, formatTime(seen));
  if (connected === null) return t("{0}; not connected", line);
  return connected.state === "connected" || connected.state === "syncing" ? line : t("{0}; it does not answer now", line);
}

/** What stands where no file is named. */
export function noFiles(direction: "inputs" | "outputs", server: string | undefined): string {
  if (direction === "inputs") return server === undefined ? t("Nothing under the folder was read.") : t("Not known: the server does not say which files were read.");
  return server === undefined ? t("Nothing under the folder was written.") : t("Not known: the server does not say which files were written.");
}
