import { existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { PrivateFolder } from "../life/private.ts";
import { processStart } from "../platform/processes.ts";

const PLACE = ".touchstone";
const UNPACKING = ".touchstone.restoring-";
/** What a note may name, relative to the folder. */
const FROM = /^\.touchstone(\.restoring-[\w-]+[/\\]\.touchstone|-before-[\w-]+)$/;
const KEPT = /^\.touchstone-before-[\w-]+$/;

/** Two stores of a folder that change places: the one in `from` (relative) is to be the folder's, which is kept as `kept`. */
export interface Exchange {
  readonly from: string;
  readonly kept: string;
}

/**
 * Two renames, and a note in the private folder around them: whoever is killed between the two leaves no store under its name, and
 * the next engine goes on from the note. For who holds the folder's lock. Throws what the system says; then all stands where it stood.
 */
export async function exchange(folder: string, { from, kept }: Exchange): Promise<void> {
  const [place, note] = [join(folder, PLACE), noteOf(folder)];
  writeFileSync(`${note}.new`, JSON.stringify({ from, kept }), { mode: 0o600, flush: true });
  renameSync(`${note}.new`, note);
  try {
    await rename(place, join(folder, kept));
    try {
      await rename(join(folder, from), place);
    } catch (error) {
      await rename(join(folder, kept), place);
      throw error;
    }
  } finally {
    // Neither in its place: the next engine tries again.
    if (existsSync(place)) rmSync(note, { force: true });
    await removeUnpacked(folder, from);
  }
}

/** Finishes the exchange that a killed engine left half done, or takes it back where its other store is gone. Call before a store is opened or made. */
export function finishExchange(folder: string): void {
  const note = noteOf(folder);
  const exchange = readNote(note);
  if (exchange === null) return;
  const [place, from, kept] = [join(folder, PLACE), join(folder, exchange.from), join(folder, exchange.kept)];
  // It was answered: also where not even the first rename was done.
  if (existsSync(place) && isFolder(from) && !existsSync(kept)) renameSync(place, kept);
  if (!existsSync(place) && isFolder(kept)) renameSync(isFolder(from) ? from : kept, place);
  rmSync(note, { force: true });
}

/** A name for `mkdtemp` that says whose folder it is, so that another process knows when nobody works in it any more. */
export function unpackingPrefix(folder: string): string {
  return join(folder, `${UNPACKING}${ownerOf(process.pid, processStart(process.pid))}-`);
}

/** Removes what processes of this machine that are gone left half unpacked, or unpacked for nothing. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const [, owner, pid] = /^\.touchstone\.restoring-(\w{8}-(\d+)-\w{8})-/.exec(entry.name) ?? [];
    if (!entry.isDirectory() || owner === undefined || owner.slice(0, 8) !== short(hostname())) continue;
    if (ownerOf(Number(pid), processStart(Number(pid))) !== owner) await rm(join(folder, entry.name), { recursive: true, force: true });
  }
}

async function removeUnpacked(folder: string, from: string): Promise<void> {
  if (from.startsWith(UNPACKING)) await rm(join(folder, dirname(from)), { recursive: true, force: true });
}

function ownerOf(pid: number, start: string | null): string {
  return `${short(hostname())}-${pid}-${short(start ?? "")}`;
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

function noteOf(folder: string): string {
  return join(new PrivateFolder(folder).path, "exchange.json");
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function readNote(file: string): Exchange | null {
  try {
    const note: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof note !== "object" || note === null || !("from" in note) || !("kept" in note)) return null;
    const { from, kept } = note;
    return typeof from === "string" && typeof kept === "string" && FROM.test(from) && KEPT.test(kept) ? { from, kept } : null;
  } catch {
    return null;
  }
}
