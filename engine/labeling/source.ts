import type { LabelItem } from "../api/labeling.ts";

/** One item as its source has it. */
export interface SourceItem {
  readonly content: LabelItem["content"];
  readonly source: LabelItem["source"];
  /** A model's answer by its name in the source, and its score. */
  readonly proposal: { readonly name: string; readonly score: number | null } | null;
  /** The columns that name the item in an export: id or content columns, or the file's path. */
  readonly named: readonly (readonly [column: string, value: string])[];
}

/** Where the items of a set come from, in the set's order. */
export interface ItemSource {
  /** Keys by place, each once. */
  readonly keys: readonly string[];
  /** What could not be found, in words; empty where all is well. */
  readonly notes: readonly string[];
  read(places: readonly number[]): Promise<readonly SourceItem[]>;
  /** Absolute path and, for a text file, the 1-based line. */
  locate(place: number): Promise<{ readonly path: string; readonly line: number | null }>;
}
