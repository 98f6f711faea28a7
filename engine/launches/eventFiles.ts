import { appendFile, readFile } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { walk } from "../importers/bytes/walk.ts";
import { openForWriting } from "../platform/openFiles.ts";
import type { LaunchFiles, RequestFile } from "./files.ts";

const NEARBY = { depth: 3, entries: 2_000 };
/** A file's name has whole seconds, and its writer may have begun within the last one. */
const SLACK_MS = 2_000;

/**
 * Event files that a launch's processes write without the bootstrap seeing it, as TensorFlow's writer (C++) does: each is named in
 * events.jsonl, as the bootstrap names those that Python opens. On Linux a file is seen while a process has it open, and then those
 * of the same launch beside it, which may come and go between two looks; elsewhere files below the working folder are looked at.
 */
export class EventFiles {
  readonly #events: string;
  readonly #request: Promise<Pick<RequestFile, "cwd" | "start"> | null>;
  readonly #named = new Set<string>();
  readonly #pids = new Set<string>();
  readonly #roots = new Set<string>();

  constructor(files: Pick<LaunchFiles, "events" | "request">) {
    this.#events = files.events;
    this.#request = requestOf(files.request);
    if (process.platform !== "linux") void this.#request.then((request) => request && this.#roots.add(request.cwd));
  }

  /** Looks at what the processes have open now. */
  async look(pids: readonly number[]): Promise<void> {
    const request = await this.#request;
    if (request === null) return;
    const found = new Set<string>();
    for (const pid of pids) {
      this.#pids.add(String(pid));
      for (const path of openForWriting(pid)) if (isOfLaunch(path, request.start, null)) found.add(path);
    }
    for (const path of found) {
      const folder = dirname(path);
      this.#roots.add(folder.startsWith(request.cwd + sep) ? dirname(folder) : folder);
    }
    await this.#name([...found]);
    await this.last();
  }

  /** What was written beside known files, also by processes that are gone. */
  async last(): Promise<void> {
    const start = (await this.#request)?.start;
    if (start === undefined) return;
    for (const root of this.#roots) {
      const { files } = await walk(root, NEARBY, (path) => isOfLaunch(path, start, this.#pids));
      await this.#name(files.map((file) => join(root, file)));
    }
  }

  async #name(paths: readonly string[]): Promise<void> {
    const fresh = paths.filter((path) => !this.#named.has(path));
    if (fresh.length === 0) return;
    for (const path of fresh) this.#named.add(path);
    const lines = fresh.map((path) => `${JSON.stringify({ k: "source", t: Date.now(), path, start: 0 })}\n`);
    // A full disk must not end the training.
    await appendFile(this.#events, lines.join("")).catch(() => fresh.forEach((path) => this.#named.delete(path)));
  }
}

/** By its name: `events.out.tfevents.<seconds>.<host>[.<pid>.<number>…]`, begun since the launch, by one of these processes where it says so. */
function isOfLaunch(path: string, start: number, pids: ReadonlySet<string> | null): boolean {
  const [, seconds, rest = ""] = /\btfevents\.(\d{10})(\..*)?$/.exec(basename(path)) ?? [];
  if (seconds === undefined || Number(seconds) * 1000 < start - SLACK_MS) return false;
  const pid = /\.(\d+)\.\d+(\.v2)?$/.exec(rest)?.[1];
  // So /proc says that a file is gone.
  if (rest.endsWith(" (deleted)")) return false;
  return pids === null || (pid !== undefined && pids.has(pid));
}

async function requestOf(file: string): Promise<Pick<RequestFile, "cwd" | "start"> | null> {
  try {
    // SAFETY: the engine wrote it before it started this process.
    return JSON.parse(await readFile(file, "utf8")) as RequestFile;
  } catch {
    return null;
  }
}
