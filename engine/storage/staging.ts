import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { mkdir, rm, rmdir } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { PrivateFolder } from "../life/private.ts";
import { isAlive, processStart } from "../platform/processes.ts";

/** What a backup makes in its folder, and what SQLite may put beside that. */
const CONTENT = ["backup", "backup-journal", ".touchstone"];

/** Who makes a backup, and where until it is whole. */
interface Note {
  readonly staging: string;
  readonly host: string;
  readonly pid: number;
  readonly start: string | null;
}

/** A folder of a backup's own beside its file: a rename gives the backup its name there, and whatever else stands beside it is somebody's. */
export interface Staging {
  readonly path: string;
  remove(): Promise<void>;
}

/** Notes the folder in the private folder before it makes it, so that it is found when this process is killed. */
export async function makeStaging(folder: string, file: string): Promise<Staging> {
  const name = randomBytes(4).toString("hex");
  const staging = `${file}.${name}`;
  const notes = notesOf(folder);
  mkdirSync(notes, { recursive: true, mode: 0o700 });
  const note = join(notes, `${name}.json`);
  writeFileSync(note, JSON.stringify({ staging, host: hostname(), pid: process.pid, start: processStart(process.pid) } satisfies Note), { mode: 0o600, flush: true });
  try {
    await mkdir(staging);
  } catch (error) {
    await rm(note, { force: true });
    throw error;
  }
  return { path: staging, remove: () => remove(staging, note) };
}

/** Removes what backups of this store left whose process is gone. */
export async function removeStagings(folder: string): Promise<void> {
  const notes = notesOf(folder);
  for (const name of readNames(notes)) {
    const note = readNote(join(notes, name));
    if (note !== null && (note.host !== hostname() || isAlive(note.pid, note.start))) continue;
    if (note === null) await rm(join(notes, name), { force: true });
    // Where its drive is not there, a later one looks again.
    else if (existsSync(dirname(note.staging))) await remove(note.staging, join(notes, name));
  }
}

async function remove(staging: string, note: string): Promise<void> {
  if (lstatSync(staging, { throwIfNoEntry: false })?.isDirectory() === true) {
    for (const name of CONTENT) await rm(join(staging, name), { recursive: true, force: true });
    // Not what somebody put there.
    await rmdir(staging).catch(() => undefined);
  }
  await rm(note, { force: true });
}

function notesOf(folder: string): string {
  return join(new PrivateFolder(folder).path, "backups");
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readNote(file: string): Note | null {
  try {
    // SAFETY: `makeStaging` wrote it, into a folder that only this user enters; a torn one is no JSON.
    return JSON.parse(readFileSync(file, "utf8")) as Note;
  } catch {
    return null;
  }
}
