import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { link, mkdir, open, readdir, rename } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { BackupAbout, BackupReport } from "../api/storage.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { diskFull, isDiskFull } from "../platform/diskFull.ts";
import { BackupFile, PIECE_BYTES, copyDatabase } from "../store/backupFile.ts";
import { latestVersion } from "../store/migrations.ts";
import { openStore } from "../store/store.ts";
import { makeStaging, removeStagings } from "./staging.ts";

/** The database within a backup and within a store's folder. */
export const DATABASE = "touchstone.db";

/** @param artifactRoot where `serve --artifact-root` keeps artifacts; null for in the store. */
export interface BackupOptions {
  readonly folder: string;
  readonly file: string;
  readonly artifactRoot: string | null;
  readonly version: string;
  /** True: a file of this name may go, once the backup is whole. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  progress(done: number, total: number): void;
}

/** What a backup says of itself, and the bytes of its files. Throws `BACKUP_FOREIGN`. */
export function readAbout(file: string): BackupAbout & { readonly bytes: number } {
  const backup = BackupFile.open(file);
  try {
    return { ...backup.about(), bytes: backup.bytes() };
  } finally {
    backup.close();
  }
}

/**
 * Copies a store into one file while it is in use: the database as it is at one moment, every content that it refers to, and the launches'
 * logs. What is written meanwhile is in the next backup. The trees of links, caches and older backups are made anew or left out.
 * Throws `FILE_EXISTS`, `BACKUP_PLACE`, `STORE_MISSING`, `DISK_FULL`, `CANCELLED`; then nothing is left. What a killed one left goes with the next one, or with the
 * store's next engine.
 */
export async function backUpStore({ folder, file, artifactRoot, version, replace = false, signal, progress }: BackupOptions): Promise<BackupReport> {
  if (existsSync(file) && !replace) throw taken(file);
  const dir = join(folder, ".touchstone");
  // Of a mistyped path the folder would be made too, and nobody would find the backup again.
  if (statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory() !== true) throw unwritable(file, "There is no folder for the backup here.", "Make it first, or name a place that is there: a backup makes no folders.");
  await removeStagings(folder);
  const staging = await makeStaging(folder, file).catch((error: unknown) => {
    throw isDiskFull(error) ? diskFull(file) : unwritable(file, `The backup cannot be written: ${error instanceof Error ? error.message : String(error)}`, "Choose another place; nothing was written.");
  });
  const [partial, snapshot] = [join(staging.path, "backup"), join(staging.path, ".touchstone", DATABASE)];
  try {
    await mkdir(dirname(snapshot));
    copyDatabase(join(dir, DATABASE), snapshot);
    // The snapshot's own index says which contents belong to it.
    const store = await openStore({ folder: staging.path, readOnly: true });
    const [digests, runs] = [store.read.artifacts.digests(), store.read.runs.count()];
    await store.close();
    const backup = BackupFile.create(partial);
    const sums = { files: 0, bytes: 0 };
    const missing: string[] = [];
    const add = async (path: string, from: string): Promise<void> => {
      if (signal?.aborted === true) throw new TouchstoneError({ code: "CANCELLED", message: "Cancelled." });
      const bytes = await addFile(backup, path, from);
      if (bytes === null) {
        missing.push(path);
        return;
      }
      sums.files++;
      sums.bytes += bytes;
    };
    try {
      await add(DATABASE, snapshot);
      const logs = await filesUnder(join(dir, "launches"));
      const total = 1 + logs.length + digests.size;
      for (const path of logs) {
        await add(`launches/${path}`, join(dir, "launches", path));
        progress(sums.files, total);
      }
      const blobs = join(artifactRoot ?? join(dir, "artifacts"), "blobs");
      for (const digest of [...digests].sort()) {
        const hex = digest.slice("sha256:".length);
        await add(`artifacts/blobs/${hex.slice(0, 2)}/${hex}`, join(blobs, hex.slice(0, 2), hex));
        progress(sums.files, total);
      }
      const about = { created: Date.now(), version, schema: latestVersion(), runs, missing };
      backup.finish(about);
      backup.close();
      await sync(partial);
      await (replace ? rename(partial, file) : name(partial, file));
      return { ...about, ...sums };
    } finally {
      backup.close();
    }
  } catch (error) {
    throw isDiskFull(error) ? diskFull(file) : error;
  } finally {
    await staging.remove();
  }
}

/** Gives the whole backup its name, unless another file has got that meanwhile. */
async function name(partial: string, file: string): Promise<void> {
  try {
    await link(partial, file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") throw taken(file);
    // A file system without links.
    await rename(partial, file);
  }
}

function unwritable(file: string, message: string, hint: string): TouchstoneError {
  return new TouchstoneError({ code: "BACKUP_PLACE", message, file, hint });
}

function taken(file: string): TouchstoneError {
  return new TouchstoneError({ code: "FILE_EXISTS", message: `${file} is there already.`, file, hint: "A backup never replaces another file: name a new one." });
}

/** Adds a file as far as it is there; a log may grow meanwhile, a content may be damaged (`doctor` says so). Null where it is gone. */
async function addFile(backup: BackupFile, path: string, from: string): Promise<number | null> {
  const handle = await open(from, "r").catch(() => null);
  if (handle === null) return null;
  try {
    const hash = createHash("sha256");
    const piece = Buffer.alloc(PIECE_BYTES);
    let bytes = 0;
    for (let number = 0; ; number++) {
      const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES);
      if (bytesRead === 0) break;
      const content = piece.subarray(0, bytesRead);
      hash.update(content);
      bytes += bytesRead;
      backup.addPiece(path, number, content);
    }
    backup.addFile({ path, bytes, digest: `sha256:${hash.digest("hex")}` });
    return bytes;
  } finally {
    await handle.close();
  }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, "r+");
  await handle.sync();
  await handle.close();
}

/** Plain files, relative, with `/`. Links are left where they are. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isFile() ? [relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/")] : [])).sort();
}
