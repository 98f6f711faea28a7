import { existsSync, realpathSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, isAbsolute, join, resolve, sep } from "node:path";
import type { FoundSource, ImportedSource, ImportFormat, ImportResult } from "../api/importers.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { PrivateFolder } from "../life/private.ts";
import type { Store } from "../store/store.ts";
import { findSources, type Found, type Recognised } from "./find.ts";
import { follow, type Follower } from "./follow.ts";
import { runJob, sourceName } from "./job.ts";
import { QUIET_MS } from "../store/operations/imports.ts";
import { whyNoMetrics } from "./csv/files.ts";
import { passedOverText } from "./passedOver.ts";
import { readers } from "./readers.ts";
import type { ImportThread } from "./thread.ts";

export interface ImportersOptions {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly thread: ImportThread;
  readonly log: (message: string) => void;
  /** Where this user's wish to follow a source outside of the folder is kept: a store may have come with a folder, and must not make the engine read elsewhere. */
  readonly outside: Pick<PrivateFolder, "followedOutside" | "keepFollowedOutside">;
  /** Told when a followed source had something new. */
  readonly onFollowed: (result: ImportResult) => void;
}

interface Wanted {
  readonly path: string;
  readonly format?: ImportFormat;
}

/** What other trackers wrote, taken into one store. */
export class Importers {
  readonly #options: ImportersOptions;
  /** One import of a source at a time. */
  readonly #busy = new Map<string, Promise<unknown>>();
  readonly #followers = new Map<string, Follower>();

  constructor(options: ImportersOptions) {
    this.#options = options;
  }

  /** What lies at a path and below it; files that were imported once need no telling that they were passed over. */
  async find(path: string): Promise<{ readonly sources: readonly FoundSource[]; readonly passedOver: readonly string[] }> {
    const { sources, passedOver } = await this.#look(path);
    const known = new Set(this.sources().map((one) => one.path));
    return { sources: sources.map(shownOf), passedOver: passedOver.filter((file) => !known.has(file)) };
  }

