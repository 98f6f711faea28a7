import type { RemoteState, RemoteStatus } from "../api/remote.ts";
import type { ArtifactEntry } from "../api/runs.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { Packer } from "../importers/pack.ts";
import type { SourceRecord } from "../importers/records.ts";
import type { Elsewhere, Fetching, Missing, RunChange } from "../runs/elsewhere.ts";
import { SERVER_FORMAT } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { RemoteServer } from "./client.ts";
import { lacksApart, refuseElsewhere } from "./disconnected.ts";
import { Files } from "./files.ts";
import { Histories, isOfServer, isWhole } from "./histories.ts";
import { lackOf, type Mirroring } from "./mirrored.ts";
import { ModelMirror } from "./mirrorModels.ts";
import { RegistryMirror } from "./mirrorRegistry.ts";
import { TraceMirror } from "./mirrorTraces.ts";
import { groupsOf, remoteExperiments, remoteFiles, remoteRun, remoteRuns, type RemoteRun } from "./read.ts";
import { fetchWhole, missingApart, missingOf } from "./wholeRuns.ts";

/** Between two looks at what is new, and at everything. */
const LOOK_MS = 5_000;
const EVERYTHING_MS = 5 * 60_000;
/** A server that is away is tried again after this, then after twice as long, up to a minute. */
const AWAY_MS = 2_000;
const LONGEST_AWAY_MS = 60_000;
/** Traces of a look at everything are gone on with for so long at each look at what is new: runs under way do not wait for many of them. */
const TRACES_MS = 3_000;
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
  /** UTC ms. */
  readonly now?: () => number;
}

/** The runs of a server among those of a store: values by themselves, histories and artifacts when somebody looks at them. */
export class Mirror implements Elsewhere {
  readonly server: RemoteServer;
  readonly #options: MirrorOptions;
  readonly #abort = new AbortController();
  readonly #theirs: Set<string>;
  readonly #live = new Set<string>();
  readonly #pushed = new Map<string, string>();
  readonly #models: ModelMirror;
  readonly #registry: RegistryMirror;
  readonly #traces: TraceMirror;
  /** What is left of the last look at all traces. */
  #tracesLeft: AsyncGenerator<number, void> | null = null;
  /** Why the server does not give something, by what. Asked for again with each look at everything. */
  readonly #lacks = new Map<string, string>();
  #notShown: readonly string[] = [];
  readonly #histories: Histories;
  readonly #files: Files;
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
    this.#theirs = new Set(options.store.read.sources.runIds(this.server.uri, SERVER_FORMAT));
    this.#histories = new Histories({ ...options, signal: this.#abort.signal, put: (records) => this.#store(records) });
    this.#files = new Files({ ...options, put: (record) => this.#store([record]) });
    const mirroring: Mirroring = { store: options.store, server: this.server, write: (records) => this.#store(records), pushed: this.#pushed, owns: (runId) => this.owns(runId) };
    this.#models = new ModelMirror(mirroring);
    this.#registry = new RegistryMirror(mirroring);
    this.#traces = new TraceMirror(mirroring);
  }

  get status(): RemoteStatus {
    return { uri: this.server.uri, state: this.#state, message: this.#message, synced: this.#synced, runs: this.#theirs.size, notShown: [...[...this.#lacks].map(([what, why]) => `${what}: ${why}`), ...this.#notShown] };
  }

  get #away(): boolean {
    return this.#state !== "connected" && this.#state !== "syncing";
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
    const both = AbortSignal.any([signal, this.#abort.signal]);
    return this.#inTurn(async () => {
      await this.#everything(both, progress);
      await this.#looked(() => this.#goOn(progress));
    });
  }

  /** The same, but for the traces: there may be very many, and they come in the background. */
  first(signal: AbortSignal, progress: (progress: Progress) => void): Promise<void> {
    return this.#inTurn(() => this.#everything(AbortSignal.any([signal, this.#abort.signal]), progress));
  }

