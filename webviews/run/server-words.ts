import type { RunComparison } from "../../engine/api/compare.ts";
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

/** What of code, data and environment is the same as in another run of the comparison, and what is not known of one of the two; null where there is nothing to say. */
export function sameAndUnknown({ heads, unknown }: Pick<RunComparison, "heads" | "unknown">, [run, other]: readonly [run: number, other: number], same: { readonly code: boolean; readonly data: boolean; readonly environment: boolean }): { readonly same: string | null; readonly unknown: string | null } {
  const hidden = new Set([run, other].flatMap((index) => unknown[index] ?? []));
  const sameNames = (["code", "data", "environment"] as const).filter((what) => same[what] && (what === "code" || !hidden.has(what)));
  const unknownNames = (["data", "environment"] as const).filter((what) => hidden.has(what));
  const ofServer = [run, other].some((index) => (unknown[index]?.length ?? 0) > 0 && heads[index]?.server !== undefined);
  const they = (names: readonly string[]): string => `${names.join(", ").replace(/, ([^,]*)$/, " and $1")} ${names.length === 1 ? "is" : "are"}`;
  const why = ofServer ? (unknownNames.length === 1 ? t("the server does not keep it") : t("the server does not keep them")) : t("not captured");
  return { same: sameNames.length === 0 ? null : `${they(sameNames)} the same`, unknown: unknownNames.length === 0 ? null : `${they(unknownNames)} not known: ${why}` };
}

/** What stands where no file is named. */
export function noFiles(direction: "inputs" | "outputs", server: string | undefined): string {
  if (direction === "inputs") return server === undefined ? t("Nothing under the folder was read.") : t("Not known: the server does not say which files were read.");
  return server === undefined ? t("Nothing under the folder was written.") : t("Not known: the server does not say which files were written.");
}