  /** @throws TouchstoneError `IMPORT_NOTHING`, `IMPORT_AMBIGUOUS`, `CANCELLED`, and why nothing of the source can be read. */
  async import(wanted: Wanted & { readonly follow?: boolean }, signal: AbortSignal, progress: (progress: Progress) => void): Promise<ImportResult> {
    const found = await this.#one(wanted);
    const result = await this.#run(found, { quick: false, live: wanted.follow ?? this.#followers.has(keyOf(found)) }, signal, progress);
    if (wanted.follow !== undefined) await this.follow({ path: found.detected.path, format: found.reader.format, follow: wanted.follow });
    return { ...result, follow: this.#followers.has(keyOf(found)) };
  }

  sources(): ImportedSource[] {
    const { store } = this.#options;
    return store.read.sources.all().flatMap(({ path, format, ...row }) => {
      const reader = readers.find((one) => one.format === format);
      const absolute = isAbsolute(path) ? path : join(store.folder, path);
      return reader ? [{ ...row, format: reader.format, title: reader.title, path: absolute, present: existsSync(absolute), follow: row.follow && this.#mayFollow(absolute, format) }] : [];
    });
  }

  async follow({ path, format, follow: wanted }: { readonly path: string; readonly format: ImportFormat; readonly follow: boolean }): Promise<void> {
    const { store, outside } = this.#options;
    const key = nameOf(format, path);
    const kept = outside.followedOutside();
    const keep = wanted && !isUnder(store.folder, path);
    if (keep !== kept.has(key)) outside.keepFollowedOutside(new Set(keep ? [...kept, key] : [...kept].filter((one) => one !== key)));
    await store.write("import.follow", { path: sourceName(store.folder, path), format, follow: wanted, time: Date.now() });
    if (wanted) this.#begin(path, format);
    else {
      this.#end(key);
      await this.#settle(path, format, Date.now());
    }
  }

  /** Goes on with the sources that were followed when the engine left; outside of the folder only with those that this user asked for. */
  resume(): void {
    if (this.#options.store.readOnly) return;
    for (const { path, format, follow: followed } of this.sources()) if (followed) this.#begin(path, format);
  }

  close(): void {
    for (const key of this.#followers.keys()) this.#end(key);
  }

  #mayFollow(path: string, format: string): boolean {
    return isUnder(this.#options.store.folder, path) || this.#options.outside.followedOutside().has(nameOf(format, path));
  }

  #begin(path: string, format: ImportFormat): void {
    const key = nameOf(format, path);
    if (this.#followers.has(key)) return;
    const reader = readers.find((one) => one.format === format);
    if (!reader) return;
    const look = async (signal: AbortSignal): Promise<void> => {
      await this.#settle(path, format, Date.now() - QUIET_MS);
      // A link may stand there by now.
      if (!this.#mayFollow(path, format)) return;
      const detected = await reader.detect(path);
      // Away for now: an unmounted disk, a folder that was moved.
      if (!detected) return;
      const result = await this.#run({ reader, detected }, { quick: true, live: true }, signal, () => undefined);
      if (Object.values(result.added).some((count) => count > 0)) this.#options.onFollowed({ ...result, follow: true });
    };
    this.#followers.set(key, follow(path, look, (message) => this.#options.log(`${basename(path)} is followed: ${message}`)));
  }

  #end(key: string): void {
    this.#followers.get(key)?.close();
    this.#followers.delete(key);
  }

  /** Runs that are taken for running and had no value since then are over. */
  async #settle(path: string, format: ImportFormat, before: number): Promise<void> {
    const { store } = this.#options;
    const name = sourceName(store.folder, path);
    if (store.read.sources.hasOpen(name, format)) await store.write("import.settle", { path: name, format, before });
  }

  #look(path: string): Promise<Found> {
    const { store } = this.#options;
    return findSources(path, { project: store.folder, own: new Set(store.read.launches.allSources()) });
  }

  /** The one source that is meant. */
  async #one({ path, format }: Wanted): Promise<Recognised> {
    const real = await realpath(path).catch(() => null);
    if (real === null) throw new TouchstoneError({ code: "IMPORT_NOTHING", message: "This path does not exist.", file: path });
    const { sources, passedOver } = await this.#look(real);
    const found = sources.filter(({ reader }) => format === undefined || reader.format === format);
    const [first] = found;
    if (!first) {
      throw new TouchstoneError({
        code: "IMPORT_NOTHING",
        message: (await whyNoMetrics(real)) ?? (format === undefined ? "Nothing here was written by a tracker that Touchstone knows." : `This is no source of the format ${format}.`),
        file: path,
        hint: passedOver.length > 0 ? passedOverText(passedOver, real) : `Known are: ${readers.map(({ title }) => title).join(", ")}. A CSV file is taken in where it is named itself.`,
      });
    }
    if (found.length > 1) {
      const names = found.map(({ reader, detected }) => `${reader.title} ${detected.path}`);
      throw new TouchstoneError({ code: "IMPORT_AMBIGUOUS", message: `${path} holds several: ${names.slice(0, 10).join(", ")}.`, file: path, hint: "Name one of them." });
    }
    return first;
  }

  async #run(found: Recognised, { quick, live }: { readonly quick: boolean; readonly live: boolean }, signal: AbortSignal, progress: (progress: Progress) => void): Promise<ImportResult> {
    const key = keyOf(found);
    const before = this.#busy.get(key) ?? Promise.resolve();
    const { store, artifacts, thread } = this.#options;
    const mine = before.catch(() => undefined).then(() => {
      if (signal.aborted) throw new TouchstoneError({ code: "CANCELLED", message: "Cancelled." });
      return runJob({ store, artifacts, thread, ...found, follow: quick, live, signal, progress });
    });
    this.#busy.set(key, mine);
    try {
      return { ...shownOf(found), ...(await mine), follow: false };
    } finally {
      if (this.#busy.get(key) === mine) this.#busy.delete(key);
    }
  }
}

function keyOf({ reader, detected }: Recognised): string {
  return nameOf(reader.format, detected.path);
}

function nameOf(format: string, path: string): string {
  return `${format}\0${path}`;
}

/** Whether a path lies in a folder, links followed; what is not there counts by its name. */
function isUnder(folder: string, path: string): boolean {
  const root = folder.endsWith(sep) ? folder : folder + sep;
  try {
    return realpathSync(path).startsWith(root);
  } catch {
    return resolve(path).startsWith(root);
  }
}

function shownOf({ reader, detected }: Recognised): FoundSource {
  return { format: reader.format, title: reader.title, path: detected.path };
}
