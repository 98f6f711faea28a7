import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname, sep } from "node:path";
import type { Artifacts } from "../../artifacts/artifacts.ts";
import { masked } from "../../capture/node/mask.cjs";
import { isSecretFile } from "../../capture/secrets.ts";
import type { WatchedLaunch } from "../../launches/hooks.ts";
import type { ArtifactRow, LaunchMetric, ParamValue, TagValue } from "../../store/operations.ts";
import type { Store } from "../../store/store.ts";
import type { ArtifactSource, MetricSource, OffsetSource, ParamSource, SourceRecord, TagSource } from "../records.ts";
import type { Packed } from "../pack.ts";
import type { ImportThread } from "../thread.ts";
import { isKey } from "../valid.ts";
import type { Log } from "./log.ts";
import { MetricNames } from "./names.ts";
import { type LogRuns, OWN } from "./runs.ts";
import { unpacked } from "./unpacked.ts";

/** Of what a script wrote meanwhile so much is taken at one look; printed lines and events come in between. */
const MOST_AT_A_LOOK = 50_000;
const RECORDS_A_WRITE = 2_000;
const MOST_NOTES = 20;

export interface LogNeeds {
  readonly store: Store;
  readonly artifacts: Artifacts;
  /** A launch that logs is not stalled. */
  readonly heard: (launchId: string) => void;
  /** Reads databases: a project's may be large, and is copied where it has a write-ahead log. */
  readonly thread: ImportThread;
  readonly log: (message: string) => void;
}

/** What a look knows of its launch. */
interface LookedAt {
  readonly runs: LogRuns;
  readonly names: Map<string, MetricNames>;
  readonly logs: readonly Log[];
}

type Valued = MetricSource | ParamSource | TagSource | ArtifactSource;

/** One look at one log. */
export class Look {
  readonly #needs: LogNeeds;
  readonly #watched: WatchedLaunch;
  readonly #launch: LookedAt;
  readonly #log: Log;
  readonly #final: boolean;
  #metrics: LaunchMetric[] = [];
  #params: ParamValue[] = [];
  #tags: TagValue[] = [];
  #artifacts: ArtifactRow[] = [];
  #notes: string[] = [];
  #places = new Map<string, OffsetSource>();

  constructor(needs: LogNeeds, watched: WatchedLaunch, launch: LookedAt, log: Log, final: boolean) {
    this.#needs = needs;
    this.#watched = watched;
    this.#launch = launch;
    this.#log = log;
    this.#final = final;
  }

