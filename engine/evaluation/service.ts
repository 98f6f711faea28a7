import { isAbsolute, join, relative, sep } from "node:path";
import type { ConfigEdit, RememberedMapping } from "../api/config.ts";
import { weakSpots, type EvaluationHead, type EvaluationView, type Mapping, type SliceResult } from "../api/evaluation.ts";
import { TouchstoneError, type Estimated, type Progress } from "../api/tokens.ts";
import { snapshotFile } from "../compare/snapshotFile.ts";
import { snapshotTask } from "../compare/tasks.ts";
import type { Compute } from "../compute/compute.ts";
import type { EvaluationSummary } from "../store/operations.ts";
import type { EvaluationRecord } from "../store/read/evaluations.ts";
import type { Store } from "../store/store.ts";
import { percent, shortMetric, sliceText } from "./answer.ts";
import { declaredFor, rememberingEdits } from "./remembered.ts";
import type { TagRule } from "./tags.ts";
import { describeTask, openTask, slicesTask, type EvaluationSource } from "./tasks.ts";

export interface EvaluationServices {
  readonly folder: string;
  readonly store: Store;
  readonly compute: Compute;
  /** The tags that touchstone.yaml declares now. */
  readonly tagRules: () => readonly TagRule[];
  /** The mappings that touchstone.yaml remembers now. */
  readonly mappings: () => readonly RememberedMapping[];
  /** Writes into touchstone.yaml. Throws where that cannot be written. */
  readonly remember: (edits: readonly ConfigEdit[]) => void;
  readonly log: (message: string) => void;
  /** An evaluation of this file, as people see its path, stands in the store now. */
  readonly saved: (path: string) => void;
}

export interface Waiting {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Slices below this q count as weak. */
const WEAK = 0.05;

/** Evaluations of a folder: opened on the worker, kept in the store, found again by id. */
export class Evaluations {
  readonly #services: EvaluationServices;
  readonly #sources = new Map<string, EvaluationSource>();

  constructor(services: EvaluationServices) {
    this.#services = services;
  }

  describe(path: string, waiting: Waiting) {
    const absolute = this.absolute(path);
    const before = this.#services.store.read.evaluations.byPath(this.relative(absolute))[0]?.mapping ?? null;
    return this.#services.compute.run(describeTask, { path: absolute, remembered: { declared: this.#declared(absolute), before } }, waiting);
  }

  /** Reads the file, evaluates it and stores what was measured. A mapping that a person `confirmed` is remembered in touchstone.yaml. */
  async run(path: string, mapping: Mapping | null, runId: string | null, waiting: Waiting, confirmed = false): Promise<EvaluationView> {
    const absolute = this.absolute(path);
    const tagRules = this.#services.tagRules();
    const result = await this.#services.compute.run(openTask, { path: absolute, mapping, declared: this.#declared(absolute), tagRules }, waiting);
    const source: EvaluationSource = { evaluationId: result.evaluationId, path: absolute, mapping: result.mapping, tagRules };
    this.#sources.set(result.evaluationId, source);
    const { store } = this.#services;
    // Who wrote the file last made what was read, whatever page asked: another run may have written it over since.
    const writer = store.read.evaluations.writerOf(this.relative(absolute)) ?? runId;
    if (!store.readOnly) await this.#save(source, result, writer);
    const notes = confirmed ? await this.#remember(absolute, result.mapping) : [];
    const unsaved = store.readOnly ? { unsaved: store.notes[0] ?? "This store is open for reading only." } : {};
    return this.outward({ ...result.view, ...unsaved, runId: writer, notes: [...result.view.notes, ...notes] });
  }

  #declared(absolute: string): RememberedMapping | null {
    return declaredFor(this.#services.mappings(), this.relative(absolute));
  }

  /** What a person must know of it. */
  async #remember(absolute: string, mapping: Mapping): Promise<readonly string[]> {
    const { compute, store, remember } = this.#services;
    const path = this.relative(absolute);
    // A file elsewhere is nothing of this project.
    if (store.readOnly || path === absolute) return [];
    try {
      const { mapping: guess } = await compute.run(describeTask, { path: absolute, remembered: { declared: null, before: null } });
      const edits = rememberingEdits(path, mapping, guess, this.#declared(absolute));
      if (edits.length > 0) remember(edits);
      return [];
    } catch (cause) {
      return [`The roles of the columns could not be written into touchstone.yaml: ${cause instanceof Error ? cause.message : String(cause)}`];
    }
  }

