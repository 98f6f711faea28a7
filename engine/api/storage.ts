import { request } from "./tokens.ts";

/** What takes room in a store. `artifacts` and `code` count each content once, however many runs share it. */
export type StorageKind = "metrics and params" | "free in the database" | "artifacts" | "code" | "logs" | "unreferenced" | "cache" | "backups";

/** Bytes of a run or of an experiment's runs. Content that several share is counted for each of them. */
export interface StorageOf {
  readonly bytes: number;
  readonly artifacts: number;
  /** The printed log and the samples, of launches whose first run it is. */
  readonly logs: number;
  /** Of logged metrics, in the database. */
  readonly points: number;
}

export interface StorageRun extends StorageOf {
  readonly runId: string;
  readonly title: string;
  readonly experimentId: string;
  readonly start: number;
  readonly deleted: boolean;
}

export interface StorageExperiment extends StorageOf {
  readonly experimentId: string;
  readonly name: string;
  readonly runs: number;
}

export interface StorageUsage {
  readonly bytes: number;
  readonly kinds: readonly { readonly kind: StorageKind; readonly bytes: number }[];
  /** The largest first. */
  readonly experiments: readonly StorageExperiment[];
  /** The largest first, at most as many as were asked for. */
  readonly runs: readonly StorageRun[];
}

/** Which runs to prune: those that a filter (the grammar of the table's) finds, deleted ones too; `deletedOnly` leaves all others. */
export interface PruneQuery {
  readonly filter: string;
  readonly deletedOnly?: boolean;
}

/** What would go. */
export interface PrunePreview {
  readonly runs: number;
  /** Logged models of those runs that no registered version is made of. */
  readonly models: number;
  readonly points: number;
  /** On the disk: content that nothing else refers to, and logs. The database's room is used again, its file does not shrink. */
  readonly bytes: number;
  /** Found, but kept. */
  readonly running: number;
  readonly registered: number;
  /** The largest first, at most 100. */
  readonly first: readonly StorageRun[];
  /** Says which runs these are: `storagePrune` removes them and no others. */
  readonly digest: string;
}

export interface PruneResult {
  readonly runs: number;
  readonly models: number;
  readonly points: number;
  /** Freed by now; content younger than an hour goes with a later `gc`. */
  readonly bytes: number;
}

/** `runs`: how many of the largest. */
export const storageUsage = request<{ readonly runs: number }, StorageUsage>("storage/usage");
export const storagePreview = request<PruneQuery, PrunePreview>("storage/preview");
/** Removes for good what a preview showed. Errors: `PRUNE_CHANGED` where other runs are found by now. */
export const storagePrune = request<PruneQuery & { readonly digest: string }, PruneResult>("storage/prune");
