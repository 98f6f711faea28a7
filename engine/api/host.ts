import type { GroupBy } from "./groups.ts";
import type { ColumnId, RunQuery } from "./runs.ts";
import type { PruneQuery, PruneResult } from "./storage.ts";
import { event, request } from "./tokens.ts";

/** What a webview asks of the extension itself; everything else is relayed to the engine. */
export const hostOpenFile = request<{ path: string; line?: number; beside?: boolean }, null>("host/openFile");
export const hostOpenRun = request<{ runId: string; tab?: string }, null>("host/openRun");
export const hostCompare = request<{ runIds: readonly string[] }, null>("host/compare");
export const hostCompareCode = request<{ runIds: readonly [string, string] }, null>("host/compareCode");
/** Runs a contributed command of this extension by its name. */
export const hostCommand = request<{ command: string; args: readonly unknown[] }, null>("host/command");
export const hostCopy = request<{ text: string }, null>("host/copy");
/** Asks for one line of text in VS Code's own input box; null when it was left. */
export const hostInput = request<{ title: string; value?: string; placeholder?: string }, { text: string | null }>("host/input");
/** A URI that the webview may load for a file under the store's folder. */
export const hostResource = request<{ path: string }, { uri: string }>("host/resource");
/** Opens VS Code's own page on which folders are trusted. */
export const hostManageTrust = request<null, null>("host/manageTrust");
/** Asks where to, then has the engine write the table there (`runs/export`); null when it was left. */
export const hostExportRuns = request<{ query: RunQuery; group?: GroupBy; columns: readonly ColumnId[]; format: "csv" | "jsonl" }, { file: string; rows: number } | null>("host/exportRuns");
/** Asks the person, then has the engine remove what a preview showed (`storage/prune`); null when it was refused. */
export const hostPrune = request<PruneQuery & { digest: string; runs: number; bytes: number }, PruneResult | null>("host/prune");
/** Has the engine give the database's free room back (`storage/giveBack`), after a question where writes must wait for it; null when it was refused. */
export const hostGiveBack = request<{ bytes: number; shrinks: boolean }, { bytes: number } | null>("host/giveBack");
/** Keeps what the panel needs to be restored after a reload. */
export const hostTitle = request<{ title: string }, null>("host/title");

/** Sent once a panel is ready and whenever its subject changes (another script became active, another run was opened). */
export const hostSubject = event<{ panel: string; subject: unknown }>("host/subject");
/** The engine went away or came back; panels show it and ask again. */
export const hostEngine = event<{ state: "connected" | "connecting" | "failed"; message: string | null }>("host/engine");
/** The file that a panel shows was written again, or is gone; `path` as the panel's subject names it. */
export const hostFileChanged = event<{ path: string; gone: boolean }>("host/fileChanged");
