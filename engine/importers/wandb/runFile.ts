import { artifactName } from "../bytes/walk.ts";
import type { SourceFile } from "../bytes/file.ts";
import type { Growing, RecordBatch } from "../bytes/growing.ts";
import { flatParams } from "../flatten.ts";
import type { SourceRecord } from "../records.ts";
import { isKey, isStep, isTime } from "../valid.ts";
import { LOG_HEADER, logRecords } from "./log.ts";
import { decodeRecord, type Leaf, type RunRecord, type WandbRecord } from "./record.ts";
import { histogramOf, parseValue, valuesOf } from "./values.ts";

/** A run that did not say its end and has written nothing for so long has none to come. W&B writes machine statistics every few seconds. */
const SILENT_MS = 10 * 60_000;
/** Of one key so many histograms become artifacts. */
const MOST_HISTOGRAMS = 500;
const LONGEST_TEXT = 5_000;

/** What a follower must know beyond the offset. */
interface State {
  /** The last step of the history, and the last time that anything said. */
  step: number;
  time: number;
  /** The run said that it ended. */
  ended: boolean;
  /** It was said to be over, as nothing came for so long. */
  silent: boolean;
  /** Lines of machine statistics so far: they are their steps. */
  stats: number;
  /** Keys that the history has: their summary is their last value. */
  readonly history: Set<string>;
  /** Key → value of the summary alone, not said yet. It is known only when the history of its step came. */
  readonly summary: Map<string, number | string>;
  readonly histograms: Map<string, number>;
}

/** One `.wandb` file. `name` is how records name the file. */
export class RunFile implements Growing {
  readonly name: string;
  readonly #run: string;
  readonly #told = new Set<string>();
  #state: State = loaded(undefined);

  constructor(run: string, name: string) {
    this.#run = run;
    this.name = name;
  }

  async begins(file: SourceFile, start: number, state: string | undefined): Promise<string | null> {
    this.#state = loaded(state);
    const isForeign = start === 0 && file.size >= LOG_HEADER.length && !(await file.read(0, LOG_HEADER.length)).equals(LOG_HEADER);
    return isForeign ? "It does not begin as a W&B file does: it is damaged, or of a version that is not read." : null;
  }

  batches(file: SourceFile, start: number): AsyncIterable<RecordBatch> {
    return logRecords(file, start);
  }

  *record(bytes: Buffer): Generator<SourceRecord> {
    yield* this.#speaks();
    yield* this.#record(bytes);
  }

