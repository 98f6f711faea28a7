import { TouchstoneError } from "../api/tokens.ts";
import type { Missing } from "../runs/elsewhere.ts";
import { SERVER_FORMAT } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { RemoteServer } from "./client.ts";
import { type Histories, isOfServer, isWhole } from "./histories.ts";
import { parts } from "./pushed.ts";
import { remoteFiles } from "./read.ts";

/** Curves that are fetched at once. */
const TOGETHER = 8;
/** Files and folders of one run; a server whose folders hold themselves is not walked for ever. */
const MOST_FILES = 100_000;

interface WholeOptions {
  readonly store: Store;
  readonly server: RemoteServer;
  readonly histories: Histories;
  /** Fetches a file unless it is here. */
  readonly file: (path: string) => Promise<void>;
  /** Whether the contents of files are wanted, or only which there are. */
  readonly contents: boolean;
  readonly signal: AbortSignal;
}

/** What is not here of a server's run where nothing can be asked of the server; `why` as `which is not connected`. */
export function missingOf(store: Store, uri: string, runId: string, why: string): Missing {
  const hasCurves = keysOf(store, runId).every((key) => isWhole(store, uri, runId, key));
  return { words: [`${hasCurves ? "files" : "curves and files"} that were not read from ${uri}, ${why}`], isApart: true };
}

/** The same for a run whose server is not the connected one; null for a run of this folder. */
export function missingApart(store: Store, runId: string): Missing | null {
  const place = store.read.sources.placeOfRun(runId, SERVER_FORMAT);
  return place === undefined ? null : missingOf(store, place, runId, "which is not connected");
}

/** Fetches all curves and files of a server's run. Gives what could not be fetched; null where all is here. */
export async function fetchWhole(options: WholeOptions, runId: string): Promise<Missing | null> {
  const { store, server, histories, contents, signal } = options;
  const words: string[] = [];
  try {
    for (const keys of parts(keysOf(store, runId), TOGETHER)) await Promise.all(keys.map((key) => histories.all(runId, key, signal)));
  } catch (error) {
    if (!isOfServer(error)) throw error;
    if (!keysOf(store, runId).every((key) => isWhole(store, server.uri, runId, key))) words.push(`curves that were not read from ${server.uri}, ${whyOf(error)}`);
  }
  try {
    if (!(await fetchFiles(options, runId))) words.push(`files that were not read from ${server.uri}`);
  } catch (error) {
    if (!isOfServer(error)) throw error;
    words.push(`files that were not read from ${server.uri}, ${whyOf(error)}`);
  }
  const made = store.read.models.links(store.read.runs.byId(runId)?.runKey ?? 0, "output");
  if (contents && made.some(({ modelId }) => store.read.artifacts.under(`model:${modelId}`, "").length === 0)) words.push(`files of logged models that were not read from ${server.uri}`);
  return words.length === 0 ? null : { words, isApart: false };
}

/** False where one of them is not here. */
async function fetchFiles({ store, server, file, contents, signal }: WholeOptions, runId: string): Promise<boolean> {
  let isWholly = true;
  let count = 0;
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { path, isDir, bytes } of await remoteFiles(server, runId, folder, signal)) {
      signal.throwIfAborted();
      if (++count > MOST_FILES || (folder !== "" && !path.startsWith(`${folder}/`))) return false;
      if (isDir) folders.push(path);
      else if (contents) isWholly = (await isFetched(file, path)) && isWholly;
      else isWholly &&= store.read.artifacts.one(`run:${runId}`, path)?.bytes === bytes;
    }
  }
  return isWholly;
}

/** One file that the server cannot give (it is gone from its bucket), or whose name cannot be one here, costs no other. */
async function isFetched(file: (path: string) => Promise<void>, path: string): Promise<boolean> {
  try {
    await file(path);
    return true;
  } catch (error) {
    if (!(error instanceof TouchstoneError) || !/^(?:REMOTE_ANSWER|REMOTE_ODD|PATH_.*)$/.test(error.shape.code)) throw error;
    return false;
  }
}

function keysOf({ read }: Store, runId: string): string[] {
  const run = read.runs.byId(runId);
  return run === undefined ? [] : read.runs.latest(run.runKey).map(({ key }) => key);
}

function whyOf({ shape: { code } }: TouchstoneError): string {
  return code === "REMOTE_OFFLINE" ? "which does not answer" : code === "REMOTE_REFUSED" ? "which refuses the credentials" : "which did not give them";
}
