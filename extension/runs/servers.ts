import type * as vscode from "vscode";
import { type RunHead, runsWindow } from "../../engine/api/runs.ts";
import type { EngineLink } from "../engine/link.ts";

/** Texts in the language of the window: `vscode.l10n`. */
export type Words = Pick<typeof vscode.l10n, "t">;

/** How many runs are of which server, by its address. */
export type OfServers = ReadonlyMap<string, number>;

const PAGE = 2_000;

/** What a server is called beside a title: `mlflow.example.com:5000`. */
export function hostOf(uri: string): string {
  return URL.parse(uri)?.host ?? uri;
}

export function countServers(heads: readonly Pick<RunHead, "server">[]): OfServers {
  const counts = new Map<string, number>();
  for (const { server } of heads) if (server !== undefined) counts.set(server, (counts.get(server) ?? 0) + 1);
  return counts;
}

/** Which of these runs are of a server: what is done to them is done for everybody who uses it. */
export async function serversOf(link: EngineLink, runIds: readonly string[]): Promise<OfServers> {
  const heads: RunHead[] = [];
  for (let from = 0; from < runIds.length; from += PAGE) {
    const part = runIds.slice(from, from + PAGE);
    heads.push(...(await link.request(runsWindow, { query: { runIds: part, view: "all" }, columns: [], from: 0, to: part.length })).heads);
  }
  return countServers(heads);
}

/** What a person is asked before runs are deleted on a server; null where all of them are of the folder, which keeps them. */
export function deleteQuestion({ t }: Words, runs: number, servers: OfServers): { readonly message: string; readonly detail: string } | null {
  const l10n = { t };
  const there = [...servers.values()].reduce((sum, count) => sum + count, 0);
  if (there === 0) return null;
  const names = [...servers.keys()].join(", ");
  const message =
    there < runs
      ? there === 1
        ? l10n.t("Delete {0} runs, 1 of them on {1}? Others who use this server lose that one too.", runs, names)
        : l10n.t("Delete {0} runs, {1} of them on {2}? Others who use this server lose those too.", runs, there, names)
      : runs === 1
        ? l10n.t("Delete 1 run on {0}? Others who use this server lose it too.", names)
        : l10n.t("Delete {0} runs on {1}? Others who use this server lose them too.", runs, names);
  const detail =
    there === 1
      ? l10n.t("Undo and Restore Run bring it back there, until somebody removes deleted runs from the server for good (mlflow gc).")
      : l10n.t("Undo and Restore Run bring them back there, until somebody removes deleted runs from the server for good (mlflow gc).");
  return { message, detail };
}

/** What a person is told of a server's runs before they are removed here for good; empty where there are none. */
export function pruneNote({ t }: Words, servers: OfServers): string {
  const l10n = { t };
  return [...servers].map(([uri, runs]) => (runs === 1 ? l10n.t("1 of them is of {0}: it stays there, and comes back here when that server is connected anew.", uri) : l10n.t("{0} of them are of {1}: they stay there, and come back here when that server is connected anew.", runs, uri))).join(" ");
}
