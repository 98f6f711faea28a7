import { posix } from "node:path";
import { Readable } from "node:stream";
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { FilePlace, OffsetSource } from "../importers/records.ts";
import { isRecord } from "../mlflow/fields.ts";
import { SERVER_FORMAT } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { FileTags, RemoteServer } from "./client.ts";
import { isLive } from "./histories.ts";
import { remoteFiles } from "./read.ts";

/** A file is read in pieces: for so long it is not asked again whether it is still the same. */
const CURRENT_MS = 10_000;
/** Where a server says nothing that tells contents apart, a file of an ended run that keeps its length is read again after this. */
const UNTOLD_MS = 60 * 60_000;

/** What is kept of a file that was fetched. */
interface Fetched {
  readonly tags: FileTags;
  /** The server gave other tags for the same content: they tell nothing. */
  readonly isVain: boolean;
  /** The state of its run then. */
  readonly run: string;
  /** UTC ms. */
  readonly time: number;
}

interface FilesOptions {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly server: RemoteServer;
  /** Stores how far a file was read. */
  readonly put: (record: OffsetSource) => Promise<void>;
  /** UTC ms. */
  readonly now?: () => number;
}

/** The files of a server's runs: fetched when somebody opens them, and again when they were replaced there. */
export class Files {
  readonly #options: FilesOptions;
  readonly #now: () => number;
  /** When one was last seen to be the server's. */
  readonly #current = new Map<string, number>();

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** @param isAway - Nothing can be asked: what is here is left as it is */
  async fetch(runId: string, path: string, isAway: boolean, signal: AbortSignal): Promise<void> {
    const { store, artifacts, server, put } = this.#options;
    const file = `file:${runId}/${path}`;
    const here = store.read.artifacts.one(`run:${runId}`, path);
    const run = store.read.runs.byId(runId);
    if (here && (isAway || this.#now() - (this.#current.get(file) ?? Number.NEGATIVE_INFINITY) < CURRENT_MS)) return;
    const before = here ? fetchedOf(store.read.sources.place(server.uri, SERVER_FORMAT, file)) : null;
    const state = `${run?.status} ${run?.end}`;
    const isTold = before !== null && !before.isVain && (before.tags.etag !== null || before.tags.modified !== null);
    if (here && before && !isTold && run && !isLive(run) && before.run === state && this.#now() - before.time < UNTOLD_MS && (await this.#length(runId, path, signal)) === here.bytes) return void this.#current.set(file, this.#now());
    const answer = await server.download(runId, path, signal, isTold ? before.tags : undefined);
    if (answer !== null) {
      const { digest } = await artifacts.put({ kind: "run", id: runId }, path, Readable.from(answer.content));
      const isVain = before !== null && (before.isVain || (isTold && digest === here?.digest));
      await put({ k: "offset", file, inode: 0, offset: this.#now(), state: JSON.stringify({ ...answer.tags, isVain, run: state }) });
    }
    this.#current.set(file, this.#now());
  }

  async #length(runId: string, path: string, signal: AbortSignal): Promise<number | null> {
    const folder = posix.dirname(path);
    const there = await remoteFiles(this.#options.server, runId, folder === "." ? "" : folder, signal);
    return there.find((one) => one.path === path)?.bytes ?? null;
  }
}

/** Null where nothing is known: it was fetched by an earlier version of Touchstone. */
function fetchedOf(place: FilePlace | undefined): Fetched | null {
  const said: unknown = place?.state === undefined ? null : JSON.parse(place.state);
  if (place === undefined || !isRecord(said)) return null;
  const { etag, modified, isVain, run } = said;
  return { tags: { etag: typeof etag === "string" ? etag : null, modified: typeof modified === "string" ? modified : null }, isVain: isVain === true, run: typeof run === "string" ? run : "", time: place.offset };
}
