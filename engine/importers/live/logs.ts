import { createReadStream, statSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname, sep } from "node:path";
import type { Artifacts } from "../../artifacts/artifacts.ts";
import { masked } from "../../capture/node/mask.cjs";
import { isSecretFile } from "../../capture/secrets.ts";
import type { LaunchHooks, WatchedLaunch } from "../../launches/hooks.ts";
import type { ArtifactRow, LaunchMetric, ParamValue, TagValue } from "../../store/operations.ts";
import type { FollowedSource } from "../../store/read/launches.ts";
import type { Store } from "../../store/store.ts";
import type { ArtifactSource, FilePlace, OffsetSource, SourceRecord } from "../records.ts";
import type { Packed } from "../pack.ts";
import type { ImportThread } from "../thread.ts";
import { isKey } from "../valid.ts";
import { MetricNames } from "./names.ts";
import { type FollowedBy, followedBy } from "./resolve.ts";
import { unpacked } from "./unpacked.ts";

/** Between two looks at the logs of a launch. */
const LOOK_MS = 200;
/** Of what a script wrote meanwhile so much is taken at one look; printed lines and events come in between. */
const MOST_AT_A_LOOK = 50_000;
const RECORDS_A_WRITE = 2_000;
const MOST_NOTES = 20;
/** A look at a database takes at most this part of the time, as with a source that is followed. */
const SHARE = 20;
const LONGEST_REST_MS = 60_000;

interface Needs {
  readonly store: Store;
  readonly artifacts: Artifacts;
  /** A launch that logs is not stalled. */
  readonly heard: (launchId: string) => void;
  /** Reads databases: a project's may be large, and is copied where it has a write-ahead log. */
  readonly thread: ImportThread;
  readonly log: (message: string) => void;
}

interface Log {
  readonly by: FollowedBy;
  readonly keys: Set<string>;
  /** Name of a metric in the log → in the run; null where it is left out. */
  readonly names: Map<string, string | null>;
  places: Map<string, FilePlace>;
  /** Size and time of the file when it was read. */
  seen: string;
  notes: number;
  /** A look that the thread is at. */
  reading: Promise<void> | null;
  /** `performance.now()` before which the thread does not look again. */
  restUntil: number;
}

interface Launch {
  readonly launchKey: number;
  readonly names: MetricNames;
  /** By the path that the script's side named; null for what is no log. */
  readonly logs: Map<string, Log | null>;
  lookedAt: number;
}

/** Follows the logs that other trackers' loggers write in running launches: their values become the launch's own while it runs. */
export function logHooks(needs: Needs): LaunchHooks {
  const launches = new Map<string, Launch>();

  async function look(watched: WatchedLaunch, final: boolean): Promise<void> {
    const launchKey = needs.store.read.launches.keyOf(watched.launchId);
    if (launchKey === undefined) return;
    const launch = launches.get(watched.launchId) ?? { launchKey, names: new MetricNames(), logs: new Map(), lookedAt: Number.NEGATIVE_INFINITY };
    launches.set(watched.launchId, launch);
    if (!final && performance.now() - launch.lookedAt < LOOK_MS) return;
    for (const source of needs.store.read.launches.sources(launchKey)) {
      const log = launch.logs.get(source.path) ?? (launch.logs.has(source.path) ? null : await adopt(needs.store, launch, source));
      if (log === null) continue;
      if (log.reading !== null && !final) continue;
      await log.reading;
      const now = signature(log.by.watch);
      if (now === log.seen && !final) continue;
      if (log.by.run !== null) {
        if (!final && performance.now() < log.restUntil) continue;
        log.reading = apart(log, now, new Look(needs, watched, launch, source.path, log, final));
        if (final) await log.reading;
        continue;
      }
      const all = await new Look(needs, watched, launch, source.path, log, final).read();
      log.seen = all ? now : "unread";
    }
    launch.lookedAt = performance.now();
  }

  /** What the thread reads holds up neither printed lines nor other logs. */
  async function apart(log: Log, now: string, look: Look): Promise<void> {
    const began = performance.now();
    try {
      await look.readApart(needs.thread);
      log.seen = now;
    } catch (error) {
      needs.log(`${log.by.path}: ${error instanceof Error ? error.message : String(error)}`);
    }
    log.restUntil = performance.now() + Math.min(LONGEST_REST_MS, (performance.now() - began) * SHARE);
    log.reading = null;
  }

  return {
    onLook: async (watched, final) => (final ? undefined : look(watched, false)),
    async onEnded(watched) {
      await look(watched, true);
      launches.delete(watched.launchId);
    },
  };
}

