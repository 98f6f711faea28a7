import { Readable } from "node:stream";
import type { RemoteState, RemoteStatus } from "../api/remote.ts";
import type { ArtifactEntry } from "../api/runs.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { Packer } from "../importers/pack.ts";
import type { FilePlace, SourceRecord } from "../importers/records.ts";
import type { Elsewhere, RunChange } from "../runs/elsewhere.ts";
import type { Store } from "../store/store.ts";
import type { RemoteServer } from "./client.ts";
import { remoteExperiments, remoteFiles, remoteHistory, remoteRun, remoteRuns, type RemoteRun } from "./read.ts";

/** How the store names what came from a server. */
export const REMOTE_FORMAT = "mlflow-server";
/** Between two looks at what is new, and at everything. */
const LOOK_MS = 5_000;
const EVERYTHING_MS = 5 * 60_000;
/** A server that is away is tried again after this, then after twice as long, up to a minute. */
const AWAY_MS = 2_000;
const LONGEST_AWAY_MS = 60_000;
/** Runs of one look at what is new. */
const NEW = 100;
/** Runs under way that are looked at each time. */
const LIVE = 50;

export interface MirrorOptions {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly server: RemoteServer;
  readonly log: (message: string) => void;
  readonly onStatus: (status: RemoteStatus) => void;
  /** Somebody looks: nothing is asked of the server while nobody does. */
  readonly watched: () => boolean;
}

