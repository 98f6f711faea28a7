import type { ColumnType, TableShape } from "./tables.ts";
import { event, request, type Estimated, type WireNumber } from "./tokens.ts";

/** What a column means. `probability` names its class; `ignore` is shown with the rows but never searched. */
export type Role = "id" | "label" | "prediction" | "probability" | "score" | "loss" | "weight" | "group" | "split" | "time" | "feature" | "tag" | "ignore";

export interface ColumnRole {
  readonly column: string;
  readonly role: Role;
  /** The class whose probability this is; for a list column, the classes in their order. */
  readonly classes?: readonly string[];
}

export type Task = "binary" | "multiclass" | "regression";

export interface Mapping {
  readonly task: Task;
  readonly columns: readonly ColumnRole[];
  /** The class whose probability, precision and recall are meant in a binary task. */
  readonly positive: string | null;
}

/** One predicate of a slice, as DESIGN 5 writes it: `=`, `in [low, high)`, or `missing`. */
export interface Predicate {
  readonly feature: string;
  readonly op: "=" | "in" | "missing";
  /** The value of `=`; the bounds of `in`, low inclusive and high exclusive, null where open. */
  readonly value: string | readonly [number | null, number | null] | null;
}

/** What narrows the rows; a selection is the conjunction of its conditions. */
export type Condition =
  | { readonly kind: "cell"; readonly label: string | null; readonly prediction: string | null }
  | { readonly kind: "wrong" }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "slice"; readonly predicates: readonly Predicate[] }
  /** Both bounds belong to it, but for the one that `open` names: a bar of a histogram shares each edge with its neighbour. */
  | { readonly kind: "range"; readonly column: string; readonly low: number | null; readonly high: number | null; readonly open?: "low" | "high" }
  /** Rows in which a column of text holds one of these. */
  | { readonly kind: "values"; readonly column: string; readonly values: readonly string[] }
  /** One hexagon of a residual plot over `column`: `origin` and `cell` are its density's xRange[0], yRange[0] and cell, `at` its centre. */
  | { readonly kind: "hexagon"; readonly column: string; readonly categories: readonly string[] | null; readonly origin: readonly [number, number]; readonly cell: readonly [number, number]; readonly at: readonly [number, number] }
  | { readonly kind: "rows"; readonly rows: readonly number[] };

export type Selection = readonly Condition[];

/** Columns that every evaluation has beside those of the file. */
export type DerivedColumn = "@row" | "@label" | "@prediction" | "@probability" | "@confidence" | "@loss" | "@residual";

export interface MetricRow {
  /** scikit-learn's name in snake case: `accuracy`, `macro_f1`, `rmse`. */
  readonly key: string;
  readonly label: string;
  readonly direction: "up" | "down" | "zero";
  readonly estimate: Estimated;
  /** The same metric of an answer that ignores the features: majority class, or mean of the labels. */
  readonly baseline: number | null;
  /** What a reader must know: "3 of 4 classes", "15 equal-width bins". */
  readonly note: string | null;
}

export interface ClassRow {
  readonly label: string;
  readonly n: number;
  readonly predicted: number;
  readonly precision: Estimated;
  readonly recall: Estimated;
  readonly f1: Estimated;
}

export interface Confusion {
  readonly labels: readonly string[];
  /** Rows are the truth, columns the prediction. */
  readonly matrix: readonly (readonly number[])[];
}

/** Reference section 2: shares, lift and room of a tag. For regression `errors` is the sum of the losses. */
export interface TagRow {
  readonly tag: string;
  readonly n: number;
  readonly errors: number;
  readonly dataShare: number;
  readonly errorShare: number | null;
  readonly rate: Estimated;
  readonly lift: number | null;
  /** Error that would go if this tag did as well as the rest: share of all rows (or of the mean loss). */
  readonly room: number | null;
  /** Two-proportion or Welch test against the other rows, Benjamini–Hochberg over the tags shown. */
  readonly q: number | null;
  /** Errors that carry this tag and no other. */
  readonly only: number;
}

export interface CurveXY {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** Mean predicted probability. */
  readonly mean: number;
  readonly rate: Estimated;
}

export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  readonly ece: number;
  readonly what: string;
}

