import type { Mapping, Task } from "./evaluation.ts";
import { event, request } from "./tokens.ts";

/** A part of a text: offsets in UTF-16 code units, lines and columns 1-based. */
export interface TextRange {
  readonly offset: number;
  readonly length: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Something wrong in `touchstone.yaml`; what it belongs to is left out, the rest counts. */
export interface ConfigProblem extends TextRange {
  readonly severity: "error" | "warning";
  readonly message: string;
  /** Replaces the range; probably what was meant. */
  readonly replacement: string | null;
}

/** An offer at the cursor: `insert` replaces the range. */
export interface TextCompletion {
  readonly label: string;
  readonly insert: string;
  readonly kind: "key" | "value" | "column" | "function" | "operator" | "entity";
  readonly detail: string;
  readonly offset: number;
  readonly length: number;
}

/** A key metric; direction null: by its name. */
export interface DeclaredMetric {
  readonly key: string;
  readonly direction: "up" | "down" | null;
  readonly target: number | null;
}

/** A tag or slice over rows: an expression and what it is about. */
export interface DeclaredRows {
  readonly name: string;
  readonly where: string;
  readonly note: string | null;
}

/** Remembered roles of a file's columns. */
export interface RememberedMapping {
  /** Relative to the folder, `/` between; `*` stands for part of a name, `**` for folders. */
  readonly files: string;
  readonly task: Task | null;
  readonly positive: string | null;
  readonly columns: Mapping["columns"];
}

export interface DeclaredView {
  readonly name: string;
  readonly columns: readonly string[];
  /** Column ids; a leading `-` sorts from the largest down. */
  readonly sort: readonly string[];
  readonly filter: string | null;
  /** Columns to group by, or `seeds` alone; empty: not grouped. */
  readonly group: readonly string[];
}

/** What `touchstone.yaml` says, in its order; empty where it says nothing. */
export interface ProjectConfig {
  readonly metrics: readonly DeclaredMetric[];
  /** A run's id or name, or the newest run for which `where` is true. */
  readonly baseline: { readonly run: string } | { readonly where: string } | null;
  /** Rows of the runs table that no run made: published results, a competitor, human level. */
  readonly references: readonly { readonly name: string; readonly metrics: Readonly<Record<string, number>>; readonly note: string | null }[];
  readonly tags: readonly DeclaredRows[];
  readonly slices: readonly DeclaredRows[];
  readonly mappings: readonly RememberedMapping[];
  readonly views: readonly DeclaredView[];
}

/** One change of `touchstone.yaml`; `value` undefined removes, `rename` gives the entry at the path another key. Comments and order stay. */
export interface ConfigEdit {
  /** E.g. `["metrics", "val_f1", "target"]`. */
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
  readonly rename?: string;
}

export const configGet = request<null, { readonly config: ProjectConfig; readonly file: string; readonly exists: boolean; readonly problems: readonly ConfigProblem[] }>("config/get");
/** Writes into `touchstone.yaml`, made where there is none. Refused where the file has errors. */
export const configEdit = request<{ edits: readonly ConfigEdit[] }, null>("config/edit");
/** Checks a text as it is typed, saved or not. */
export const configCheck = request<{ text: string }, { problems: readonly ConfigProblem[] }>("config/check");
export const configComplete = request<{ text: string; offset: number }, { items: readonly TextCompletion[] }>("config/complete");
/** Markdown for what stands at the offset; null where there is nothing to say. */
export const configHover = request<{ text: string; offset: number }, { hover: (TextRange & { readonly markdown: string }) | null }>("config/hover");

/** `touchstone.yaml` says something else now: written through the engine, by an editor, by git. */
export const configChanged = event<null>("config/changed");