  /** What the worker needs to answer about an evaluation, with the tags as they are declared now. Throws `NO_EVALUATION`. */
  source(evaluationId: string): EvaluationSource {
    const known = this.#sources.get(evaluationId);
    if (known) return { ...known, tagRules: this.#services.tagRules() };
    const stored = this.#services.store.read.evaluations.byId(evaluationId);
    if (!stored) throw new TouchstoneError({ code: "NO_EVALUATION", message: "This evaluation is not in the store.", hint: "Evaluate the file again." });
    const source: EvaluationSource = { evaluationId, path: this.absolute(stored.path), mapping: stored.mapping, tagRules: this.#services.tagRules() };
    this.#sources.set(evaluationId, source);
    return source;
  }

  list({ path, runId }: { path?: string; runId?: string }): readonly EvaluationHead[] {
    const { evaluations } = this.#services.store.read;
    const records = path !== undefined ? evaluations.byPath(this.relative(this.absolute(path))) : runId !== undefined ? evaluations.byRun(runId) : evaluations.all();
    return records.map(({ evaluationId, path: file, runId: run, task, n, created, summary }) => ({ evaluationId, path: file, runId: run, task, n, created, ...summary }));
  }

  /** The path as people see it: relative to the folder where it lies under it. */
  outward(view: EvaluationView): EvaluationView {
    return { ...view, path: this.relative(view.path) };
  }

  absolute(path: string): string {
    return isAbsolute(path) ? path : join(this.#services.folder, path);
  }

  relative(absolute: string): string {
    const path = relative(this.#services.folder, absolute);
    return path.startsWith("..") || isAbsolute(path) ? absolute : path.split(sep).join("/");
  }

  async #save(source: EvaluationSource, result: { view: EvaluationView; modified: number; bytes: number }, runId: string | null): Promise<void> {
    const { store, compute, log, saved } = this.#services;
    const path = this.relative(source.path);
    const { view, modified, bytes } = result;
    const save = async (slices: SliceResult | null): Promise<void> => {
      await store.write("evaluation.save", {
        evaluationId: source.evaluationId,
        path,
        runId,
        task: view.task,
        n: view.total,
        bytes,
        modified,
        created: Date.now(),
        mapping: source.mapping,
        metrics: Object.fromEntries(view.metrics.map(({ key, estimate }): [string, Estimated] => [key, estimate])),
        summary: summaryOf(view, slices),
      });
      saved(path);
    };
    await save(null);
    // The slices are found while the person already reads the metrics.
    compute
      .run(slicesTask, { source, threshold: null, settings: weakSpots })
      .then(save)
      // The next run writes the file over: what a comparison with it needs is kept.
      .then(() => compute.run(snapshotTask, { source, file: snapshotFile(store, source.evaluationId) }))
      .catch((error: unknown) => log(`slices of ${path}: ${String(error)}`));
  }
}

function summaryOf(view: EvaluationView, slices: SliceResult | null): EvaluationSummary {
  const first = view.metrics[0];
  if (!first) throw new Error("An evaluation without metrics");
  const { key, label, estimate } = first;
  const error = estimate.value === null ? label : view.task === "regression" ? shortMetric(label, estimate) : `error ${percent(1 - estimate.value)}`;
  const weak = slices?.slices.filter((slice) => slice.q !== null && slice.q < WEAK && slice.overlap < 0.5) ?? [];
  return { metric: { key, label, estimate }, error, worst: weak[0] ? sliceText(weak[0]) : null, weakSlices: weak.length };
}

/** `acc 0.858 ± 0.004 · 3 weak slices · residuals`: what a CodeLens says of the newest evaluation of a file. */
export function evaluatedLine({ task, summary }: Pick<EvaluationRecord, "task" | "summary">): string {
  const { metric, weakSlices } = summary;
  const name = metric.key === "accuracy" ? "acc" : metric.label;
  const slices = weakSlices === 0 ? [] : [`${weakSlices} weak slice${weakSlices === 1 ? "" : "s"}`];
  return [shortMetric(name, metric.estimate), ...slices, ...(task === "regression" ? ["residuals"] : [])].join(" · ");
}
