import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import { type Db, openConnection } from "./connection.ts";
import { latestVersion, migrate, newerStore, storeVersion } from "./migrations.ts";
import type { OperationInput, OperationName, OperationOutput } from "./operations.ts";
import { artifactReads } from "./read/artifacts.ts";
import { evaluationDatasetReads } from "./read/evaluationDatasets.ts";
import { evaluationReads } from "./read/evaluations.ts";
import { launchReads } from "./read/launches.ts";
import { metricReads } from "./read/metrics.ts";
import { modelReads } from "./read/models.ts";
import { experimentReads } from "./read/experiments.ts";
import { runReads } from "./read/runs.ts";
import { sourceReads } from "./read/sources.ts";
import { storageReads } from "./read/storage.ts";
import { traceReads } from "./read/traces.ts";
import { registryReads } from "./read/registry.ts";
import { refusePlanted } from "./planted.ts";
import { openForReading, unreadable } from "./reading.ts";
import type { StoreChange } from "./records.ts";
import type { Upkeep } from "./upkeep.ts";
import { startWriter } from "./writerClient.ts";

/** Readers by aggregate, over one connection that never writes. */
export function createReaders(db: Db) {
  return {
    runs: runReads(db),
    experiments: experimentReads(db),
    launches: launchReads(db),
    metrics: metricReads(db),
    artifacts: artifactReads(db),
    models: modelReads(db),
    evaluations: evaluationReads(db),
    sources: sourceReads(db),
    traces: traceReads(db),
    registry: registryReads(db),
    evaluationDatasets: evaluationDatasetReads(db),
    storage: storageReads(db),
  };
}

export type Readers = ReturnType<typeof createReaders>;

/** An open store. Reads are synchronous and see every acknowledged write. */
export interface Store {
  /** The folder that holds `.touchstone`. */
  readonly folder: string;
  /** `<folder>/.touchstone`. */
  readonly dir: string;
  readonly file: string;
  readonly readOnly: boolean;
  /** Why it is read-only, and what else limits it, in words. */
  readonly notes: readonly string[];
  readonly read: Readers;
  /** Resolves after the commit; rejects with a `TouchstoneError`, then nothing of this write is stored. */
  write<K extends OperationName>(op: K, input: OperationInput<K>): Promise<OperationOutput<K>>;
  /** Gives room that nothing uses back to the disk: some in a short step, or all by writing the file anew, for which writes wait. Resolves with bytes. */
  upkeep(what: Upkeep): Promise<number>;
  /** Call before something is kept beside the store. @throws TouchstoneError `STORE_READ_ONLY` where nothing may be. */
  assertWritable(): void;
  /** Told what each commit changed, before its writes are acknowledged. Returns what ends it. */
  onChange(listener: (change: StoreChange) => void): () => void;
  /** What keeps it from storing just now (a full disk), in words; null for nothing. */
  readonly trouble: string | null;
  /** Told when `trouble` changes. */
  onTrouble(listener: () => void): void;
  /** Told, once, when the writer ended although nobody closed the store: every write fails from then on. */
  onFailed(listener: (cause: TouchstoneError) => void): void;
  close(): Promise<void>;
}

/**
 * Opens the store of a folder; makes it where there is none, unless `readOnly`. A store of a newer version, and one in
 * a folder that cannot be written, is opened for reading, and `notes` says so. Throws `STORE_MISSING`, `STORE_FOREIGN`,
 * `STORE_CORRUPT`, `FOLDER_READ_ONLY`.
 */