  *atEnd(modified: number): Generator<SourceRecord> {
    const state = this.#state;
    if (state.ended || state.silent || state.time === 0 || Date.now() - modified <= SILENT_MS) return;
    state.silent = true;
    yield { k: "run", run: this.#run, status: "killed", end: state.time };
  }

  saved(): string {
    return saved(this.#state);
  }

  /** A machine that slept, or a network that was away: the run was not over. */
  *#speaks(): Generator<SourceRecord> {
    if (!this.#state.silent) return;
    this.#state.silent = false;
    yield { k: "run", run: this.#run, status: "running", end: null };
  }

  *#record(bytes: Buffer): Generator<SourceRecord> {
    let record: WandbRecord;
    try {
      record = decodeRecord(bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      yield* this.#once(error.message, `A record cannot be read: ${error.message}`);
      return;
    }
    if (record.kind === "history") yield* this.#history(record.leaves, record.step);
    else if (record.kind === "summary") this.#summary(record.leaves);
    else if (record.kind === "config") yield* this.#config(record.leaves);
    else if (record.kind === "stats") yield* this.#stats(record.leaves, record.time);
    else if (record.kind === "run") yield* this.#start(record.run);
    else if (record.kind === "exit") yield* this.#end(record.code);
    else if (record.kind === "environment") {
      yield* this.#tags({ "mlflow.source.name": record.program, "mlflow.source.git.commit": record.commit, "mlflow.source.git.repoURL": record.remote });
    }
  }

  *#start(run: RunRecord): Generator<SourceRecord> {
    const start = run.start !== null && isTime(run.start) ? run.start : undefined;
    if (start !== undefined) this.#state.time = Math.max(this.#state.time, start);
    const experiment = run.project.slice(0, 250);
    if (experiment !== "") yield { k: "experiment", experiment };
    yield {
      k: "run",
      run: this.#run,
      status: "running",
      ...(experiment === "" ? {} : { experiment }),
      ...(run.name === "" ? {} : { name: run.name.slice(0, 250) }),
      ...(run.notes === "" ? {} : { note: run.notes }),
      ...(start === undefined ? {} : { start }),
    };
    yield* this.#tags({ "wandb.id": run.id, "wandb.tags": run.tags.join(", "), "wandb.group": run.group, "wandb.job_type": run.jobType, "wandb.entity": run.entity, "wandb.sweep": run.sweep, "wandb.host": run.host });
    yield* this.#config(run.config);
    this.#summary(run.summary);
  }

  *#tags(tags: Readonly<Record<string, string>>): Generator<SourceRecord> {
    for (const [key, value] of Object.entries(tags)) if (value !== "") yield { k: "tag", run: this.#run, key, value: value.slice(0, LONGEST_TEXT) };
  }

  *#config(leaves: readonly Leaf[]): Generator<SourceRecord> {
    for (const { path, json } of leaves) {
      if (path[0] === "_wandb") continue;
      for (const { key, value } of flatParams(parseValue(json), path.join("."))) yield { k: "param", run: this.#run, key, value };
    }
  }

  *#history(leaves: readonly Leaf[], recordStep: number | null): Generator<SourceRecord> {
    const { numbers, texts, media } = valuesOf(leaves);
    const state = this.#state;
    const step = numbers.get("_step") ?? recordStep ?? state.step + 1;
    const seconds = numbers.get("_timestamp");
    const time = seconds === undefined ? state.time : Math.round(seconds * 1000);
    if (!isStep(step) || !isTime(time)) {
      yield* this.#once("step", `A line of the history has the impossible ${isStep(step) ? `time ${seconds}` : `step ${step}`}.`);
      return;
    }
    state.step = step;
    state.time = Math.max(state.time, time);
    for (const [key, value] of numbers) {
      if (key.startsWith("_")) continue;
      state.history.add(key);
      state.summary.delete(key);
      if (isKey(key)) yield { k: "metric", run: this.#run, key, value, step, time };
      else yield* this.#once(`key ${key.slice(0, 100)}`, `A metric has no name, or one that is too long: ${JSON.stringify(key.slice(0, 100))}.`);
    }
    for (const key of texts.keys()) state.history.add(key);
    for (const [key, object] of media) {
      state.history.add(key);
      const histogram = histogramOf(object);
      // Pictures, tables and other files lie in files/, which is taken in whole.
      if (histogram === null) continue;
      const count = state.histograms.get(key) ?? 0;
      state.histograms.set(key, count + 1);
      if (count < MOST_HISTOGRAMS) yield { k: "artifact", run: this.#run, name: artifactName("histograms", key, `${step}.json`), bytes: Buffer.from(JSON.stringify({ step, ...histogram })) };
      else yield* this.#once(`histograms ${key}`, `Of the histograms ${JSON.stringify(key.slice(0, 100))} the first ${MOST_HISTOGRAMS} are taken in.`);
    }
  }

  #summary(leaves: readonly Leaf[]): void {
    const { numbers, texts } = valuesOf(leaves);
    for (const [key, value] of [...numbers, ...texts]) if (!key.startsWith("_") && isKey(key) && (typeof value === "string" || !this.#state.history.has(key))) this.#state.summary.set(key, value);
  }

  *#stats(leaves: readonly Leaf[], time: number): Generator<SourceRecord> {
    if (!isTime(time)) return;
    this.#state.time = Math.max(this.#state.time, time);
    const step = this.#state.stats++;
    for (const [key, value] of valuesOf(leaves).numbers) if (isKey(`system/${key}`)) yield { k: "metric", run: this.#run, key: `system/${key}`, value, step, time, origin: "system" };
  }

  /** What the summary alone holds becomes a last point or a tag. */
  *#end(code: number): Generator<SourceRecord> {
    const { summary, step, time } = this.#state;
    for (const [key, value] of summary) {
      if (typeof value === "number") yield { k: "metric", run: this.#run, key, value, step, time };
      else yield { k: "tag", run: this.#run, key, value: value.slice(0, LONGEST_TEXT) };
    }
    summary.clear();
    this.#state.ended = true;
    yield { k: "run", run: this.#run, status: code === 0 ? "finished" : "failed", ...(time > 0 ? { end: time } : {}) };
  }

  #problem(reason: string): SourceRecord {
    return { k: "problem", file: this.name, reason };
  }

  *#once(what: string, reason: string): Generator<SourceRecord> {
    if (this.#told.has(what) || this.#told.size > 100) return;
    this.#told.add(what);
    yield this.#problem(reason);
  }
}

function saved({ step, time, ended, silent, stats, history, summary, histograms }: State): string {
  const plain = [...summary].map(([key, value]) => [key, typeof value === "number" && !Number.isFinite(value) ? { odd: String(value) } : value]);
  return JSON.stringify({ step, time, ended, silent, stats, history: [...history], summary: plain, histograms: [...histograms] });
}

function loaded(text: string | undefined): State {
  if (text === undefined) return { step: 0, time: 0, ended: false, silent: false, stats: 0, history: new Set(), summary: new Map(), histograms: new Map() };
  const { step, time, ended, silent = false, stats, history, summary, histograms }: { step: number; time: number; ended: boolean; silent?: boolean; stats: number; history: string[]; summary: [string, number | string | { odd: string }][]; histograms: [string, number][] } = JSON.parse(text);
  return { step, time, ended, silent, stats, history: new Set(history), summary: new Map(summary.map(([key, value]) => [key, typeof value === "object" ? Number(value.odd) : value])), histograms: new Map(histograms) };
}
