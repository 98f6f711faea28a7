import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BackupReport } from "../api/storage.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { artifactPath } from "../artifacts/paths.ts";
import { diskFull, isDiskFull } from "../platform/diskFull.ts";
import { type BackupEntry, BackupFile } from "../store/backupFile.ts";
import { openStore } from "../store/store.ts";
import { DATABASE } from "./backup.ts";
import { unpackingPrefix } from "./exchange.ts";

/** A store of a backup, whole, that waits to be put in its place; whoever asked for it removes `staging`. */
export interface Unpacked {
  /** A folder that holds it as `.touchstone`. */
  readonly staging: string;
  readonly report: BackupReport;
}

/**
 * Makes a store of a backup beside where it belongs. Every file is compared with its digest.
 * Throws `BACKUP_FOREIGN`, `BACKUP_DAMAGED`, `DISK_FULL`, `CANCELLED`; then the folder is as it was.
 */
export async function unpackBackup(file: string, folder: string, progress: (done: number, total: number) => void, signal?: AbortSignal): Promise<Unpacked> {
  const backup = BackupFile.open(file);
  let staging: string | null = null;
  try {
    staging = await mkdtemp(unpackingPrefix(folder));
    const files = backup.files();
    let bytes = 0;
    for (const [i, entry] of files.entries()) {
      if (signal?.aborted === true) throw new TouchstoneError({ code: "CANCELLED", message: "Cancelled." });
      await write(backup, entry, join(staging, ".touchstone", safe(entry.path, file)), file);
      bytes += entry.bytes;
      progress(i + 1, files.length);
    }
    // Before it stands in its place: a database that cannot be opened is no store.
    await showTrees(staging);
    return { staging, report: { ...backup.about(), files: files.length, bytes } };
  } catch (error) {
    if (staging !== null) await rm(staging, { recursive: true, force: true });
    throw isDiskFull(error) ? diskFull(folder) : error;
  } finally {
    backup.close();
  }
}

/** Makes a store of a backup in a folder that has none. Throws as `unpackBackup`, and `STORE_EXISTS`; then the folder is as it was. */
export async function restoreStore(file: string, folder: string, progress: (done: number, total: number) => void): Promise<BackupReport> {
  const dir = join(folder, ".touchstone");
  if (existsSync(dir)) throw new TouchstoneError({ code: "STORE_EXISTS", message: `${folder} has a store already.`, file: dir, hint: "Restore into another folder, or move that store away first." });
  const { staging, report } = await unpackBackup(file, folder, progress);
  try {
    await rename(join(staging, ".touchstone"), dir);
    return report;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function write(backup: BackupFile, { path, bytes, digest }: BackupEntry, target: string, file: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const handle = await open(target, "wx", path.startsWith("artifacts/") ? 0o444 : 0o644);
  const hash = createHash("sha256");
  let written = 0;
  try {
    for (const piece of backup.pieces(path)) {
      hash.update(piece);
      written += piece.length;
      await handle.write(piece);
    }
  } catch (error) {
    // The file around the contents is damaged.
    throw error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_CORRUPT") ? damaged(file, path) : error;
  } finally {
    await handle.close();
  }
  if (written !== bytes || `sha256:${hash.digest("hex")}` !== digest) throw damaged(file, path);
}

/** The trees of links that people and other tools open are made anew; the store is brought up to date on the way. */
async function showTrees(folder: string): Promise<void> {
  const store = await openStore({ folder });
  try {
    await createArtifacts(store).showAll();
  } finally {
    await store.close();
  }
}

/** Somebody may have planted a backup. */
function safe(path: string, file: string): string {
  try {
    if (path === DATABASE || /^(launches|artifacts\/blobs)\//.test(path)) return artifactPath(path);
  } catch {
    // As any other.
  }
  throw damaged(file, path);
}

function damaged(file: string, path: string): TouchstoneError {
  return new TouchstoneError({ code: "BACKUP_DAMAGED", message: `${path} in this backup is damaged, so nothing was restored.`, file, hint: "Take an older backup." });
}
