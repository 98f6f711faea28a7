import { weakSpots, evaluationDescribe, evaluationResiduals, evaluationRun, evaluationSlices, evaluationView, type EvaluationView, type Mapping, type Residuals, type Selection, type SliceResult, type SliceSettings } from "../../engine/api/evaluation.ts";
import type { TableShape } from "../../engine/api/tables.ts";
import type { ErrorShape, Progress } from "../../engine/api/tokens.ts";
import { rpc } from "../ui/host.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";
import { shownPath } from "./words.ts";

export type Phase = "describing" | "mapping" | "evaluating" | "ready" | "failed";

export interface Described {
  readonly shape: TableShape;
  readonly mapping: Mapping;
  readonly remembered: boolean;
}

/** What the panel knows of one file, and the requests that bring it. `changed` is called after every step. */
export class EvaluationModel {
  readonly #changed: () => void;
  phase: Phase = "describing";
  path = "";
  /** The store's folder: places in errors are named from it. */
  folder = "";
  runId: string | null = null;
  described: Described | null = null;
  progress: Progress | null = null;
  error: ErrorShape | null = null;
  view: EvaluationView | null = null;
  slices: SliceResult | null = null;
  residuals: Residuals | null = null;
  selection: Selection = [];
  threshold: number | null = null;
  feature: string | null = null;
  settings: Partial<SliceSettings> = weakSpots;
  /** A view is under way; the one on the screen is of the state before. */
  pending = false;
  /** The file went away after it was read. */
  gone = false;
  /** touchstone.yaml changed while the file was read: with which tags is not known. */
  #retagged = false;
  #work: AbortController | null = null;
  #viewing: AbortController | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Looks at a file: one that was mapped before is evaluated at once, unless the person asked for the mapping. */
  async open(path: string, runId: string | null, askMapping: boolean): Promise<void> {
    this.cancel();
    Object.assign(this, { path, runId, phase: "describing", view: null, slices: null, residuals: null, error: null, described: null, gone: false });
    this.#changed();
    await this.#try(async (signal) => {
      const described = await rpc.request(evaluationDescribe, { path }, { signal });
      this.described = described;
      this.phase = "mapping";
      if (described.remembered && !askMapping && described.problem === null) await this.evaluate(described.mapping);
    });
  }

  /** Reads and measures the file; what was measured before stays on the screen until then. */
  async evaluate(mapping: Mapping): Promise<void> {
    this.phase = "evaluating";
    this.progress = null;
    this.error = null;
    this.#changed();
    await this.#try(async (signal) => {
      const view = await rpc.request(evaluationRun, { path: this.path, mapping, ...(this.runId === null ? {} : { runId: this.runId }) }, { signal, timeoutMs: Number.POSITIVE_INFINITY, onProgress: (progress) => this.#progress(progress) });
      if (this.described) this.described = { ...this.described, mapping, remembered: true };
      Object.assign(this, { view, runId: view.runId ?? null, phase: "ready", slices: null, residuals: null, gone: false });
      const kept = this.selection.length > 0 || this.threshold !== null || this.#retagged;
      this.#retagged = false;
      if (kept) await this.look({});
      void this.search(this.settings);
      if (view.task === "regression") void this.look({});
    });
  }

  /** Changes what is looked at: cohort, threshold or the feature of the residual plot. The last change wins. */
  async look(change: { readonly selection?: Selection; readonly threshold?: number | null; readonly feature?: string | null }): Promise<void> {
    Object.assign(this, change);
    const evaluationId = this.view?.evaluationId;
    if (evaluationId === undefined) return;
    this.#viewing?.abort();
    const controller = (this.#viewing = new AbortController());
    const { signal } = controller;
    this.pending = true;
    this.#changed();
    try {
      const { selection, threshold, feature } = this;
      const onlyFeature = Object.keys(change).length === 1 && "feature" in change;
      const view = onlyFeature ? this.view : await rpc.request(evaluationView, { evaluationId, selection, threshold }, { signal });
      if (signal.aborted) return;
      this.view = view;
      this.#changed();
      if (view?.task === "regression" && view.n > 0) this.residuals = await rpc.request(evaluationResiduals, { evaluationId, selection, feature }, { signal });
      if ("threshold" in change) void this.search(this.settings);
    } catch (error) {
      if (!isCancelled(error)) this.error = this.#shape(error);
    }
    if (this.#viewing === controller) this.pending = false;
    this.#changed();
  }

  async search(settings: Partial<SliceSettings>): Promise<void> {
    this.settings = settings;
    const evaluationId = this.view?.evaluationId;
    if (evaluationId === undefined) return;
    try {
      this.slices = await rpc.request(evaluationSlices, { evaluationId, threshold: this.threshold, settings }, { timeoutMs: Number.POSITIVE_INFINITY });
    } catch (error) {
      if (!isCancelled(error)) this.error = this.#shape(error);
    }
    this.#changed();
  }

  /** The file was written again, or is gone: what is shown is of the state before; what failed may work now. */
  fileChanged(gone: boolean): void {
    this.gone = gone;
    if (this.view) void this.look({});
    else if (this.phase === "failed" && !gone) void this.open(this.path, this.runId, false);
    else this.#changed();
  }

  /** touchstone.yaml changed: its tags are counted anew, the file is not read again. */
  tagsChanged(): void {
    if (this.phase === "ready") void this.look({});
    else this.#retagged = this.phase === "evaluating";
  }

  /** Back to the mapping. */
  remap(): void {
    if (this.described) this.phase = "mapping";
    this.#changed();
  }

  /** From the mapping back to what was evaluated. */
  leaveMapping(): void {
    if (this.view) this.phase = "ready";
    this.#changed();
  }

  cancel(): void {
    this.#work?.abort();
    this.#viewing?.abort();
  }

  /** Stops a reading that the person no longer waits for. */
  stop(): void {
    this.cancel();
    this.phase = this.view ? "ready" : this.described ? "mapping" : "failed";
    if (this.phase === "failed") this.error = { code: "STOPPED", message: `Looking at ${shownPath(this.path).name} was stopped.` };
    this.#changed();
  }

  /** The error with its file as the person knows it. */
  #shape(error: unknown): ErrorShape {
    const shape = errorShape(error);
    const { file } = shape;
    const inside = file !== undefined && this.folder !== "" && file.startsWith(this.folder);
    return inside ? { ...shape, file: file.slice(this.folder.length).replace(/^[\\/]/, "").replaceAll("\\", "/") } : shape;
  }

  #progress(progress: Progress): void {
    this.progress = progress;
    this.#changed();
  }

  async #try(action: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = (this.#work = new AbortController());
    try {
      await action(controller.signal);
    } catch (error) {
      if (isCancelled(error)) return;
      this.error = this.#shape(error);
      // What was measured before is worth more than an empty page; the error stands above it.
      this.phase = this.view ? "ready" : "failed";
    }
    this.#changed();
  }
}
