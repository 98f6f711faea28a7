import { masked } from "../capture/node/mask.cjs";
import type { MetricOrigin } from "../store/operations.ts";
import type { ImportBatch, ImportedModelPoint, ImportedPoints, ImportedValues } from "../store/operations/imports.ts";
import type { ImportedParam } from "../store/operations/imports.ts";
import type { ArtifactSource, DatasetSource, KeyValue, MetricSource, ModelLinkSource, OffsetSource, ProblemSource, ProgressSource, SourceRecord, TraceSource } from "./records.ts";
import { DEEPEST, isKey, isShallow, isStep, isTime } from "./valid.ts";

/** Records that are stored together: one transaction of some 20 ms, so that others who write wait no longer. */
const RECORDS = 5_000;
const CHARACTERS = 2_000_000;
/** Content of artifacts that a parser made (images of an event file) is kept in memory until it is stored. */
const CONTENT_BYTES = 16_000_000;

/** What a reader said since the last pack. */
export interface Packed {
  readonly batch: ImportBatch;
  readonly artifacts: readonly ArtifactSource[];
  readonly problems: readonly ProblemSource[];
  readonly progress: ProgressSource | null;
}

interface Points {
  readonly keys: Map<string, number>;
  readonly key: number[];
  readonly value: number[];
  readonly step: number[];
  readonly time: number[];
}

interface Values {
  readonly params: ImportedParam[];
  readonly tags: KeyValue[];
  readonly points: Map<MetricOrigin, Points>;
  readonly modelPoints: ImportedModelPoint[];
  readonly datasets: DatasetSource[];
  readonly links: ModelLinkSource[];
}

const noPoints = (): Points => ({ keys: new Map(), key: [], value: [], step: [], time: [] });

/** Collects records into packs. What cannot be a value of the store becomes a problem. */
export class Packer {
  readonly #masks: boolean;
  #batch = emptyLists();
  #values = new Map<string, Values>();
  #places = new Map<string, OffsetSource>();
  #artifacts: ArtifactSource[] = [];
  #problems: ProblemSource[] = [];
  #progress: ProgressSource | null = null;
  #records = 0;
  #characters = 0;
  #bytes = 0;

  /** @param masks values of params and tags whose name or shape says that they are secret are not kept */
  constructor(masks = false) {
    this.#masks = masks;
  }

  get full(): boolean {
    return this.#records >= RECORDS || this.#characters >= CHARACTERS || this.#bytes >= CONTENT_BYTES;
  }

  get empty(): boolean {
    return this.#records === 0 && this.#progress === null;
  }

  add(record: SourceRecord): void {
    if (record.k === "progress") {
      this.#progress = record;
      return;
    }
    this.#records++;
    switch (record.k) {
      case "experiment":
        this.#batch.experiments.push(record);
        break;
      case "run":
        this.#batch.runs.push(record);
        break;
      case "model":
        this.#batch.models.push(record);
        break;
      case "registeredModel":
        this.#batch.registered.push(record);
        break;
      case "version":
        this.#batch.versions.push(record);
        break;
      case "trace":
        this.#characters += record.spans?.length ?? 0;
        this.#batch.traces.push(this.#withoutDeep(record));
        break;
      case "launch":
      case "own":
      case "evaluation":
        this.#characters += 1_000;
        this.#batch.own.push(record);
        break;
      case "metric":
        this.#metric(record);
        break;
      case "param":
      case "tag":
        this.#characters += record.value.length;
        if (!isKey(record.key)) {
          this.#problems.push({ k: "problem", file: record.run, reason: `\`${record.key.slice(0, 60)}\` is no name of a ${record.k}.` });
          break;
        }
        this.#of(record.run)[record.k === "param" ? "params" : "tags"].push({ key: record.key, value: this.#masks ? masked(record.key, record.value) : record.value, ...(record.k === "param" && record.source !== undefined ? { source: record.source } : {}) });
        break;
      case "dataset":
        this.#of(record.run).datasets.push(record);
        break;
      case "modelLink":
        this.#of(record.run).links.push(record);
        break;
      case "artifact":
        // The run must be known by its id before its artifacts are stored.
        if (record.run !== undefined) this.#of(record.run);
        this.#bytes += record.bytes?.length ?? 0;
        this.#artifacts.push(record);
        break;
      case "offset":
        this.#places.set(record.file, record);
        break;
      case "problem":
        this.#problems.push(record);
        break;
    }
  }

