import { closeSync, readFileSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import { isLaunchId } from "../launches/files.ts";
import { openPlain, plainSize } from "../platform/filesystems.ts";

/** The name of the file that makes a folder one. */
export const MANIFEST = "offline.json";
const FORMAT = "touchstone-offline";
const MOST_BYTES = 64 * 1024 * 1024;
/** How deep folders are looked for, and how many are looked into. */
const DEPTH = 4;
const MOST_FOLDERS = 5_000;

/** offline.json: what was known before the run began. Every field is somebody else's word. */
export interface Manifest {
  readonly id: string;
  readonly runId: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** What paths were relative to on that machine. */
  readonly folder: string;
  readonly script: string | null;
  readonly name: string;
  readonly experiment: string;
  readonly user: string | null;
  readonly start: number;
}

/** @throws TouchstoneError `OFFLINE_FOLDER`: what is wrong with it. */
export function readManifest(folder: string): Manifest {
  const file = join(folder, MANIFEST);
  const bad = (why: string): TouchstoneError => new TouchstoneError({ code: "OFFLINE_FOLDER", message: `This run cannot be taken in: ${why}.`, file });
  const value = readObject(file);
  if (value === null) throw bad("the file is no JSON object");
  if (value["format"] !== FORMAT) throw bad("it says of no run that was recorded offline");
  if (value["version"] !== 1) throw bad("it was written by a newer Touchstone; update this one");
  const { id, runId, command, start, script } = value;
  if (typeof id !== "string" || !isLaunchId(id) || typeof runId !== "string" || !/^[0-9a-f]{32}$/.test(runId)) throw bad("its ids are none");
  if (!Array.isArray(command) || command.length === 0 || !command.every((word) => typeof word === "string")) throw bad("its command is no list of words");
  if (typeof start !== "number" || !Number.isSafeInteger(start) || start < 0) throw bad("its start is no time");
  const text = (given: unknown): string => (typeof given === "string" ? given.slice(0, 1000) : "");
  return {
    id,
    runId,
    command,
    cwd: text(value["cwd"]),
    folder: text(value["folder"]),
    script: typeof script === "string" && isInner(script) ? script : null,
    name: text(value["name"]),
    experiment: text(value["experiment"]),
    user: typeof value["user"] === "string" ? value["user"] : null,
    start,
  };
}

/** A JSON object of a folder that anybody may have made; null where it is none. */
export function readObject(file: string): Readonly<Record<string, unknown>> | null {
  const handle = plainSize(file) > MOST_BYTES ? null : openPlain(file);
  if (handle === null) return null;
  try {
    const value: unknown = JSON.parse(readFileSync(handle, "utf8"));
    return isObject(value) ? value : null;
  } catch {
    return null;
  } finally {
    closeSync(handle);
  }
}

/** True for an object that is no list: its fields read as unknown values by name. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A path that stays where it is put. */
export function isInner(path: string): boolean {
  return path !== "" && path.length <= 4000 && !isAbsolute(path) && !/[\\\0]/.test(path) && !path.split("/").some((part) => part === ".." || part === "");
}

/** Folders with runs under a path, itself included; links are not followed. */
export async function findOfflineFolders(path: string, depth = DEPTH): Promise<string[]> {
  const found: string[] = [];
  let looked = 0;
  const visit = async (folder: string, left: number): Promise<void> => {
    if (looked++ >= MOST_FOLDERS) return;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    if (entries.some(({ name }) => name === MANIFEST) && (await lstat(join(folder, MANIFEST))).isFile()) {
      found.push(folder);
      return;
    }
    if (left === 0) return;
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith(".") && !["node_modules", "site-packages", "__pycache__", "venv"].includes(entry.name)) await visit(join(folder, entry.name), left - 1);
    }
  };
  await visit(path, depth);
  return found.sort();
}
