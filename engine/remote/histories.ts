import { once } from "node:events";
import { setTimeout as rest } from "node:timers/promises";
import { TouchstoneError } from "../api/tokens.ts";
import type { FilePlace, MetricSource, SourceRecord } from "../importers/records.ts";
import { isRecord } from "../mlflow/fields.ts";
import { type RunRecord, SERVER_FORMAT } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { RemoteServer } from "./client.ts";
import { digestOf } from "./pushed.ts";
import { remoteHistory } from "./read.ts";

/** Points of a page. */
const PAGE = 25_000;
/** Points of the first page that goes on with a curve: it begins with points that are here. Each further one has twice as many. */
const AGAIN = 1_000;
/** A server that gives ever new pages is not read for ever. */
const MOST_PAGES = 20_000;
/** A curve that is whole is looked at again after this: a point may be logged late, below the newest step, which no search tells. */
const LIVE_MS = 5_000;
const ENDED_MS = 5 * 60_000;
/** Curves that somebody looked at so lately are looked at again with the runs under way, so many each time. */
const LOOKED_MS = 5 * 60_000;
const MOST_AGAIN = 20;
/** Somebody who looks waits so long; then what is here is drawn, and again as more comes. */
const PATIENCE_MS = 5_000;

/** How far a history was read. */
interface Place {
  /** The page that was read last, or is to be read next. */
  readonly token: string;
  /** A digest of that page's first point. Another one: points were logged late, before it. */
  readonly first: string | null;
  /** Step and time of the newest point when it was read to its end; null while it was not. */
  readonly latest: string | null;
  /** Whether the run was under way then. */
  readonly live: boolean;
}

const START: Place = { token: "", first: null, latest: null, live: true };

interface Fetching {
  readonly done: Promise<void>;
  readonly end: AbortController;
  waiting: number;
}

interface HistoriesOptions {
  readonly store: Store;
  readonly server: RemoteServer;
  readonly signal: AbortSignal;
  /** Stores what was read. */
  readonly put: (records: readonly SourceRecord[]) => Promise<void>;
  readonly log: (message: string) => void;
}

/** Whether more may come of a run. */
export function isLive({ status }: RunRecord): boolean {
  return status === "running" || status === "scheduled";
}

/** Whether the server is why something failed. */
export function isOfServer(error: unknown): error is TouchstoneError {
  return error instanceof TouchstoneError && error.shape.code.startsWith("REMOTE_");
}

const fileOf = (runId: string, key: string): string => `history:${runId}/${key}`;

/** Whether all points of a curve were read from the server, as far as a search tells; also true for a run that has no such curve. */
export function isWhole({ read }: Store, uri: string, runId: string, key: string): boolean {
  const [run, latest] = latestOf(read, runId, key);
  if (run === undefined || latest === null) return true;
  return isUpToDate(placeOf(read.sources.place(uri, SERVER_FORMAT, fileOf(runId, key))), run, latest);
}

/** The histories of a server's runs: read page by page when somebody looks, and gone on with from the last page. */
export class Histories {
  readonly #options: HistoriesOptions;
  readonly #fetching = new Map<string, Fetching>();
  /** When a curve was last read to its end. */
  readonly #read = new Map<string, number>();
  /** When somebody last asked for one. */
  readonly #asked = new Map<string, { readonly runId: string; readonly key: string; at: number }>();

  constructor(options: HistoriesOptions) {
    this.#options = options;
  }

  /**
   * Fetches what is new of a curve. Looks that come together share one fetch, which ends when all of them are broken off.
   * @param patience - Milliseconds to wait at most
   * @returns False where it is still being read
   */
  async fetch(runId: string, key: string, signal: AbortSignal, patience = PATIENCE_MS): Promise<boolean> {
    const file = fileOf(runId, key);
    this.#asked.set(file, { runId, key, at: performance.now() });
    const { store, server } = this.#options;
    if (!isWhole(store, server.uri, runId, key)) return this.#wait(this.#shared(runId, key), signal, patience);
    const run = store.read.runs.byId(runId);
    // What is here is drawn at once; what comes late is drawn when it came.
    if (run && performance.now() - (this.#read.get(file) ?? Number.NEGATIVE_INFINITY) > (isLive(run) ? LIVE_MS : ENDED_MS)) this.#shared(runId, key).done.catch((error: unknown) => this.#options.log(String(error)));
    return true;
  }

  /** Fetches what is new of a curve, however long it takes and also where none of it is known to be missing. */
  async all(runId: string, key: string, signal: AbortSignal): Promise<void> {
    await this.#wait(this.#shared(runId, key), signal, null);
  }

  /** Looks again at the curves of runs under way that somebody looked at lately. What a server says of one that is gone is said where its curve is drawn. */
  async news(): Promise<void> {
    const { read } = this.#options.store;
    const now = performance.now();
    for (const [file, { at }] of this.#asked) if (now - at > LOOKED_MS) this.#asked.delete(file);
    const live = [...this.#asked].filter(([file, { runId }]) => {
      const run = read.runs.byId(runId);
      return run !== undefined && isLive(run) && !this.#fetching.has(file);
    });
    const longest = live.toSorted(([a], [b]) => (this.#read.get(a) ?? 0) - (this.#read.get(b) ?? 0));
    for (const [, { runId, key }] of longest.slice(0, MOST_AGAIN)) {
      await this.#shared(runId, key).done.catch((error: unknown) => {
        if (!isOfServer(error)) throw error;
      });
    }
  }

  #shared(runId: string, key: string): Fetching {
    const file = fileOf(runId, key);
    const under = this.#fetching.get(file);
    if (under && !under.end.signal.aborted) return under;
    const end = new AbortController();
    const done = this.#goOn(runId, key, AbortSignal.any([end.signal, this.#options.signal])).finally(() => {
      if (this.#fetching.get(file)?.end === end) this.#fetching.delete(file);
    });
    const fetching = { done, end, waiting: 0 };
    // Whoever waits hears of it; nobody may.
    done.catch(() => undefined);
    this.#fetching.set(file, fetching);
    return fetching;
  }

