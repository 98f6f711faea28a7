import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync, realpathSync } from "node:fs";
import { readdir, realpath, rename, rm, stat, statfs, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { ImportProblem } from "../api/importers.ts";
import { TouchstoneError, type ErrorShape, type Progress } from "../api/tokens.ts";
import { PrivateFolder } from "../life/private.ts";
import { OWN_VERSION } from "../life/version.ts";
import { entryPath } from "../platform/entries.ts";
import { ownEnvironment } from "../platform/environment.ts";
import { bundlesBase, privateBase } from "../platform/paths.ts";
import { isAlive } from "../platform/processes.ts";
import { ensurePrivateFolder } from "../platform/sockets.ts";
import { isObject } from "./rows.ts";

/** A bundle that stands unpacked in a folder of the user's private one. */
export interface OpenedBundle {
  /** The folder of its store. */
  readonly folder: string;
  /** The file's name. */
  readonly name: string;
  readonly file: string;
  readonly runs: number;
  /** What of it could not be read, the first ones. */
  readonly problems: readonly ImportProblem[];
}

/** What the process that unpacks says, a line each. */
export type UnpackLine = { readonly progress: Progress } | { readonly done: { readonly runs: number; readonly problems: readonly ImportProblem[] } } | { readonly error: ErrorShape };

export interface OpenBundleOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** The engine's file; default: the one beside this code. */
  readonly enginePath?: string;
}

const MARK = "bundle.json";
/** The file that says of a folder that a bundle was unpacked there, written last; its time is when it was opened last. */
export const bundleMark = (folder: string): string => join(folder, MARK);
/** An unpacked bundle that nobody opened for so long goes. */
const KEPT_MS = 14 * 24 * 60 * 60 * 1000;
/** One that was left half unpacked, by a window that was killed. */
const LEFT_MS = 24 * 60 * 60 * 1000;

/** The bundle that a folder's store was unpacked from; null for a store of a person's own. Only what stands in the private folder is believed. */
export function bundleOf(folder: string): Omit<OpenedBundle, "folder"> | null {
  try {
    if (dirname(folder) !== realpathSync.native(bundlesBase())) return null;
    const said: unknown = JSON.parse(readFileSync(bundleMark(folder), "utf8"));
    if (!isObject(said)) return null;
    const { name, file, runs, problems } = said;
    // SAFETY: only `openBundle` writes there.
    return { name: String(name), file: String(file), runs: Number(runs), problems: Array.isArray(problems) ? (problems as ImportProblem[]) : [] };
  } catch {
    return null;
  }
}

/**
 * Makes a bundle readable as a store of its own, in the user's private folder: nothing is written where the bundle lies, nor into any
 * folder's store. A process of its own unpacks it, with the reader that takes bundles in; whatever goes wrong, nothing is left. Opened
 * again, it is there at once, while the file is as it was. Throws `BUNDLE_MISSING`, `BUNDLE_DAMAGED`, `BUNDLE_NEWER`, `DISK_FULL`,
 * `CANCELLED`.
 */
export async function openBundle(path: string, options: OpenBundleOptions = {}): Promise<OpenedBundle> {
  const file = await realpath(path).catch(() => null);
  const found = file === null ? null : await stat(file);
  if (file === null || found === null || !found.isFile()) throw new TouchstoneError({ code: "BUNDLE_MISSING", message: `${path} is no file.`, file: path });
  for (const folder of [privateBase(), bundlesBase()]) ensurePrivateFolder(folder);
  const base = realpathSync.native(bundlesBase());
  const folder = join(base, createHash("sha256").update(JSON.stringify([file, found.size, found.mtimeMs, found.ino, OWN_VERSION])).digest("hex").slice(0, 24));
  if (bundleOf(folder) === null) {
    // What is not needed any more makes room first.
    await forget(base);
    await refuseTooLarge(file, found.size, base);
    await unpacked(file, folder, options);
  }
  await tidyBundles(folder);
  const bundle = bundleOf(folder);
  if (bundle === null) throw new TouchstoneError({ code: "BUNDLE_MISSING", message: `${basename(file)} was unpacked, but what was unpacked is gone.`, file });
  return { folder, ...bundle };
}