  async curve(runIds: readonly string[], key: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const lacks = lacksApart(this.#options.store, runIds.filter((id) => !this.owns(id)), key);
    const looks = runIds.filter((id) => this.owns(id)).map(async (id) => {
      const why = await this.#lack(id, key, signal);
      if (why !== null) lacks.set(id, why);
    });
    await Promise.all(looks);
    return lacks;
  }

  async files(runId: string, path: string, signal: AbortSignal): Promise<readonly ArtifactEntry[] | null> {
    if (!this.owns(runId)) return null;
    if (this.#away) return this.#options.artifacts.list({ kind: "run", id: runId }, path);
    return (await remoteFiles(this.server, runId, path, signal)).map(({ path: name, isDir, bytes }) => ({ path: name, isDir, bytes: isDir ? null : bytes }));
  }

  async file(runId: string, path: string, signal: AbortSignal): Promise<void> {
    if (this.owns(runId)) await this.#files.fetch(runId, path, this.#away, signal);
  }

  async whole(runIds: readonly string[], { contents, signal, progress }: Fetching): Promise<ReadonlyMap<string, Missing>> {
    const { store } = this.#options;
    const missing = new Map<string, Missing>();
    const theirs = runIds.filter((id) => this.owns(id)).length;
    let done = 0;
    for (const id of runIds) {
      signal.throwIfAborted();
      let one: Missing | null;
      if (!this.owns(id)) one = missingApart(store, id);
      else if (this.#away) one = missingOf(store, this.server.uri, id, "which does not answer");
      else {
        progress({ done: done++, total: theirs, unit: "runs" });
        one = await fetchWhole({ store, server: this.server, histories: this.#histories, file: (path) => this.file(id, path, signal), contents, signal }, id);
      }
      if (one !== null) missing.set(id, one);
    }
    return missing;
  }

  async change(change: RunChange): Promise<void> {
    const { runIds, name, note, setTags = {}, deleteTags = [], deleted } = change;
    refuseElsewhere(this.#options.store, change, this.server.uri);
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
          await this.#inTurn(async () => {
            await (everything ? this.#everything(this.#abort.signal, () => undefined) : this.#news(this.#abort.signal));
            await this.#looked(() => this.#goOn(() => undefined, TRACES_MS));
          });
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
      for (const group of groupsOf(this.#experiments)) {
        for await (const runs of remoteRuns(this.server, group, signal)) {
          await this.#take(runs);
          done += runs.length;
          progress({ done, total: null, unit: "runs" });
        }
      }
      await this.#ifGiven("logged models", () => this.#models.everything(this.#experiments, signal), true);
      await this.#ifGiven("registered models", async () => void (this.#notShown = await this.#registry.everything(signal)), true);
      this.#tracesLeft = this.#traces.everything(this.#experiments, signal);
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
      for (const group of groupsOf(this.#experiments)) {
        for await (const runs of remoteRuns(this.server, group, signal, NEW)) {
          for (const { id } of runs) seen.add(id);
          const fresh = runs.some(({ id }) => !this.owns(id));
          await this.#take(runs);
          if (!fresh) break;
        }
      }
      const live = [...this.#live].filter((id) => !seen.has(id)).slice(0, LIVE);
      await this.#take((await Promise.all(live.map((id) => this.#again(id, signal)))).filter((run) => run !== null));
      await this.#ifGiven("logged models", () => this.#models.news(signal));
      await this.#ifGiven("registered models", () => this.#registry.news(signal));
      await this.#ifGiven("traces", () => this.#traces.news(this.#experiments, signal));
      await this.#histories.news();
      this.#synced = Date.now();
    });
  }

  /** A run under way, looked at again: it goes behind the others that wait. One that is gone there is not asked for any more. */
  async #again(id: string, signal: AbortSignal): Promise<RemoteRun | null> {
    this.#live.delete(id);
    try {
      const run = await remoteRun(this.server, id, signal);
      this.#live.add(id);
      return run;
    } catch (error) {
      if (error instanceof TouchstoneError && error.shape.code === "REMOTE_ANSWER") return null;
      this.#live.add(id);
      throw error;
    }
  }

  /** Runs a look, and says how it went. */
  async #looked(look: () => Promise<void>): Promise<void> {
    try {
      await look();
      this.#say("connected", null);
    } catch (error) {
      const shape = error instanceof TouchstoneError ? error.shape : null;
      if (shape?.code === "REMOTE_REFUSED") this.#say("refused", `${shape.message}${shape.hint === undefined ? "" : ` ${shape.hint}`}`);
      else if (shape?.code === "REMOTE_ODD") this.#say("odd", shape.message);
      // What a person or the end of the engine broke off says nothing of the server.
      else if (shape !== null && shape.code !== "CANCELLED") this.#say("offline", shape.message);
      throw error;
    }
  }

  async #take(runs: readonly RemoteRun[]): Promise<void> {
    const { store } = this.#options;
    // What was pushed from here stands here already, with more than the server knows.
    for (const { id, pushedFrom } of runs) {
      if (pushedFrom !== null && store.read.runs.byId(pushedFrom) !== undefined && !this.owns(pushedFrom)) this.#pushed.set(id, pushedFrom);
      else this.#pushed.delete(id);
    }
    const others = runs.filter(({ id }) => !this.#pushed.has(id));
    await this.#store(others.flatMap(({ records }) => records));
    for (const { id, live, models } of others) {
      if (live) this.#live.add(id);
      else this.#live.delete(id);
      this.#models.made(models);
    }
  }

  /** Goes on with the last look at all traces. */
  async #goOn(progress: (progress: Progress) => void, most = Number.POSITIVE_INFINITY): Promise<void> {
    const left = this.#tracesLeft;
    if (left === null) return;
    const until = performance.now() + most;
    // What breaks off begins anew with the next look at everything.
    this.#tracesLeft = null;
    await this.#ifGiven("traces", async () => {
      for (let done = false; !done; ) {
        if (performance.now() >= until) return void (this.#tracesLeft = left);
        const page = await left.next();
        done = page.done === true;
        if (page.done !== true) progress({ done: page.value, total: null, unit: "traces" });
      }
    }, true);
  }

  /** What a server does not give costs itself only, and is said. @param again - It is asked for though the server did not give it last */
  async #ifGiven(what: string, look: () => Promise<void>, again = false): Promise<void> {
    if (!again && this.#lacks.has(what)) return;
    try {
      await look();
      this.#lacks.delete(what);
    } catch (error) {
      const why = lackOf(error);
      if (why === null) throw error;
      this.#lacks.set(what, why);
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
    const written = await this.#options.store.write("import.write", { source: { path: uri, format: SERVER_FORMAT, name: new URL(uri).host }, time: Date.now(), batch, exact: true });
    for (const { runId, own } of written.runs) if (own) this.#theirs.add(runId);
    for (const reason of [...written.refused, ...problems.map((one) => one.reason)]) this.#options.log(`${uri}: ${reason}`);
  }

  /** Fetches a history; gives why it is not whole. */
  async #lack(runId: string, key: string, signal: AbortSignal): Promise<string | null> {
    const { store } = this.#options;
    // Offline, what was fetched is shown.
    if (this.#away) return isWhole(store, this.server.uri, runId, key) ? null : `only what was read before is here. ${this.#message ?? ""}`.trimEnd();
    try {
      return (await this.#histories.fetch(runId, key, signal)) ? null : `it is still being read from ${this.server.uri}.`;
    } catch (error) {
      if (!isOfServer(error)) throw error;
      return `only what was read before is here. ${error.shape.message}`;
    }
  }

  #say(state: RemoteState, message: string | null): void {
    const runs = this.#theirs.size;
    const { notShown } = this.status;
    const before = this.#told?.notShown ?? [];
    if (this.#told && state === this.#told.state && message === this.#told.message && runs === this.#told.runs && notShown.join("\n") === before.join("\n")) return;
    for (const line of notShown.filter((one) => !before.includes(one))) this.#options.log(`${this.server.uri} is not shown whole here: ${line}`);
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