export async function openStore({ folder, readOnly = false, why }: { folder: string; readOnly?: boolean; /** Why it is only read, in words. */ why?: string }): Promise<Store> {
  const dir = join(folder, ".touchstone");
  const file = join(dir, "touchstone.db");
  refusePlanted(dir);
  const notes: string[] = why === undefined ? [] : [why];
  let writable = !readOnly;
  if (writable && !canWrite(existsSync(dir) ? dir : folder)) {
    writable = false;
    notes.push(`${existsSync(dir) ? dir : folder} cannot be written, so nothing new is tracked here.`);
  }
  if (writable) prepareFolder(dir);
  else if (!existsSync(file)) {
    if (!readOnly && notes[0] !== undefined) throw new TouchstoneError({ code: "FOLDER_READ_ONLY", message: notes[0], file: folder, hint: "Track from a copy of the folder, or make it writable." });
    throw new TouchstoneError({ code: "STORE_MISSING", message: "This folder has no Touchstone store yet.", file: dir, hint: "Run a script with Run & track, or `touchstone run -- python train.py`." });
  }
  if (writable) {
    const refusal = bringUpToDate(file);
    if (refusal !== null) {
      writable = false;
      notes.push(refusal);
    }
  }
  const connection = openForReading(file);
  if (connection.note !== null) notes.push(connection.note);
  const read = createReaders(connection.db);
  const listeners = new Set<(change: StoreChange) => void>();
  const tell = (change: StoreChange): void => {
    for (const listener of listeners) listener(change);
  };
  let trouble: string | null = null;
  let troubled: () => void = () => undefined;
  const onTrouble = (words: string | null): void => {
    trouble = words;
    troubled();
  };
  const writer = writable ? startWriter(file, tell, onTrouble) : null;
  await writer?.ready;
  const onlyRead = (): TouchstoneError => new TouchstoneError({ code: "STORE_READ_ONLY", message: notes[0] ?? "This store is open for reading only.", file });
  let closing = false;
  if (writer && read.metrics.backlog() > 0) void indexCurves(writer, () => closing);

  return {
    folder,
    dir,
    file,
    readOnly: writer === null,
    notes,
    read,
    write(op, input) {
      return writer ? writer.write(op, input) : Promise.reject(onlyRead());
    },
    upkeep(what) {
      return writer ? writer.upkeep(what) : Promise.reject(onlyRead());
    },
    assertWritable() {
      if (writer === null) throw onlyRead();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get trouble() {
      return trouble;
    },
    onTrouble(listener) {
      troubled = listener;
    },
    onFailed(listener) {
      void writer?.failed.then(listener);
    },
    async close() {
      closing = true;
      // The last connection to close folds the log into the file, and only the writer's may.
      connection.close();
      await writer?.close();
    },
  };
}

/** Long curves of a store from before there were blocks get theirs one by one, between other writes. One that fails waits for the next start. */
async function indexCurves(writer: Pick<Store, "write">, closing: () => boolean): Promise<void> {
  try {
    while (!closing() && !(await writer.write("metric.index", null)).done);
  } catch {
    // A writer that failed has said so to everybody who writes something of their own.
  }
}

/** The store's own `.gitignore` comes first: nothing of it is ever committed by accident. */
function prepareFolder(dir: string): void {
  mkdirSync(dir, { recursive: true });
  const ignore = join(dir, ".gitignore");
  // A full disk may have left it empty.
  if ((statSync(ignore, { throwIfNoEntry: false })?.size ?? 0) === 0) writeFileSync(ignore, "*\n");
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Migrates the store; says in words why it must not be written, or null. */
function bringUpToDate(file: string): string | null {
  const db = openWritable(file);
  try {
    refuseForeign(db, file);
    if (storeVersion(db) > latestVersion()) return newerStore(file, storeVersion(db), latestVersion()).message;
    migrate(db);
    return null;
  } catch (error) {
    // Without a whole copy of it nothing is changed in it.
    const said = unreadable(error, file);
    if (!(said instanceof TouchstoneError) || said.shape.code !== "STORE_CORRUPT") throw error;
    return `${said.shape.message} It is read as far as that goes, not written. ${said.shape.hint ?? ""}`;
  } finally {
    db.close();
  }
}

function openWritable(file: string): Db {
  try {
    return openConnection(file, "write");
  } catch (error) {
    throw unreadable(error, file);
  }
}

/** Our schema has no trigger: one in a store that came with a folder would act on our writes. */
function refuseForeign(db: Db, file: string): void {
  const found = db.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'trigger' LIMIT 1").get();
  if (!found) return;
  throw new TouchstoneError({
    code: "STORE_FOREIGN",
    message: `The store in this folder holds a trigger (${found.name}) that Touchstone did not make, so it is not opened.`,
    file,
    hint: "Somebody may have planted it. Remove the .touchstone folder, or open it with a tool of your own.",
  });
}