/** Everything above the rows, for the rows that the selection leaves. */
export interface EvaluationView {
  readonly evaluationId: string;
  readonly path: string;
  readonly task: Task;
  /** Rows of the file that have what the task needs. */
  readonly total: number;
  /** Rows in the selection. */
  readonly n: number;
  /** One sentence with `**bold**` parts. */
  readonly answer: string;
  /** The selection in words, null for all rows. */
  readonly cohort: string | null;
  /** The selection as an expression that a tag of touchstone.yaml may hold; null where it cannot be written as one. */
  readonly cohortExpression: string | null;
  readonly mapping: Mapping;
  readonly classes: readonly string[];
  /** Null: the predictions are those of the file. */
  readonly threshold: number | null;
  readonly bestThreshold: { readonly metric: string; readonly value: number } | null;
  /** Error rate by threshold. */
  readonly thresholdCurve: CurveXY | null;
  readonly baselineName: string;
  readonly metrics: readonly MetricRow[];
  readonly perClass: readonly ClassRow[];
  readonly confusion: Confusion | null;
  readonly calibration: Calibration | null;
  readonly roc: CurveXY | null;
  readonly pr: CurveXY | null;
  readonly tags: readonly TagRow[];
  /** Rows left out and why, resampling and definitions, in words. */
  readonly notes: readonly string[];
  /** The file changed after it was read. */
  readonly stale: boolean;
  /** Why this evaluation is not kept, in words: the store can only be read. */
  readonly unsaved?: string;
  /** The run whose predictions these are, where one is known; said when a file is evaluated. */
  readonly runId?: string | null;
}

export interface SliceSettings {
  /** Slices to report; distinct row sets. */
  readonly k: number;
  /** Weight of the error against the size, 0 < α ≤ 1. */
  readonly alpha: number;
  /** Fewest rows; null: max(32, 1 % of the rows), rounded up. */
  readonly support: number | null;
  /** Largest share of the rows that a reported slice may hold; 1 is no limit. */
  readonly most: number;
  /** Most predicates: 1 or 2. */
  readonly level: number;
  /** Search one half, measure on the other. */
  readonly confirm: boolean;
  readonly budgetMs: number;
}

/** What is searched where nothing else is asked for: in the panel, in the CLI and by agents. */
export const sliceDefaults: SliceSettings = { k: 200, alpha: 0.95, support: null, most: 1, level: 2, confirm: false, budgetMs: 10_000 };

/** What the panel and the lens look for first: a slice of most rows is no place to begin. */
export const weakSpots: Partial<SliceSettings> = { most: 0.1 };

export interface Slice {
  readonly predicates: readonly Predicate[];
  readonly size: number;
  /** Errors, or the sum of losses. */
  readonly errors: number;
  readonly score: number;
  readonly rate: Estimated;
  readonly errorShare: number;
  readonly q: number | null;
  /** Of the other half, where the search was told to confirm. */
  readonly heldOut: Estimated | null;
  /** SHA-256 of the row numbers, so that two slices with the same rows are known as such. */
  readonly rowsDigest: string;
  /** Other descriptions of the same rows. */
  readonly equivalent: readonly (readonly Predicate[])[];
  /** Share of its rows that stand in slices above it, those left out that overlap by half or more themselves. */
  readonly overlap: number;
}

export interface SliceResult {
  readonly slices: readonly Slice[];
  readonly n: number;
  readonly features: number;
  readonly support: number;
  /** The whole's error rate or mean loss. */
  readonly averageRate: number;
  /** Slices whose rows were counted; the family of the q-values. */
  readonly tested: number;
  /** False: the time budget ended the search; `reached` says where. */
  readonly exact: boolean;
  readonly reached: string;
  readonly elapsedMs: number;
  /** Why there are none, in words. */
  readonly reason: string | null;
  /** What is counted: 0/1 errors, or the loss. */
  readonly measure: "errors" | "loss";
  /** One sentence about the worst one. */
  readonly answer: string;
}

export interface ResidualTest {
  readonly name: string;
  readonly statistic: number | null;
  readonly p: number | null;
  /** The verdict in words, with what to do. */
  readonly reading: string;
  readonly title: string;
  readonly verdict: "passed" | "look" | "unknown";
}

