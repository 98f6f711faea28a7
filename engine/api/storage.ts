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
  /** The address of the MLflow server that it is of; absent for the folder's own. */
  readonly server?: string;
}

export interface StorageExperiment extends StorageOf {
  readonly experimentId: string;
  readonly name: string;
  readonly runs: number;
}

export interface StorageUsage {
  readonly bytes: number;
  /** Of what is free in the database: true where it can be given back in short steps, false where the file must be written anew for it. */
  readonly shrinks: boolean;
  readonly kinds: readonly { readonly kind: StorageKind; readonly bytes: number }[];
  /** The largest first. */
  readonly experiments: readonly StorageExperiment[];
  /** The largest first, at most as many as were asked for. */
  readonly runs: readonly StorageRun[];
}

/** A bundle that was opened for reading: unpacked in the user's private folder, whichever folder it is looked at from. */
export interface OpenedBundleUse {
  /** How `storageForget` knows it. */
  readonly id: string;
  /** The bundle's file, which opening leaves as it is: name and absolute path. */
  readonly name: string;
  readonly file: string;
  readonly runs: number;
  /** Of what was unpacked. */
  readonly bytes: number;
  /** When it was last opened, UTC ms. */
  readonly opened: number;
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
  /** On the disk: content that nothing else refers to, and logs. What the database frees beside that is known once it is done. */
  readonly bytes: number;
  /** Found, but kept. */
  readonly running: number;
  readonly registered: number;
  /** Runs that would go and are of MLflow servers, by address: they stay there, and come back here when that server is connected anew. */
  readonly servers: Readonly<Record<string, number>>;
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
  /** That the database's file is shorter by. A store from before files could shrink keeps them as free room: 0. */
  readonly database: number;
}

/** What a backup says of itself. */
export interface BackupAbout {
  /** UTC ms. */
  readonly created: number;
  /** The program's version, and the store's. */
  readonly version: string;
  readonly schema: number;
  readonly runs: number;
  /** What could not be taken along. */
  readonly missing: readonly string[];
}

export interface BackupReport extends BackupAbout {
  readonly files: number;
  /** Of the files within; the backup's own is some thousandths larger. */
  readonly bytes: number;
}

/** `runs`: how many of the largest. */
export const storageUsage = request<{ readonly runs: number }, StorageUsage>("storage/usage");
export const storagePreview = request<PruneQuery, PrunePreview>("storage/preview");
/** The largest first. One that nobody opens for two weeks goes by itself. */
export const storageOpened = request<null, { readonly bundles: readonly OpenedBundleUse[] }>("storage/opened");
/** Removes what an opened bundle was unpacked to; the bundle stays where it is. Errors: `BUNDLE_IN_USE` while somebody looks at it. */
export const storageForget = request<{ readonly id: string }, { readonly bytes: number }>("storage/forget");
/** Removes for good what a preview showed. Errors: `PRUNE_CHANGED` where other runs are found by now. */
export const storagePrune = request<PruneQuery & { readonly digest: string }, PruneResult>("storage/prune");
/** Gives what is free in the database back to the disk; where `shrinks` is false, by writing the file anew, for which writes wait. */
export const storageGiveBack = request<null, { readonly bytes: number }>("storage/giveBack");
/** Copies the store, in use, into one file; `replace`: the person said that a file of this name may go. Errors: `FILE_EXISTS`, `BACKUP_PLACE`, `DISK_FULL`. */
export const storageBackUp = request<{ readonly file: string; readonly replace: boolean }, BackupReport>("storage/backUp");
/** Errors: `BACKUP_FOREIGN`. */
export const storageAbout = request<{ readonly file: string }, BackupAbout & { readonly bytes: number }>("storage/about");
/**
 * Puts the store of a backup, or one that was kept by an earlier restore, in the place of this one, which is kept: the answer names its
 * folder. The engine leaves after the answer, and the next one opens the other store. Errors: `BACKUP_FOREIGN`, `BACKUP_DAMAGED`,
 * `STORE_IN_USE`, `STORE_MISSING`, `DISK_FULL`; then nothing has changed.
 */
export const storageRestore = request<{ readonly file: string } | { readonly kept: string }, { readonly kept: string }>("storage/restore");
