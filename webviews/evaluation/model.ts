import { evaluationDescribe, evaluationResiduals, evaluationRun, evaluationSlices, evaluationView, type EvaluationView, type Mapping, type Residuals, type Selection, type SliceResult, type SliceSettings } from "../../engine/api/evaluation.ts";
import type { TableShape } from "../../engine/api/tables.ts";
import type { ErrorShape, Progress } from "../../engine/api/tokens.ts";
import { rpc } from "../ui/host.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";

export type Phase = "describing" | "mapping" | "evaluating" | "ready" | "failed";

export interface Described {
  readonly shape: TableShape;
  readonly mapping: Mapping;
  readonly remembered: boolean;
}

/** The slices that the panel asks for: enough that folding overlapping ones leaves a choice. */
export const PANEL_SLICES: Partial<SliceSettings> = { k: 200, most: 0.1 };

/** What the panel knows of one file, and the requests that bring it. `changed` is called after every step. */
export class EvaluationModel {
  readonly #changed: () => void;
  phase: Phase = "describing";
  path = "";
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
  settings: Partial<SliceSettings> = PANEL_SLICES;
  /** A view is under way; the one on the screen is of the state before. */
  pending = false;
  #work: AbortController | null = null;
  #viewing: AbortController | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Looks at a file: one that was mapped before is evaluated at once, unless the person asked for the mapping. */
  async open(path: string, runId: string | null, askMapping: boolean): Promise<void> {
    this.cancel();
    Object.assign(this, { path, runId, phase: "describing", view: null, slices: null, residuals: null, error: null, described: null });
    this.#changed();
    await this.#try(async (signal) => {
      const described = await rpc.request(evaluationDescribe, { path }, { signal });
      this.described = described;
      this.phase = "mapping";
      if (described.remembered && !askMapping && described.problem === null) await this.evaluate(described.mapping);
    });
  }

  async evaluate(mapping: Mapping): Promise<void> {
    this.phase = "evaluating";
    this.progress = null;
    this.#changed();
    await this.#try(async (signal) => {
      const view = await rpc.request(evaluationRun, { path: this.path, mapping, ...(this.runId === null ? {} : { runId: this.runId }) }, { signal, timeoutMs: Number.POSITIVE_INFINITY, onProgress: (progress) => this.#progress(progress) });
      if (this.described) this.described = { ...this.described, mapping, remembered: true };
      Object.assign(this, { view, phase: "ready", slices: null, residuals: null });
      const kept = this.selection.length > 0 || this.threshold !== null;
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
      if (!isCancelled(error)) this.error = errorShape(error);
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
      if (!isCancelled(error)) this.error = errorShape(error);
    }
    this.#changed();
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
    this.phase = this.view ? "ready" : "mapping";
    this.#changed();
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
      this.error = errorShape(error);
      this.phase = "failed";
    }
    this.#changed();
  }
}