export interface Screened {
  readonly feature: string;
  /** Share of the residual's variance that the feature explains. */
  readonly association: number;
  readonly p: number;
  readonly q: number;
  readonly kind: "numeric" | "categorical";
  readonly means: CurveXY;
}

/** Counts in hexagons of equal area, for a plot of any number of rows. */
export interface Density {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly count: readonly number[];
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  /** Half the width of a hexagon in x, and its radius in y. */
  readonly cell: readonly [number, number];
  readonly smooth: CurveXY;
  /** How the smooth line was made, with its sample. */
  readonly smoothNote: string;
}

export interface Residuals {
  readonly n: number;
  readonly answer: string;
  readonly order: string;
  readonly tests: readonly ResidualTest[];
  readonly screening: readonly Screened[];
  readonly byPrediction: Density;
  readonly byFeature: (Density & { readonly feature: string; readonly categories: readonly string[] | null }) | null;
  readonly qq: { readonly x: readonly number[]; readonly y: readonly number[]; readonly slope: number; readonly intercept: number };
  readonly autocorrelation: { readonly values: readonly number[]; readonly band: number };
  readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] };
}

export type RowCell = WireNumber | string | null;

export interface RowColumn {
  readonly name: string;
  readonly label: string;
  readonly role: Role | "derived";
  readonly type: ColumnType;
}

export interface EvaluationRows {
  readonly total: number;
  readonly from: number;
  readonly columns: readonly RowColumn[];
  /** 0-based row numbers of the file. */
  readonly rows: readonly number[];
  /** The item key of each row (see engine/items). */
  readonly keys: readonly string[];
  readonly wrong: readonly boolean[];
  /** One array per column. */
  readonly cells: readonly (readonly RowCell[])[];
  /** What names a row, as labeling takes it. */
  readonly key: { readonly kind: "id" | "content"; readonly columns: readonly string[] };
  readonly order: string;
}

export interface EvaluationHead {
  readonly evaluationId: string;
  readonly path: string;
  readonly runId: string | null;
  readonly task: Task;
  readonly n: number;
  readonly created: number;
  /** The first metric. */
  readonly metric: { readonly key: string; readonly label: string; readonly estimate: Estimated };
  readonly error: string;
  readonly worst: string | null;
  readonly weakSlices: number;
}

export interface EvaluationSubject {
  readonly path: string;
  readonly runId?: string;
}

/** What the mapping page shows: the columns with their guessed (or remembered) roles. */
export const evaluationDescribe = request<EvaluationSubject, { shape: TableShape; mapping: Mapping; remembered: boolean; problem: string | null }>("evaluation/describe");
/** n and the first metric under a mapping, from at most the first 20,000 rows. */
export const evaluationPreview = request<
  { path: string; mapping: Mapping },
  { n: number; partial: boolean; metric: { label: string; estimate: Estimated } | null; problem: string | null }
>("evaluation/preview");
/** Reads the whole file, evaluates, saves; progress in rows, can be cancelled. Without a mapping the guessed one is used. */
export const evaluationRun = request<EvaluationSubject & { mapping?: Mapping }, EvaluationView>("evaluation/run");
export const evaluationView = request<{ evaluationId: string; selection: Selection; threshold: number | null }, EvaluationView>("evaluation/view");
export const evaluationSlices = request<{ evaluationId: string; threshold: number | null; settings: Partial<SliceSettings> }, SliceResult>("evaluation/slices");
export const evaluationResiduals = request<{ evaluationId: string; selection: Selection; feature: string | null }, Residuals>("evaluation/residuals");
export const evaluationRows = request<
  { evaluationId: string; selection: Selection; threshold: number | null; sort: { column: string; descending: boolean }; from: number; to: number },
  EvaluationRows
>("evaluation/rows");
/** Where a row (0-based) stands: the 1-based line, null in a file without lines. */
export const evaluationLocate = request<{ evaluationId: string; row: number }, { path: string; line: number | null }>("evaluation/locate");
export const evaluationList = request<{ path?: string; runId?: string }, { evaluations: readonly EvaluationHead[] }>("evaluation/list");

/** A file was evaluated, or its slices were found; `path` as people see it. Lenses and lists ask again. */
export const evaluationSaved = event<{ readonly path: string }>("evaluation/saved");
