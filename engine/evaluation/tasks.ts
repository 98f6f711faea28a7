import type { RememberedMapping } from "../api/config.ts";
import type { EvaluationRows, EvaluationView, Mapping, Residuals, Selection, SliceResult, SliceSettings } from "../api/evaluation.ts";
import type { TableShape } from "../api/tables.ts";
import type { Estimated } from "../api/tokens.ts";
import { task } from "../compute/messages.ts";
import type { Remembered } from "./open.ts";
import type { TagRule } from "./tags.ts";

/** What the worker needs to open a file again when it no longer holds it. */
export interface EvaluationSource {
  readonly evaluationId: string;
  /** Absolute. */
  readonly path: string;
  readonly mapping: Mapping;
  readonly tagRules: readonly TagRule[];
}

export interface OpenResult {
  readonly evaluationId: string;
  readonly mapping: Mapping;
  readonly modified: number;
  readonly bytes: number;
  readonly view: EvaluationView;
}

export const describeTask = task<{ path: string; remembered: Remembered }, { shape: TableShape; mapping: Mapping; remembered: boolean; problem: string | null }>("evaluation/describe");
export const previewTask = task<{ path: string; mapping: Mapping }, { n: number; partial: boolean; metric: { label: string; estimate: Estimated } | null; problem: string | null }>("evaluation/preview");
export const openTask = task<{ path: string; mapping: Mapping | null; declared: RememberedMapping | null; tagRules: readonly TagRule[] }, OpenResult>("evaluation/open");
export const viewTask = task<{ source: EvaluationSource; selection: Selection; threshold: number | null }, EvaluationView>("evaluation/view");
export const slicesTask = task<{ source: EvaluationSource; threshold: number | null; settings: Partial<SliceSettings> }, SliceResult>("evaluation/slices");
export const residualsTask = task<{ source: EvaluationSource; selection: Selection; feature: string | null }, Residuals>("evaluation/residuals");
export const rowsTask = task<{ source: EvaluationSource; selection: Selection; threshold: number | null; sort: { column: string; descending: boolean }; from: number; to: number }, EvaluationRows>("evaluation/rows");
export const locateTask = task<{ path: string; row: number }, { line: number | null }>("evaluation/locate");