/** Null where it is no log, or not yet one. */
async function adopt(store: Store, launch: Launch, { path, start, keys }: FollowedSource): Promise<Log | null> {
  const by = await followedBy(path);
  if (by === "wait") return null;
  const isDouble = by !== null && [...launch.logs.values()].some((log) => log?.by.group === by.group && log.by.path === by.path);
  const log = by === null || isDouble ? null : { by, keys: new Set(keys), places: store.read.launches.sourcePlaces(launch.launchKey, path), seen: "unread", names: new Map(), notes: 0, reading: null, restUntil: 0 };
  launch.logs.set(path, log);
  if (log === null) return null;
  launch.names.restore(keys, log.by.group, log.by.reader.format);
  // What was in the file before this launch is another one's.
  if (start > 0 && log.places.size === 0) log.places.set(path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1), { inode: -1, offset: start });
  return log;
}

/** A log may name any file: only what lies with it is taken. */
async function isWithin(file: string, path: string): Promise<boolean> {
  const root = (await stat(path)).isDirectory() ? await realpath(path) : dirname(await realpath(path));
  return (await realpath(file)).startsWith(root + sep);
}

function signature(paths: readonly string[]): string {
  const all = paths.map((path) => statSync(path, { throwIfNoEntry: false }));
  return all.map((stats) => (stats === undefined ? "" : `${stats.ino} ${stats.size} ${stats.mtimeMs}`)).join();
}

/** One look at one log. */
class Look {
  readonly #needs: Needs;
  readonly #watched: WatchedLaunch;
  readonly #launch: Launch;
  readonly #path: string;
  readonly #log: Log;
  readonly #final: boolean;
  #metrics: LaunchMetric[] = [];
  #params: ParamValue[] = [];
  #tags: TagValue[] = [];
  #artifacts: ArtifactRow[] = [];
  #notes: string[] = [];
  #places = new Map<string, OffsetSource>();

  constructor(needs: Needs, watched: WatchedLaunch, launch: Launch, path: string, log: Log, final: boolean) {
    this.#needs = needs;
    this.#watched = watched;
    this.#launch = launch;
    this.#path = path;
    this.#log = log;
    this.#final = final;
  }

