import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { RememberedMapping } from "../api/config.ts";
import type { EvaluationView, Mapping, Residuals, Selection, SliceResult, SliceSettings, EvaluationRows } from "../api/evaluation.ts";
import { cutFeature, type Feature } from "../slices/features.ts";
import { findSlices } from "../slices/find.ts";
import { residualsOf, searched } from "../residuals/residuals.ts";
import type { Codes } from "../tables/columns.ts";
import { openPredictions, type Work } from "./open.ts";
import { answerSlices } from "./answer.ts";
import type { Prepared } from "./prepared.ts";
import { rowsOfEvaluation, type RowsRequest } from "./rows.ts";
import type { Rows } from "./selection.ts";
import { collectTags, type Tag, type TagRule } from "./tags.ts";
import { errorsOf, predictionsAt, viewOf } from "./view.ts";

/** One opened predictions file and everything that can be asked of it. */
export class EvaluationSession {
  readonly evaluationId: string;
  readonly data: Prepared;
  readonly mapping: Mapping;
  readonly modified: number;
  readonly bytes: number;
  #rules: readonly TagRule[] | null = null;
  #tags: readonly Tag[] = [];
  #tagNotes: readonly string[] = [];
  #features: readonly Feature[] | null = null;
  readonly #slices = new Map<string, SliceResult>();
  #predicted: { readonly threshold: number | null; readonly values: Codes | null } | null = null;

  private constructor(opened: { data: Prepared; mapping: Mapping; modified: number; bytes: number }, tagRules: readonly TagRule[]) {
    this.data = opened.data;
    this.mapping = opened.mapping;
    this.modified = opened.modified;
    this.bytes = opened.bytes;
    this.evaluationId = evaluationIdOf(opened.data.path, opened.bytes, opened.modified, opened.mapping);
    this.retag(tagRules);
  }

  /** Takes over the tags as touchstone.yaml declares them now; the file is not read again. */
  retag(rules: readonly TagRule[]): void {
    if (JSON.stringify(rules) === JSON.stringify(this.#rules)) return;
    this.#rules = rules;
    const { tags, notes } = collectTags(this.data, rules, null);
    this.#tags = tags;
    this.#tagNotes = notes;
  }

  static async open(path: string, mapping: Mapping | null, tagRules: readonly TagRule[], work: Work, declared: RememberedMapping | null = null): Promise<EvaluationSession> {
    return new EvaluationSession(await openPredictions(path, mapping, work, { declared }), tagRules);
  }

  async view(selection: Selection, threshold: number | null, cancelled: () => boolean = () => false): Promise<EvaluationView> {
    const stale = await this.isStale();
    return viewOf({ evaluationId: this.evaluationId, data: this.data, tags: this.#tags, tagNotes: this.#tagNotes, selection, threshold, stale, cancelled });
  }

  /** The file was written again, or is gone. */
  async isStale(): Promise<boolean> {
    const info = await stat(this.data.path).catch(() => null);
    return info === null || info.mtimeMs !== this.modified || info.size !== this.bytes;
  }

  slices(threshold: number | null, settings: Partial<SliceSettings>, work: Work): SliceResult {
    const key = JSON.stringify([threshold, settings]);
    const known = this.#slices.get(key);
    if (known) return known;
    this.#features ??= searched(this.data).flatMap(({ name, column }) => cutFeature(name, column) ?? []);
    const { errors, counted } = errorsOf(this.data, this.#rows(threshold).predicted);
    const result = findSlices(
      { features: this.#features, errors, counted, rowNumbers: this.data.rows, cancelled: work.cancelled, onProgress: (done, total) => done % 16 === 0 && work.onProgress({ done, total, unit: "feature pairs", message: "searching slices" }) },
      settings,
    );
    const answered = { ...result, answer: answerSlices(result) };
    if (!work.cancelled()) this.#slices.set(key, answered);
    return answered;
  }

  residuals(selection: Selection, feature: string | null): Residuals {
    return residualsOf(this.#rows(null), selection, feature);
  }

  rows(threshold: number | null, request: RowsRequest, signal?: AbortSignal): Promise<EvaluationRows> {
    return rowsOfEvaluation(this.#rows(threshold), request, signal);
  }

  /** Every row with the predictions of the file. */
  get all(): Rows {
    return this.#rows(null);
  }

  #rows(threshold: number | null): Rows {
    if (this.#predicted?.threshold !== threshold) this.#predicted = { threshold, values: predictionsAt(this.data, threshold) };
    return { data: this.data, predicted: this.#predicted?.values ?? null, tags: this.#tags };
  }
}

/** The same for the same file content (by size and time) under the same mapping. */
export function evaluationIdOf(path: string, bytes: number, modified: number, mapping: Mapping): string {
  return createHash("sha256").update(JSON.stringify([path, bytes, modified, mapping])).digest("hex").slice(0, 32);
}
