import { event, request, type Estimated } from "./tokens.ts";

/** What one item of a label set looks like on the screen. */
export type LabelKind = "text" | "row" | "image";

/** `out-of-scope` is an answer (counted, never trained on); `skipped` comes back; `retracted` is an undone vote. */
export type VoteState = "labelled" | "out-of-scope" | "unsure" | "skipped" | "retracted";

/** Which items come next: those without an answer, or those to look at again. */
export type LabelQueue = "open" | "skipped" | "unsure" | "conflicts";

export interface LabelClass {
  /** Random and stable: renaming a class keeps its votes. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The key that gives this label: `1` … `9`, then letters, lower case. */
  readonly key: string;
}

/** The keys of the actions, as `KeyboardEvent.key`; an upper-case letter where a class took the lower-case one. */
export interface ActionKeys {
  readonly skip: string;
  readonly outOfScope: string;
  readonly unsure: string;
  readonly note: string;
  readonly undo: string;
  readonly guidelines: string;
}

/** A line of a label file that could not be read; everything else was. */
export interface LabelProblem {
  /** Relative to the store's folder. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly message: string;
}

export interface LabelProgress {
  readonly total: number;
  /** Items that this annotator answered: labelled, out of scope or unsure. */
  readonly done: number;
  readonly labelled: number;
  readonly outOfScope: number;
  readonly unsure: number;
  readonly skipped: number;
  /** Items on whose answer annotators differ. */
  readonly conflicts: number;
  readonly annotators: readonly string[];
  /** Krippendorff's α over all annotators, nominal; n counts the items with two answers or more. `labels/agreement` has its interval. */
  readonly alpha: { readonly value: number | null; readonly n: number };
  /** Median of this annotator's last 50 answers, milliseconds from shown to decided; null before the first. */
  readonly medianMs: number | null;
}

export interface LabelSetSummary {
  /** The folder's name under `labels/`. */
  readonly set: string;
  readonly name: string;
  readonly kind: LabelKind;
  /** Null where `labels.yaml` could not be read; `error` says why. */
  readonly progress: LabelProgress | null;
  readonly error: string | null;
}

export interface LabelSetView {
  readonly set: string;
  readonly name: string;
  /** Which items these are, in words: `worst slice: hours>60 & age<30`; empty for a whole file. */
  readonly title: string;
  readonly kind: LabelKind;
  readonly classes: readonly LabelClass[];
  readonly keys: ActionKeys;
  /** Markdown, empty where nothing was written yet. */
  readonly guidelines: string;
  /** Paths relative to the store's folder. */
  readonly files: { readonly labels: string; readonly guidelines: string; readonly source: string };
  /** Null until the person was asked who labels. */
  readonly annotator: string | null;
  readonly progress: LabelProgress;
  readonly problems: readonly LabelProblem[];
  /** What a person should know of the items: missing in the source, doubled. */
  readonly notes: readonly string[];
}

export interface LabelSuggestion {
  readonly class: string;
  /** The model's score of that class, where it gave one. */
  readonly score: number | null;
  /** The agent that suggested it, and why; absent for a suggestion of the source's own column. */
  readonly by?: string;
  readonly reason?: string;
}

/** What an agent proposes for an item: shown to people, never counted. */
export interface SuggestedLabel {
  readonly item: string;
  /** A class's id. */
  readonly class: string;
  readonly score: number | null;
  readonly reason: string;
}

export interface LabelVote {
  readonly id: string;
  readonly by: string;
  readonly class: string | null;
  readonly state: VoteState;
  readonly note: string;
}

export interface LabelItem {
  readonly item: string;
  /** 0-based place in the set's order. */
  readonly place: number;
  /** What the person judges. Cells are text as the source has it. */
  readonly content:
    | { readonly kind: "text"; readonly text: string; readonly context: readonly { readonly column: string; readonly value: string }[] }
    | { readonly kind: "row"; readonly cells: readonly { readonly column: string; readonly value: string; readonly numeric: boolean }[] }
    /** `path` is absolute, for `host/resource`. */
    | { readonly kind: "image"; readonly path: string; readonly name: string; readonly context: readonly { readonly column: string; readonly value: string }[] };
  /** Where it stands: a file relative to the store's folder and the 1-based row of a table; null row for a file. */
  readonly source: { readonly file: string; readonly row: number | null };
  /** Null where there is none, or where it is hidden from this annotator to measure its pull. */
  readonly suggestion: LabelSuggestion | null;
  /** This annotator's standing vote. */
  readonly mine: LabelVote | null;
  /** The others' votes: only in the queue of conflicts, so that nobody is led. */
  readonly others: readonly LabelVote[];
}

/** What the page sends for one key press. `id` is the page's, so that a repeated request stores one vote. */
export interface VoteRequest {
  /** 8 to 24 letters and digits, random. */
  readonly id: string;
  readonly item: string;
  readonly class: string | null;
  readonly state: Exclude<VoteState, "retracted">;
  /** UTC ms when the item was painted. */
  readonly shown: number;
  readonly note?: string;
}

/** What a new label set is made of. */
export interface LabelSetRequest {
  readonly name: string;
  readonly classes: readonly { readonly name: string; readonly description?: string; readonly key?: string }[];
  /** A table (CSV, Parquet, JSONL) or a folder of images, absolute or relative to the store's folder. */
  readonly source: string;
  readonly kind: LabelKind;
  /** Id columns, else content columns; not needed for a folder of images. */
  readonly key?: { readonly kind: "id" | "content"; readonly columns: readonly string[] };
  /** The column with the text, the path of the image, or the columns of the row; the rest is context. */
  readonly show?: readonly string[];
  readonly context?: readonly string[];
  /** Only these items, in this order; absent means all. */
  readonly items?: readonly string[];
  /** What these items are, in words. */
  readonly title?: string;
  /** Predictions that are suggested: a column with class names, one with a score. */
  readonly suggest?: { readonly column: string; readonly score?: string };
}