/** The runs of a server among those of a store: values by themselves, histories and artifacts when somebody looks at them. */
export class Mirror implements Elsewhere {
  readonly server: RemoteServer;
  readonly #options: MirrorOptions;
  readonly #abort = new AbortController();
  readonly #theirs: Set<string>;
  readonly #live = new Set<string>();
  readonly #histories: Map<string, FilePlace>;
  readonly #fetching = new Map<string, Promise<void>>();
  #experiments: readonly string[] = [];
  #state: RemoteState = "syncing";
  #message: string | null = null;
  #synced: number | null = null;
  #told: RemoteStatus | null = null;
  #wake: () => void = () => undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.server = options.server;
    const { sources } = options.store.read;
    this.#theirs = new Set(sources.runIds(this.server.uri, REMOTE_FORMAT));
    this.#histories = sources.places(this.server.uri, REMOTE_FORMAT);
  }

  get status(): RemoteStatus {
    return { uri: this.server.uri, state: this.#state, message: this.#message, synced: this.#synced, runs: this.#theirs.size };
  }

  /** True for a run of the server. */
  owns(runId: string): boolean {
    return this.#theirs.has(runId);
  }

  /** Looks again and again, until it is closed or the server refuses. */
  start(): void {
    void this.#loop();
  }

  close(): void {
    this.#abort.abort();
    this.#wake();
  }

  /** Looks at everything. Throws `REMOTE_OFFLINE`, `REMOTE_REFUSED`. */
  sync(signal: AbortSignal, progress: (progress: Progress) => void): Promise<void> {
    return this.#inTurn(() => this.#everything(AbortSignal.any([signal, this.#abort.signal]), progress));
  }

  async curve(runIds: readonly string[], key: string, signal: AbortSignal): Promise<void> {
    // Offline, what was fetched is shown; the status says so.
    if (this.#state === "offline" || this.#state === "refused") return;
    await Promise.all(runIds.filter((id) => this.owns(id)).map((id) => this.#history(id, key, signal)));
  }

  async files(runId: string, path: string, signal: AbortSignal): Promise<readonly ArtifactEntry[] | null> {
    if (!this.owns(runId)) return null;
    if (this.#state === "offline") return this.#options.artifacts.list({ kind: "run", id: runId }, path);
    return (await remoteFiles(this.server, runId, path, signal)).map(({ path: name, isDir, bytes }) => ({ path: name, isDir, bytes: isDir ? null : bytes }));
  }

  async file(runId: string, path: string, signal: AbortSignal): Promise<void> {
    const { store, artifacts } = this.#options;
    if (!this.owns(runId) || store.read.artifacts.one(`run:${runId}`, path)) return;
    const content = await this.server.download(runId, path, signal);
    await artifacts.put({ kind: "run", id: runId }, path, Readable.from(content));
  }

  async change({ runIds, name, note, setTags = {}, deleteTags = [], deleted }: RunChange): Promise<void> {
    const tags = { ...setTags, ...(note === undefined ? {} : { "mlflow.note.content": note }) };
    for (const run_id of runIds.filter((id) => this.owns(id))) {
      if (name !== undefined) await this.server.post("runs/update", { run_id, run_name: name });
      for (const [key, value] of Object.entries(tags)) await this.server.post("runs/set-tag", { run_id, key, value });
      for (const key of deleteTags) await this.server.post("runs/delete-tag", { run_id, key });
      if (deleted !== undefined) await this.server.post(deleted ? "runs/delete" : "runs/restore", { run_id });
    }
  }

  async #loop(): Promise<void> {
    let away = AWAY_MS;
    let looked = Number.NEGATIVE_INFINITY;
    while (!this.#abort.signal.aborted) {
      try {
        if (this.#options.watched()) {
          const everything = performance.now() - looked > EVERYTHING_MS || this.#state !== "connected";
          await this.#inTurn(() => (everything ? this.#everything(this.#abort.signal, () => undefined) : this.#news(this.#abort.signal)));
          if (everything) looked = performance.now();
          away = AWAY_MS;
        }
        await this.#rest(LOOK_MS);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (this.#state === "refused") return;
        this.#options.log(`${this.server.uri}: ${error instanceof Error ? error.message : String(error)}`);
        await this.#rest(away);
        away = Math.min(LONGEST_AWAY_MS, away * 2);
      }
    }
  }

  async #everything(signal: AbortSignal, progress: (progress: Progress) => void): Promise<void> {
    await this.#looked(async () => {
      const experiments = await remoteExperiments(this.server, signal);
      this.#experiments = experiments.map(({ experiment }) => experiment);
      await this.#store(experiments);
      let done = 0;
      for await (const runs of remoteRuns(this.server, this.#experiments, signal)) {
        await this.#take(runs);
        done += runs.length;
        progress({ done, total: null, unit: "runs" });
      }
      this.#synced = Date.now();
    });
  }

  /** New runs and those under way. A run that ended long ago and is changed on the server is seen with the next look at everything. */
  async #news(signal: AbortSignal): Promise<void> {
    await this.#looked(async () => {
      const experiments = await remoteExperiments(this.server, signal);
      const known = new Set(this.#experiments);
      this.#experiments = experiments.map(({ experiment }) => experiment);
      if (experiments.some(({ experiment }) => !known.has(experiment))) await this.#store(experiments);
      const seen = new Set<string>();
      for await (const runs of remoteRuns(this.server, this.#experiments, signal, NEW)) {
        for (const { id } of runs) seen.add(id);
        const fresh = runs.some(({ id }) => !this.owns(id));
        await this.#take(runs);
        if (!fresh) break;
      }
      const live = [...this.#live].filter((id) => !seen.has(id)).slice(0, LIVE);
      await this.#take(await Promise.all(live.map((id) => remoteRun(this.server, id, signal))));
      this.#synced = Date.now();
    });
  }

  /** Runs a look, and says how it went. */
  async #looked(look: () => Promise<void>): Promise<void> {
    try {
      await look();
      this.#say("connected", null);
    } catch (error) {
      const shape = error instanceof TouchstoneError ? error.shape : null;
      if (shape?.code === "REMOTE_REFUSED") this.#say("refused", `${shape.message}${shape.hint === undefined ? "" : ` ${shape.hint}`}`);
      else if (!this.#abort.signal.aborted) this.#say("offline", shape?.message ?? (error instanceof Error ? error.message : String(error)));
      throw error;
    }
  }

  async #take(runs: readonly RemoteRun[]): Promise<void> {
    const { store } = this.#options;
    // What was pushed from here stands here already, with more than the server knows.
    const others = runs.filter(({ pushedFrom }) => pushedFrom === null || store.read.runs.byId(pushedFrom) === undefined || this.owns(pushedFrom));
    await this.#store(others.flatMap(({ records }) => records));
    for (const { id, live } of others) {
      if (live) this.#live.add(id);
      else this.#live.delete(id);
    }
  }

  async #store(records: readonly SourceRecord[]): Promise<void> {
    const packer = new Packer();
    for (const record of records) {
      packer.add(record);
      if (packer.full) await this.#write(packer);
    }
    await this.#write(packer);
  }

  async #write(packer: Packer): Promise<void> {
    if (packer.empty) return;
    const { batch, problems } = packer.take();
    const { uri } = this.server;
    const written = await this.#options.store.write("import.write", { source: { path: uri, format: REMOTE_FORMAT, name: new URL(uri).host }, time: Date.now(), batch });
    for (const { runId, own } of written.runs) if (own) this.#theirs.add(runId);
    for (const place of batch.places) this.#histories.set(place.file, place);
    for (const reason of [...written.refused, ...problems.map((one) => one.reason)]) this.#options.log(`${uri}: ${reason}`);
  }

  /** Fetches a history, unless the one that was fetched reaches the latest point. Looks that come together share one fetch. */
  #history(runId: string, key: string, signal: AbortSignal): Promise<void> {
    const { read } = this.#options.store;
    const run = read.runs.byId(runId);
    const latest = run && read.runs.latest(run.runKey).find((one) => one.key === key);
    if (!latest) return Promise.resolve();
    const file = `history:${runId}/${key}`;
    const before = this.#histories.get(file);
    if (before?.offset === latest.step && before.state === String(latest.time)) return Promise.resolve();
    const under = this.#fetching.get(file);
    if (under) return under;
    const fetched = (async () => {
      const points = await remoteHistory(this.server, runId, key, signal);
      await this.#store([...points, { k: "offset", file, inode: 0, offset: latest.step, state: String(latest.time) }]);
    })().finally(() => this.#fetching.delete(file));
    this.#fetching.set(file, fetched);
    return fetched;
  }

  #say(state: RemoteState, message: string | null): void {
    const runs = this.#theirs.size;
    if (this.#told && state === this.#told.state && message === this.#told.message && runs === this.#told.runs) return;
    this.#state = state;
    this.#message = message;
    this.#told = this.status;
    this.#options.onStatus(this.#told);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #rest(ms: number): Promise<void> {
    await new Promise<void>((done) => {
      const timer = setTimeout(done, ms);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}
