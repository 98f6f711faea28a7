import { randomUUID } from "node:crypto";
import { link, readFile, rm } from "node:fs/promises";
import { extname, isAbsolute, join } from "node:path";
import type { ComparedFileContent, DataSummary } from "../api/compare.ts";
import { isTable } from "../api/tables.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { Digests } from "../capture/digest.ts";
import type { Compute } from "../compute/compute.ts";
import { makeCacheFolder, writeCacheFile } from "../store/cacheFile.ts";
import type { Store } from "../store/store.ts";
import { letter, list } from "./letters.ts";
import { movedStatistics } from "./moved.ts";
import { summaryTask } from "./tasks.ts";

/** What a summary is made of by itself after a run; larger ones when a comparison asks. */
const MOST_BYTES = 64 * 1024 * 1024;

interface ContentServices {
  readonly folder: string;
  readonly store: Store;
  readonly compute: Compute;
  readonly artifacts: Pick<Artifacts, "blobs">;
}

/** Summaries of data files by their digest: kept in the cache, so that a file that the next run overwrites is still known. */
export class DataContents {
  readonly #services: ContentServices;
  readonly #digests: Digests;
  /** Summaries being made, by digest: two runs that read one content ask at once. */
  readonly #making = new Map<string, Promise<DataSummary | null>>();

  constructor(services: ContentServices) {
    this.#services = services;
    this.#digests = new Digests();
  }

  /** What a file of a run held; null where it is gone and no summary of it is kept. Throws where it cannot be read as a table. */
  async summary(path: string, digest: string, signal?: AbortSignal): Promise<DataSummary | null> {
    const file = join(this.#services.store.dir, "cache", "data", `${digest.replace(/[^0-9a-z]/gi, "-")}.json`);
    const kept = await readSummary(file);
    if (kept !== null) return kept;
    if (!isTable(path)) return null;
    // One that another request asked for may be cancelled with it; then it is made here.
    const other = await this.#making.get(digest)?.catch(() => null);
    if (other != null) return other;
    const made = this.#make(path, digest, file, signal);
    this.#making.set(digest, made);
    try {
      return await made;
    } finally {
      if (this.#making.get(digest) === made) this.#making.delete(digest);
    }
  }

  async #make(path: string, digest: string, file: string, signal?: AbortSignal): Promise<DataSummary | null> {
    const absolute = isAbsolute(path) ? path : join(this.#services.folder, path);
    if ((await this.#digests.measure(absolute, signal))?.digest === digest) return this.#made(absolute, file, signal);
    if (this.#services.store.readOnly) return null;
    await makeCacheFolder(file);
    // A blob has no ending that says what it is: for the reader it gets a second name.
    const named = file.replace(/\.json$/, `-${randomUUID()}${extname(path)}`);
    if (!(await link(this.#services.artifacts.blobs.path(digest), named).then(() => true, () => false))) return null;
    try {
      return await this.#made(named, file, signal);
    } finally {
      await rm(named, { force: true });
    }
  }

  async #made(path: string, file: string, signal?: AbortSignal): Promise<DataSummary> {
    const summary = await this.#services.compute.run(summaryTask, { path }, signal ? { signal } : {});
    if (this.#services.store.readOnly) return summary;
    await writeCacheFile(file, JSON.stringify(summary));
    return summary;
  }

  /** Keeps summaries of what a launch read, while the files are still what they were. */
  async keep(launchId: string): Promise<void> {
    const launch = this.#services.store.read.launches.byId(launchId);
    if (!launch || this.#services.store.readOnly) return;
    for (const { path, digest, bytes } of this.#services.store.read.launches.files(launch.launchKey, "input")) {
      if (digest !== null && isTable(path) && bytes !== null && bytes <= MOST_BYTES) await this.summary(path, digest).catch(() => null);
    }
  }

  /** What moved in each file that differs. */
  async compare(files: readonly { readonly name: string; readonly digests: readonly (string | null)[] }[], against: number, signal: AbortSignal): Promise<ComparedFileContent[]> {
    const found: ComparedFileContent[] = [];
    for (const { name, digests } of files) {
      if (!isTable(name)) continue;
      const sides = await Promise.all(digests.map(async (digest) => (digest === null ? null : this.summary(name, digest, signal).catch(() => null))));
      const gone = digests.flatMap((digest, i) => (digest !== null && sides[i] === null ? [letter(i)] : []));
      const note = gone.length === 0 ? null : `What ${list(gone)} read is no longer there, and no summary of it is kept: only digest and size are known.`;
      found.push({ ...movedStatistics(name, sides, against), note });
    }
    return found;
  }
}

async function readSummary(file: string): Promise<DataSummary | null> {
  try {
    const found: unknown = JSON.parse(await readFile(file, "utf8"));
    // SAFETY: a cache of this program; what does not look like one is made anew.
    return typeof found === "object" && found !== null && "rows" in found && "columns" in found && Array.isArray(found.columns) ? (found as DataSummary) : null;
  } catch {
    return null;
  }
}