  /** @returns false where there is more to read */
  async read(): Promise<boolean> {
    const { reader, path } = this.#log.by;
    let taken = 0;
    for await (const record of reader.read(path, this.#log.places, { signal: new AbortController().signal, follow: !this.#final })) {
      await this.#take(record);
      // Values and the place behind them are stored together.
      if (record.k !== "offset") continue;
      if (this.#size >= RECORDS_A_WRITE) {
        taken += this.#size;
        await this.#write();
      }
      if (taken >= MOST_AT_A_LOOK && !this.#final) return false;
    }
    if (this.#size > 0) await this.#write();
    return true;
  }

  /** As `read`, by the thread, for the one run of a database: all that is new is stored together, with the place behind it. */
  async readApart(thread: ImportThread): Promise<void> {
    const { reader, path, run } = this.#log.by;
    if (run === null) return;
    const take = async (pack: Packed): Promise<void> => {
      for (const record of unpacked(pack, run)) await this.#take(record);
    };
    await thread.read({ format: reader.format, path, from: this.#log.places, follow: !this.#final, run }, take, new AbortController().signal);
    if (this.#size > 0) await this.#write();
  }

  get #size(): number {
    return this.#metrics.length + this.#params.length + this.#tags.length + this.#artifacts.length + this.#notes.length + this.#places.size;
  }

  async #take(record: SourceRecord): Promise<void> {
    switch (record.k) {
      case "metric": {
        const key = this.#nameOf(record.key);
        if (key === null) return;
        this.#metrics.push({ key, value: record.value, step: record.step, time: record.time, origin: record.origin === "system" ? "system" : "logger" });
        return;
      }
      case "param":
        this.#params.push({ key: record.key, value: masked(record.key, record.value), source: "config" });
        return;
      case "tag":
        // The launch knows its own script and commit.
        if (!record.key.startsWith("mlflow.")) this.#tags.push({ key: record.key, value: masked(record.key, record.value) });
        return;
      case "artifact":
        if (!this.#later(record.name)) await this.#keep(record);
        return;
      case "offset":
        if (!this.#later(record.file.replace(/^files\//, ""))) this.#places.set(record.file, record);
        return;
      case "problem":
        if (this.#log.notes++ < MOST_NOTES) this.#notes.push(`${this.#log.by.path === this.#path ? this.#path : `${this.#log.by.path}: ${record.file}`}${record.line === undefined ? "" : `:${record.line}`}: ${record.reason}`);
        return;
      default:
        // The launch has its own run, times and status.
        return;
    }
  }

  #nameOf(key: string): string | null {
    const { by, keys, names } = this.#log;
    const known = names.get(key);
    if (known !== undefined) return known;
    const groups = [...this.#launch.logs.values()].flatMap((log) => (log === null ? [] : [log.by.group]));
    const name = this.#launch.names.nameOf(key, by.group, by.reader.format, groups);
    const valid = name !== null && isKey(name) ? name : null;
    names.set(key, valid);
    if (valid !== null) keys.add(valid);
    return valid;
  }

  /** What W&B keeps beside its log changes all the time; pictures and tables do not. Its copy of what was printed is the launch's own log. */
  #later(name: string): boolean {
    return this.#log.by.reader.format === "wandb" && !name.endsWith(".wandb") && !/^(media|histograms)\//.test(name) && (!this.#final || name === "output.log");
  }

  async #keep({ name, file, bytes }: ArtifactSource): Promise<void> {
    if (isSecretFile(name)) return;
    try {
      if (file !== undefined && !(await isWithin(file, this.#log.by.path))) throw new Error("it lies elsewhere.");
      this.#artifacts.push(await this.#needs.artifacts.stage({ kind: "run", id: this.#watched.runId }, name, file === undefined ? (bytes ?? new Uint8Array()) : createReadStream(file)));
    } catch (error) {
      this.#notes.push(`The artifact ${name} is not kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #write(): Promise<void> {
    const { launchId } = this.#watched;
    const places = [...this.#places.values()].map(({ file, inode, offset, state }) => ({ file, inode, offset, ...(state === undefined ? {} : { state }) }));
    const points = this.#metrics.length;
    await this.#needs.store.write("launch.followed", {
      launchId,
      path: this.#path,
      keys: [...this.#log.keys],
      places,
      metrics: this.#metrics,
      params: this.#params,
      tags: this.#tags,
      ...(this.#artifacts.length > 0 ? { artifacts: this.#artifacts } : {}),
      ...(this.#notes.length > 0 ? { notes: this.#notes } : {}),
    });
    this.#log.places = new Map([...this.#log.places, ...places.map(({ file, ...place }) => [file, place] as const)]); // SAFETY: pairs of a map.
    [this.#metrics, this.#params, this.#tags, this.#artifacts, this.#notes] = [[], [], [], [], []];
    this.#places.clear();
    if (points > 0) this.#needs.heard(launchId);
  }
}
