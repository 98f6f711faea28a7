import { closeSync, fstatSync, fsync, openSync, readSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { TouchstoneError } from "../api/tokens.ts";
import { itemShard } from "../items/key.ts";
import { openToAppend } from "./appendFile.ts";
import { encodeVote, type Vote } from "./vote.ts";

const synced = promisify(fsync);

/** Where a vote stands below `votes/`, with `/`: one of 256 files of its annotator, by the item's key. */
export function votePath(by: string, item: string): string {
  return `${by}/${itemShard(item)}.jsonl`;
}

/** Identifies a state of a file: differs when anyone else wrote it or put another one in its place. */
export function fileStamp(stats: { readonly size: number; readonly mtimeMs: number; readonly ino: number }): string {
  return `${stats.size}:${stats.mtimeMs}:${stats.ino}`;
}

/**
 * Appends a vote and resolves once it is on disk, with the file's stamps before and after. The file is opened for each vote: git may have put another file in
 * its place since the last one, and a kept handle would write into the old one. A last line that a crash cut off is
 * ended first, so that it spoils no other.
 */
export async function appendVote(votesDir: string, vote: Vote): Promise<{ readonly before: string | null; readonly after: string }> {
  const path = join(votesDir, votePath(vote.by, vote.item));
  try {
    // Each of these takes microseconds; as promises every one would wait for a thread of its own. Only the disk is waited for.
    const { file, madeFrom } = openToAppend(votesDir, votePath(vote.by, vote.item));
    try {
      const before = fstatSync(file);
      const { size } = before;
      const prefix = size > 0 && !endsWithNewline(file, size) ? "\n" : "";
      const line = Buffer.from(`${prefix}${encodeVote(vote)}\n`, "utf8");
      const written = writeSync(file, line);
      if (written !== line.length) throw new Error(`only ${written} of ${line.length} bytes were written`);
      await Promise.all([synced(file), size === 0 ? syncFolders(dirname(path), madeFrom ? dirname(madeFrom) : dirname(path)) : null]);
      return { before: size === 0 ? null : fileStamp(before), after: fileStamp(fstatSync(file)) };
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new TouchstoneError({
      code: "VOTE_NOT_SAVED",
      message: `The answer was not saved: ${cause instanceof Error ? cause.message : String(cause)}.`,
      file: path,
      hint: "Make room or make the folder writable, then answer again; nothing that was saved is lost.",
    });
  }
}

function endsWithNewline(file: number, size: number): boolean {
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}

/** A new file is safe only when the folders that name it are. Windows has no such call and needs none. */
async function syncFolders(from: string, upTo: string): Promise<void> {
  if (process.platform === "win32") return;
  const folders: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    folders.push(folder);
    if (folder === upTo || folder === dirname(folder)) break;
  }
  await Promise.all(folders.map(syncFolder));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = openSync(folder, "r");
  try {
    await synced(handle);
  } finally {
    closeSync(handle);
  }
}