  /** What was added since the last time. */
  take(): Packed {
    const values = [...this.#values].map(([run, said]): ImportedValues => {
      const { points, ...rest } = said;
      return { run, ...rest, points: [...points].map(([origin, of]) => columns(of, origin)) };
    });
    const packed: Packed = {
      batch: { ...this.#batch, values, places: [...this.#places.values()] },
      artifacts: this.#artifacts,
      problems: this.#problems,
      progress: this.#progress,
    };
    this.#batch = emptyLists();
    this.#values = new Map();
    this.#places = new Map();
    this.#artifacts = [];
    this.#problems = [];
    this.#progress = null;
    this.#records = this.#characters = this.#bytes = 0;
    return packed;
  }

  /** An assessment is whatever a client made of it. */
  #withoutDeep(trace: TraceSource): TraceSource {
    const assessments = trace.assessments.filter(isShallow);
    const left = trace.assessments.length - assessments.length;
    if (left === 0) return trace;
    this.#problems.push({ k: "problem", file: trace.trace, reason: `${left === 1 ? "An assessment" : `${left} assessments`} of this trace ${left === 1 ? "is" : "are"} left out: nested more than ${DEEPEST} deep.` });
    return { ...trace, assessments };
  }

  #of(run: string): Values {
    let values = this.#values.get(run);
    if (!values) {
      values = { params: [], tags: [], points: new Map(), modelPoints: [], datasets: [], links: [] };
      this.#values.set(run, values);
    }
    return values;
  }

  #metric(metric: MetricSource): void {
    const { run, key, value, step, origin = "client", model, dataset } = metric;
    const time = Math.round(metric.time);
    if (!isStep(step) || !isTime(time) || typeof value !== "number" || !isKey(key)) {
      const reason = isKey(key) ? `A value of ${key} has no whole step or no time (step ${String(step)}, time ${String(metric.time)}).` : `\`${key.slice(0, 60)}\` is no name of a metric.`;
      this.#problems.push({ k: "problem", file: run, reason });
      return;
    }
    const of = this.#of(run);
    let points = of.points.get(origin);
    if (points === undefined) of.points.set(origin, (points = noPoints()));
    let index = points.keys.get(key);
    if (index === undefined) {
      index = points.keys.size;
      points.keys.set(key, index);
    }
    points.key.push(index);
    points.value.push(value);
    points.step.push(step);
    points.time.push(time);
    if (model !== undefined) of.modelPoints.push({ key, value, step, time, modelId: model, ...(dataset ? { datasetName: dataset.name, datasetDigest: dataset.digest } : {}) });
  }
}

/** The buffers of a pack that can be handed over instead of copied. */
export function buffersOf({ batch }: Packed): ArrayBuffer[] {
  // SAFETY: `columns` made the arrays over buffers of their own.
  return batch.values.flatMap(({ points }) => points.flatMap(({ key, value, step, time }) => [key, value, step, time].map((column) => column.buffer as ArrayBuffer)));
}

function emptyLists() {
  const lists: { -readonly [K in Exclude<keyof ImportBatch, "values" | "places">]: ImportBatch[K][number][] } = { experiments: [], runs: [], models: [], registered: [], versions: [], traces: [], own: [] };
  return lists;
}

function columns({ keys, key, value, step, time }: Points, origin: MetricOrigin): ImportedPoints {
  return { keys: [...keys.keys()], origin, key: Uint32Array.from(key), value: Float64Array.from(value), step: Float64Array.from(step), time: Float64Array.from(time) };
}
