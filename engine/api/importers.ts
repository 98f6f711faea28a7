import { event, request } from "./tokens.ts";

/** The formats that can be opened; a reader each in engine/importers/. */
export type ImportFormat =
  | "mlruns"
  | "mlflow-db"
  | "trackio"
  | "exptrack"
  | "neptune"
  | "tensorboard"
  | "wandb"
  | "wandb-csv"
  | "dvclive"
  | "lightning"
  | "keras"
  | "csv"
  | "bundle";

/** Something that another tracker wrote. */
export interface FoundSource {
  readonly format: ImportFormat;
  /** As people call it: "MLflow folder". */
  readonly title: string;
  /** Absolute. */
  readonly path: string;
}

/** Something that was not taken in; the rest was. */
export interface ImportProblem {
  /** Relative to the source, or absolute. */
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  readonly reason: string;
}

/** How much an import added; all zero where everything was here already. */
export interface ImportAdded {
  readonly runs: number;
  readonly points: number;
  readonly params: number;
  readonly tags: number;
  readonly models: number;
  readonly versions: number;
  readonly traces: number;
  readonly artifacts: number;
}

export interface ImportResult extends FoundSource {
  /** Runs that the source holds. */
  readonly runs: number;
  /** Of these, runs that were tracked here and stay as they are. */
  readonly here: number;
  readonly added: ImportAdded;
  /** The first thousand. */
  readonly problems: readonly ImportProblem[];
  readonly problemCount: number;
  /** It is read on while it grows. */
  readonly follow: boolean;
}

/** A source that was imported once. */
export interface ImportedSource extends FoundSource {
  /** UTC ms. */
  readonly imported: number;
  readonly runs: number;
  readonly follow: boolean;
  /** It is still there. */
  readonly present: boolean;
}

/**
 * What other trackers wrote at this path, or in the folders below it; several formats may lie in one folder. `passedOver`: CSV files below it
 * that look like logs of metrics and were not imported yet, absolute; any table may look like one, so each is imported where it is named itself.
 */
export const importersFind = request<{ readonly path: string }, { readonly sources: readonly FoundSource[]; readonly passedOver: readonly string[] }>("importers/find");

/**
 * Takes a source in; one that was imported before is read on, and what did not change is not touched. `format` where several fit.
 * Progress counts what the source counts (runs, MB), then files. Cancelled, what was stored until then stays, and the next import goes on.
 */
export const importersImport = request<{ readonly path: string; readonly format?: ImportFormat; readonly follow?: boolean }, ImportResult>("importers/import");

/** `own` are logs that launches of this store wrote: they are in their runs already. */
export const importersSources = request<Record<string, never>, { readonly sources: readonly ImportedSource[]; readonly own: readonly string[] }>("importers/sources");

/** Ends or begins that a source is read on while it grows. */
export const importersFollow = request<{ readonly path: string; readonly format: ImportFormat; readonly follow: boolean }, null>("importers/follow");

/** A followed source had something new. */
export const importersFollowed = event<ImportResult>("importers/followed");