/** Notes that a store is in use, where it is an opened bundle's, and removes those that nobody opened for weeks. Each engine does so as it starts. */
export async function tidyBundles(folder: string): Promise<void> {
  const base = await realpath(bundlesBase()).catch(() => null);
  if (base === null) return;
  const now = new Date();
  if (dirname(folder) === base) await utimes(bundleMark(folder), now, now);
  await forget(base);
}

/** Contents lie in a bundle as they are, so that they take as much again; what its records take is not known before they are read. */
async function refuseTooLarge(file: string, size: number, base: string): Promise<void> {
  const { bavail, bsize } = await statfs(base);
  const free = bavail * bsize;
  if (size < free) return;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  throw new TouchstoneError({
    code: "DISK_FULL",
    message: `${basename(file)} takes ${gigabytes(size)} GB or more when it is opened, and ${gigabytes(free)} GB are free in ${base}.`,
    file,
    hint: "Free some space there, or take its runs into a folder on another disk: Take In Bundle….",
  });
}

/** Whole or not at all: it gets its name once everything is on the disk. */
async function unpacked(file: string, folder: string, options: OpenBundleOptions): Promise<void> {
  const temporary = `${folder}.${randomUUID().slice(0, 8)}.part`;
  try {
    const { runs, problems } = await unpack(file, temporary, options);
    await writeFile(bundleMark(temporary), JSON.stringify({ name: basename(file), file, runs, problems }));
    await rename(temporary, folder).catch((error: unknown) => {
      // Another window was first.
      if (bundleOf(folder) === null) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function unpack(file: string, folder: string, { signal, onProgress, enginePath = entryPath("engine") }: OpenBundleOptions): Promise<{ readonly runs: number; readonly problems: readonly ImportProblem[] }> {
  const child = spawn(process.execPath, [enginePath, "--folder", folder, "--unpack", file], { cwd: homedir(), env: ownEnvironment(), stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  const closed = once(child, "close");
  const stop = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted === true) stop();
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words = `${words}${text}`.slice(-2_000)));
  let last: UnpackLine | null = null;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      // SAFETY: the process is our own; what it says are these lines.
      const said = JSON.parse(line) as UnpackLine;
      if ("progress" in said) onProgress?.(said.progress);
      else last = said;
    }
    await closed;
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
  if (signal?.aborted === true) throw new TouchstoneError({ code: "CANCELLED", message: "Cancelled." });
  if (last !== null && "done" in last) return last.done;
  throw new TouchstoneError(last !== null && "error" in last ? last.error : { code: "BUNDLE_DAMAGED", message: `${basename(file)} could not be unpacked${words === "" ? "" : `: ${words.trim().split("\n").at(-1)}`}.`, file });
}

/** Removes what was unpacked long ago, with what the engines that read it kept; not one that is being read. */
async function forget(base: string): Promise<void> {
  const now = Date.now();
  for (const name of await readdir(base)) {
    const folder = join(base, name);
    const opened = await stat(bundleMark(folder)).catch(() => null);
    const since = now - ((opened ?? (await stat(folder).catch(() => null)))?.mtimeMs ?? now);
    if (since < (opened === null ? LEFT_MS : KEPT_MS)) continue;
    const own = new PrivateFolder(folder);
    const engine = own.address();
    if (engine !== null && isAlive(engine.pid, engine.pidStart)) continue;
    await removeOpened(folder);
  }
}

/** Removes what a bundle was unpacked to, with what the engines that read it kept. At once it is no bundle's any more, so that nobody opens half of one. */
export async function removeOpened(folder: string): Promise<void> {
  // Known by the folder's real path, which a folder that is gone has not.
  const own = new PrivateFolder(folder).path;
  const going = `${folder}.${randomUUID().slice(0, 8)}.part`;
  await rename(folder, going);
  await rm(going, { recursive: true, force: true, maxRetries: 5 });
  await rm(own, { recursive: true, force: true });
}