/** What `touchstone.labelRows` takes: rows of an evaluation (a slice, a confusion cell, a selection) to be labelled. */
export interface LabelRowsRequest {
  /** The file of the rows, absolute or relative to the store's folder. */
  readonly source: string;
  /** How the file's rows are named, as the evaluation named them. */
  readonly key: { readonly kind: "id" | "content"; readonly columns: readonly string[] };
  /** Item keys in the order in which they are to be labelled. */
  readonly items: readonly string[];
  /** Which rows these are, in words. */
  readonly title: string;
  /** The classes of the evaluation. */
  readonly classes: readonly string[];
  /** Columns to leave out of what is shown: label, prediction, scores; they would lead the person. */
  readonly hidden?: readonly string[];
  readonly suggest?: { readonly column: string; readonly score?: string };
}

/** What a file offers for a label set: its columns with examples, or its number of images. */
export interface LabelSourcePreview {
  readonly kind: "table" | "images";
  /** Images, or rows that were looked at. */
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly samples: readonly string[]; readonly distinct: number }[];
  /** Columns whose few values could be the classes, most likely first. */
  readonly classColumns: readonly { readonly column: string; readonly values: readonly string[] }[];
  /** What Touchstone would choose. */
  readonly kindProposed: LabelKind;
  readonly show: readonly string[];
  readonly key: { readonly kind: "id" | "content" | "bytes"; readonly columns: readonly string[] };
}

export interface PairAgreement {
  readonly a: string;
  readonly b: string;
  readonly percent: Estimated;
  readonly alpha: Estimated;
}

export interface LabelAgreement {
  readonly set: string;
  readonly annotators: readonly string[];
  /** Mean over items of the share of agreeing pairs. */
  readonly percent: Estimated;
  readonly alpha: Estimated;
  readonly pairs: readonly PairAgreement[];
  /** α of this class against all the rest, over the same items. */
  readonly perClass: readonly { readonly class: string; readonly name: string; readonly alpha: Estimated }[];
  readonly conflicts: number;
}

export interface LabelStatus {
  readonly set: string;
  readonly name: string;
  readonly items: number;
  /** Items with an answer of anyone. */
  readonly answered: number;
  readonly conflicts: number;
  readonly classes: readonly { readonly id: string; readonly name: string; readonly votes: number }[];
  readonly annotators: readonly { readonly annotator: string; readonly labelled: number; readonly outOfScope: number; readonly unsure: number; readonly skipped: number }[];
  readonly problems: readonly LabelProblem[];
}

export const labelsList = request<null, { sets: readonly LabelSetSummary[] }>("labels/list");
/** Reads what changed on disk (git pull, another branch, an edited labels.yaml) and answers with the set as it is. */
export const labelsOpen = request<{ set: string }, LabelSetView>("labels/open");
/** The next `count` items of a queue after `after` (a place; null starts at the first), wrapping round once. */
export const labelsNext = request<{ set: string; queue: LabelQueue; after: number | null; count: number }, { items: readonly LabelItem[] }>("labels/next");
/** Answers once the vote is on disk. */
export const labelsVote = request<{ set: string; vote: VoteRequest }, { vote: LabelVote; progress: LabelProgress }>("labels/vote");
/** Takes back this annotator's last answer with a new line; null where there is none. The item comes with the answer that was taken back. */
export const labelsUndo = request<{ set: string; id: string }, { item: LabelItem | null; undone: LabelVote | null; progress: LabelProgress }>("labels/undo");
export const labelsPreview = request<{ source: string }, LabelSourcePreview>("labels/preview");
export const labelsCreate = request<LabelSetRequest, { set: string; items: number }>("labels/create");
/** Keeps suggestions of an agent beside the set, all or none; a later one for the same item takes the place of an earlier one. Throws `SUGGESTION_REFUSED`. */
export const labelsSuggest = request<{ set: string; by: string; suggestions: readonly SuggestedLabel[] }, { stored: number }>("labels/suggest");
export const labelsAddClass = request<{ set: string; name: string }, LabelSetView>("labels/addClass");
/** `labels`: one line an item with its current label; `votes`: one line a vote. Without `path`, beside the set. */
export const labelsExport = request<{ set: string; what: "labels" | "votes"; format: "csv" | "jsonl"; path?: string }, { path: string; rows: number }>("labels/export");
export const labelsStatus = request<{ set?: string }, { sets: readonly LabelStatus[] }>("labels/status");
export const labelsAgreement = request<{ set: string }, LabelAgreement>("labels/agreement");
/** Where an item stands in its source, exactly. */
export const labelsLocate = request<{ set: string; item: string }, { path: string; line: number | null }>("labels/locate");
/** Who labels here; `proposed` is a slug of git's user name. */
export const labelsAnnotator = request<null, { annotator: string | null; proposed: string }>("labels/annotator");
export const labelsSetAnnotator = request<{ name: string }, { annotator: string }>("labels/setAnnotator");

/** The votes, the classes or the guidelines of a set changed, by whomever; panels ask again for what they show. */
export const labelsChanged = event<{ set: string; progress: LabelProgress | null; definition: boolean }>("labels/changed");