  async #wait(fetching: Fetching, signal: AbortSignal, patience: number | null): Promise<boolean> {
    signal.throwIfAborted();
    const enough = new AbortController();
    fetching.waiting++;
    try {
      const waits = [fetching.done.then(() => "whole" as const), once(signal, "abort", { signal: enough.signal }).then(() => "left" as const)];
      const how = await Promise.race([...waits, ...(patience === null ? [] : [rest(patience, "late" as const, { signal: enough.signal, ref: false })])]);
      if (how === "left" && fetching.waiting === 1) fetching.end.abort();
      signal.throwIfAborted();
      // Who does not wait any more still wants it: it draws what comes.
      if (how === "late") fetching.waiting++;
      return how === "whole";
    } finally {
      fetching.waiting--;
      enough.abort();
    }
  }

  async #goOn(runId: string, key: string, signal: AbortSignal): Promise<void> {
    const { store, server, put } = this.#options;
    const file = fileOf(runId, key);
    const [run, start] = latestOf(store.read, runId, key);
    if (run === undefined || start === null) return;
    const live = isLive(run);
    const known = placeOf(store.read.sources.place(server.uri, SERVER_FORMAT, file));
    // Once more from its beginning when the run has ended: what came late between two pages is not seen from the last one.
    const from = known === null || (known.latest !== null && known.live && !live) ? START : known;
    let { token, first } = from;
    let size = from === START ? PAGE : AGAIN;
    let latest = start;
    let seen = new Set([token]);
    for (let pages = 1; ; pages++) {
      const page = await remoteHistory(server, runId, key, { token, size }, signal).catch((error: unknown) => {
        // The server may have been set up anew, and not know its token any more.
        if (pages === 1 && token !== "" && error instanceof TouchstoneError && error.shape.code === "REMOTE_ANSWER") return null;
        throw error;
      });
      const begins = page?.points[0] === undefined ? null : pointDigest(page.points[0]);
      if (page === null || (token !== "" && first !== null && begins !== first)) {
        [token, first, size, seen] = ["", null, PAGE, new Set([""])];
        continue;
      }
      const { points, next } = page;
      for (const point of points) if (point.step > latest.step || (point.step === latest.step && point.time > latest.time)) latest = point;
      const place: Place = next === "" ? { token, first: begins, latest: textOf(latest), live } : { token: next, first: null, latest: null, live };
      await put([...points, { k: "offset", file, inode: 0, offset: 0, state: JSON.stringify(place) }]);
      if (next === "") return void this.#read.set(file, performance.now());
      if (seen.has(next) || pages >= MOST_PAGES) throw new TouchstoneError({ code: "REMOTE_ODD", message: `${server.uri} gives the pages of the curve ${key} again and again.`, hint: "What was read of it is shown." });
      seen.add(next);
      [token, first, size] = [next, null, Math.min(PAGE, size * 2)];
    }
  }
}

interface Latest {
  readonly step: number;
  readonly time: number;
}

function latestOf(read: Store["read"], runId: string, key: string): [run: RunRecord | undefined, latest: Latest | null] {
  const run = read.runs.byId(runId);
  return [run, (run && read.runs.latest(run.runKey).find((one) => one.key === key)) ?? null];
}

const textOf = ({ step, time }: Latest): string => `${step} ${time}`;
const pointDigest = ({ step, time, value }: MetricSource): string => digestOf([step, time, String(value)]);

function isUpToDate(place: Place | null, run: RunRecord, latest: Latest): boolean {
  return place !== null && place.latest === textOf(latest) && place.live === isLive(run);
}

/** Null where nothing was read, or an earlier version of Touchstone read it, which kept no page. */
function placeOf(place: FilePlace | undefined): Place | null {
  const said: unknown = place?.state === undefined ? null : JSON.parse(place.state);
  if (!isRecord(said)) return null;
  const { token, first, latest, live } = said;
  return typeof token === "string" ? { token, first: typeof first === "string" ? first : null, latest: typeof latest === "string" ? latest : null, live: live === true } : null;
}