  /** @returns false where there is more to read */
  async read(): Promise<boolean> {
    const { reader, path } = this.#log.by;
    let taken = 0;
    for await (const record of reader.read(path, this.#log.places, { signal: new AbortController().signal, follow: !this.#final })) {
      if (!(await this.#take(record))) return false;
      // Values and the place behind them are stored together.
      if (record.k !== "offset") continue;
      if (this.#size >= RECORDS_A_WRITE) {
        taken += this.#size;
        await this.#write();
      }
      if (taken >= MOST_AT_A_LOOK && !this.#final) return false;
    }
    await this.#write();
    return true;
  }

  /** As `read`, by the thread, for the one run of a database: all that is new is stored together, with the place behind it. */
  async readApart(thread: ImportThread): Promise<void> {
    const { reader, path, run } = this.#log.by;
    if (run === null) return;
    const take = async (pack: Packed): Promise<void> => {
      for (const record of unpacked(pack, run)) if (!(await this.#take(record))) return;
    };
    await thread.read({ format: reader.format, path, from: this.#log.places, follow: !this.#final, run }, take, new AbortController().signal);
    await this.#write();
  }

  get #size(): number {
    return this.#metrics.length + this.#params.length + this.#tags.length + this.#artifacts.length + this.#notes.length + this.#places.size;
  }

  /** @returns false where it cannot be told yet which run it belongs to: it is read again later */
  async #take(record: SourceRecord): Promise<boolean> {
    if (record.k === "metric" || record.k === "param" || record.k === "tag" || record.k === "artifact") {
      const run = await this.#runOf(record);
      if (run === null) return false;
      await this.#value(record, run);
    } else if (record.k === "run") {
      this.#log.said = { ...this.#log.said, ...record };
    } else if (record.k === "offset") {
      if (!this.#later(record.file.replace(/^files\//, ""))) this.#places.set(record.file, record);
    } else if (record.k === "problem" && this.#log.notes++ < MOST_NOTES) {
      const { path, by } = this.#log;
      this.#notes.push(`${by.path === path ? path : `${by.path}: ${record.file}`}${record.line === undefined ? "" : `:${record.line}`}: ${record.reason}`);
    }
    return true;
  }

  async #runOf(record: Valued): Promise<string | null> {
    const { run } = this.#log;
    const key = record.k === "metric" ? record.key : null;
    this.#log.run = this.#launch.runs.choose(this.#log, key, this.#launch.logs, this.#final);
    if (run === null && this.#log.run !== null) await this.#launch.runs.ensure(this.#log, this.#launch.logs, record.k === "metric" ? record.time : Date.now());
    return this.#log.run;
  }

  async #value(record: Valued, run: string): Promise<void> {
    this.#log.hasValues = true;
    switch (record.k) {
      case "metric": {
        const key = this.#nameOf(record.key, run);
        if (key !== null) this.#metrics.push({ key, value: record.value, step: record.step, time: record.time, origin: record.origin === "system" ? "system" : "logger" });
        return;
      }
      case "param":
        // Of a distributed job these are rank 0's.
        if (this.#log.rank === 0) this.#params.push({ key: record.key, value: masked(record.key, record.value), source: "config" });
        return;
      case "tag":
        // The launch knows its own script and commit.
        if (!record.key.startsWith("mlflow.") && this.#log.rank === 0) this.#tags.push({ key: record.key, value: masked(record.key, record.value) });
        return;
      case "artifact":
        if (!this.#later(record.name)) await this.#keep(record, run);
    }
  }

  #nameOf(key: string, run: string): string | null {
    const { by, keys, names, place } = this.#log;
    const known = names.get(key);
    if (known !== undefined) return known;
    const name = namesOf(this.#launch.names, run).nameOf(key, place?.name(key) ?? key, by.group, by.reader.format);
    const valid = name !== null && isKey(name) ? name : null;
    names.set(key, valid);
    if (valid !== null) keys.add(valid);
    return valid;
  }

  /** What W&B keeps beside its log changes all the time; pictures and tables do not. Its copy of what was printed is the launch's own log. */
  #later(name: string): boolean {
    return this.#log.by.reader.format === "wandb" && !name.endsWith(".wandb") && !/^(media|histograms)\//.test(name) && (!this.#final || name === "output.log");
  }

  async #keep({ name, file, bytes }: ArtifactSource, run: string): Promise<void> {
    if (isSecretFile(name)) return;
    try {
      if (file !== undefined && !(await isWithin(file, this.#log.by.path))) throw new Error("it lies elsewhere.");
      this.#artifacts.push(await this.#needs.artifacts.stage({ kind: "run", id: run === OWN ? this.#watched.runId : run }, name, file === undefined ? (bytes ?? new Uint8Array()) : createReadStream(file)));
    } catch (error) {
      this.#notes.push(`The artifact ${name} is not kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #write(): Promise<void> {
    if (this.#size > 0) await this.#store();
    await this.#launch.runs.tell(this.#log);
  }

  async #store(): Promise<void> {
    const { run, path } = this.#log;
    const { launchId } = this.#watched;
    // Without a value it is not known yet where it belongs: then it is read again.
    const places = run === null ? [] : [...this.#places.values()].map(({ file, inode, offset, state }) => ({ file, inode, offset, ...(state === undefined ? {} : { state }) }));
    const points = this.#metrics.length;
    await this.#needs.store.write("launch.followed", {
      launchId,
      path,
      ...(run === null || run === OWN ? {} : { runId: run }),
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

/** The names of the metrics of one run. */
export function namesOf(names: Map<string, MetricNames>, run: string): MetricNames {
  const known = names.get(run) ?? new MetricNames();
  names.set(run, known);
  return known;
}

/** A log may name any file: only what lies with it is taken. */
async function isWithin(file: string, path: string): Promise<boolean> {
  const root = (await stat(path)).isDirectory() ? await realpath(path) : dirname(await realpath(path));
  return (await realpath(file)).startsWith(root + sep);
}
