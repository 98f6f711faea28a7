import type { SourceRecord } from "../records.ts";
import { isKey, isStep, isTime } from "../valid.ts";
import type { SourceFile } from "../bytes/file.ts";
import type { Growing, RecordBatch } from "../bytes/growing.ts";
import { decodeEvent, type SummaryValue } from "./event.ts";
import { frames } from "./frames.ts";
import { decodeSession } from "./hparams.ts";
import { audio, histogram, histogramTensor, image, images, type Media, texts } from "./media.ts";
import { decodeTensor } from "./tensor.ts";

/** Of one tag so many pictures, texts and histograms become artifacts. */
const MOST_MEDIA = 500;
/** Of so many tags of one file the plugin is known; others have no metadata. */
const MOST_TAGS = 50_000;

/** What a follower must know beyond the offset: metadata stands on the first value of a tag only. */
interface State {
  /** Tag → plugin. */
  readonly plugins: Map<string, string>;
  /** Tag → how many artifacts it has become. */
  readonly media: Map<string, number>;
  /** What was said once. */
  readonly told: Set<string>;
}

/** One event file. `name` is how records name the file. */
export class EventFile implements Growing {
  readonly name: string;
  readonly #run: string;
  #state: State = loaded(undefined);
  /** When the run began, as far as it was said here. */
  #start: number | null = null;

  constructor(run: string, name: string) {
    this.#run = run;
    this.name = name;
  }

  async begins(_file: SourceFile, start: number, state: string | undefined): Promise<null> {
    this.#state = loaded(state);
    if (start > 0) this.#start = 0;
    return null;
  }

  batches(file: SourceFile, start: number): AsyncIterable<RecordBatch> {
    return frames(file, start);
  }

  record(bytes: Buffer): Iterable<SourceRecord> {
    return this.#event(bytes);
  }

  saved(): string {
    return saved(this.#state);
  }

  *#event(bytes: Buffer): Generator<SourceRecord> {
    try {
      const { wallTime, step, values } = decodeEvent(bytes);
      const time = Math.round(wallTime * 1000);
      if (!isTime(time) || !isStep(step)) {
        yield this.#problem(`An event has the impossible ${isTime(time) ? `step ${step}` : `time ${wallTime}`}.`);
        return;
      }
      // Events may have times of the person's own, before that of the file.
      if (this.#start === null || time < this.#start) {
        this.#start = time;
        yield { k: "run", run: this.#run, start: time };
      }
      for (const value of values) yield* this.#value(value, step, time);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      yield* this.#once(`broken ${error.message}`, `A record is no event: ${error.message}`);
    }
  }

  *#value(value: SummaryValue, step: number, time: number): Generator<SourceRecord> {
    const { tag, metadata, scalar } = value;
    const { plugins } = this.#state;
    if (scalar !== null) {
      yield* this.#metric(tag, scalar, step, time);
      return;
    }
    if (metadata !== null && metadata.plugin !== "" && plugins.size < MOST_TAGS) plugins.set(tag, metadata.plugin);
    const plugin = plugins.get(tag) ?? "";
    if (plugin === "hparams") {
      if (metadata !== null) yield* this.#session(metadata.content);
    } else if (value.tensor !== null && (plugin === "scalars" || plugin === "")) {
      const { numbers } = decodeTensor(value.tensor);
      if (numbers.length === 1) yield* this.#metric(tag, numbers[0] ?? Number.NaN, step, time);
      else yield* this.#once(`tensor ${tag}`, `The tensor ${JSON.stringify(tag)} has ${numbers.length} numbers and no plugin that says what they are: it is not taken in.`);
    } else {
      yield* this.#media(tag, mediaOf(value, plugin, step), plugin);
    }
  }

  *#metric(key: string, value: number, step: number, time: number): Generator<SourceRecord> {
    if (isKey(key)) yield { k: "metric", run: this.#run, key, value, step, time };
    else yield* this.#once(`key ${key.slice(0, 100)}`, `A scalar has no name, or one that is too long: ${JSON.stringify(key.slice(0, 100))}.`);
  }

  *#media(tag: string, found: readonly Media[] | null, plugin: string): Generator<SourceRecord> {
    if (found === null) {
      yield* this.#once(`plugin ${plugin}`, `What the plugin ${JSON.stringify(plugin.slice(0, 100))} shows is not taken in.`);
      return;
    }
    for (const { name, bytes } of found) {
      const count = this.#state.media.get(tag) ?? 0;
      if (count >= MOST_MEDIA) {
        yield* this.#once(`media ${tag}`, `Of ${JSON.stringify(tag.slice(0, 100))} the first ${MOST_MEDIA} are taken in.`);
        return;
      }
      this.#state.media.set(tag, count + 1);
      yield { k: "artifact", run: this.#run, name, bytes };
    }
  }

  *#session(content: Buffer): Generator<SourceRecord> {
    const { params, status, start, end } = decodeSession(content);
    for (const { key, value } of params) if (isKey(key)) yield { k: "param", run: this.#run, key, value };
    const times = { start: Math.round((start ?? Number.NaN) * 1000), end: Math.round((end ?? Number.NaN) * 1000) };
    // A writer that does not know the end says 0.
    const hasEnd = isTime(times.end) && times.end > 0;
    yield { k: "run", run: this.#run, ...(status === null ? {} : { status }), ...(isTime(times.start) ? { start: times.start } : {}), ...(hasEnd ? { end: times.end } : {}) };
  }

  #problem(reason: string): SourceRecord {
    return { k: "problem", file: this.name, reason };
  }

  *#once(what: string, reason: string): Generator<SourceRecord> {
    if (this.#state.told.has(what) || this.#state.told.size > 100) return;
    this.#state.told.add(what);
    yield this.#problem(reason);
  }
}

/** The files of a value; null where nothing is known of its kind. */
function mediaOf(value: SummaryValue, plugin: string, step: number): Media[] | null {
  const { tag, tensor } = value;
  if (value.image !== null) return image(tag, step, value.image);
  if (value.histogram !== null) return histogram(tag, step, value.histogram);
  if (value.audio !== null) return audio(tag, step, value.audio);
  if (tensor === null) return plugin === "" ? [] : null;
  if (plugin === "text") return texts(tag, step, tensor);
  if (plugin === "images") return images(tag, step, tensor);
  if (plugin === "histograms") return histogramTensor(tag, step, tensor);
  return null;
}

function saved({ plugins, media, told }: State): string {
  return JSON.stringify({ plugins: [...plugins], media: [...media], told: [...told] });
}

function loaded(state: string | undefined): State {
  if (state === undefined) return { plugins: new Map(), media: new Map(), told: new Set() };
  const stored: { plugins: [string, string][]; media: [string, number][]; told: string[] } = JSON.parse(state);
  return { plugins: new Map(stored.plugins), media: new Map(stored.media), told: new Set(stored.told) };
}
