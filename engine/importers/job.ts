import { createReadStream } from "node:fs";
import { lstat, readFile, realpath } from "node:fs/promises";
import { basename, relative, sep } from "node:path";
import type { ImportAdded, ImportProblem } from "../api/importers.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import type { ArtifactOwner, Artifacts } from "../artifacts/artifacts.ts";
import type { ImportBatch, ImportWritten } from "../store/operations/imports.ts";
import type { Store } from "../store/store.ts";
import { isSecretFile } from "../capture/secrets.ts";
import { keepLaunchFile } from "./launchFiles.ts";
import { ownRuns, withoutRuns } from "./ownLogs.ts";
import type { Packed } from "./pack.ts";
import type { Detected, Reader } from "./reader.ts";
import type { ArtifactSource, FilePlace, OffsetSource } from "./records.ts";
import { isMasked, isText, maskedText, MOST_TEXT_BYTES } from "./secrets.ts";
import type { ImportThread } from "./thread.ts";

/** How the store names a source: relative to its folder where it lies under it, `/` between its parts. */
export function sourceName(folder: string, path: string): string {
  const inner = relative(folder, path);
  return (inner.startsWith("..") || inner === "" || /^([a-z]:|[\\/])/i.test(inner) ? path : inner).split(sep).join("/");
}

export interface JobOutcome {
  readonly runs: number;
  readonly here: number;
  readonly added: ImportAdded;
  readonly problems: readonly ImportProblem[];
  readonly problemCount: number;
}

export interface JobOptions {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly thread: ImportThread;
  readonly reader: Reader;
  readonly detected: Detected;
  /** The source is followed: what is over is not looked at again. */
  readonly follow: boolean;
  /** It is, or is about to be, followed: a run that says no end may go on. */
  readonly live: boolean;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/** A launch has a log and code, no artifacts. */
interface LaunchOwner {
  readonly kind: "launch";
  readonly id: string;
}

interface Waiting {
  readonly owner: ArtifactOwner | LaunchOwner;
  readonly name: string;
  readonly file: string;
  readonly within?: ArtifactSource["within"];
}

const PROBLEMS = 1_000;
/** Between two tellings of how far it is. */
const TELL_MS = 100;

/**
 * Reads a source once and stores what is new: values first, so that table and curves are there at once, then artifacts. Throws what the
 * reader throws where nothing can be read (then nothing is stored), `CANCELLED`, and the store's own errors.
 */
export async function runJob({ store, artifacts, thread, reader, detected, follow, live, signal, progress }: JobOptions): Promise<JobOutcome> {
  const source = { path: sourceName(store.folder, detected.path), format: reader.format, name: basename(detected.path), folder: store.folder.split(sep).join("/") };
  const confines = await realpath(detected.confines ?? detected.path);
  if (!follow) await store.write("import.again", { path: source.path, format: source.format });
  const from = store.read.sources.places(source.path, source.format);
  const own = ownRuns(store.read.launches.allSources(), detected.path);
  const runs = new Map<string, { readonly runId: string; readonly own: boolean }>();
  const models = new Set<string>();
  const launches = new Set<string>();
  const problems = new Map<string, ImportProblem>();
  const added = { runs: 0, points: 0, params: 0, tags: 0, models: 0, versions: 0, traces: 0, artifacts: 0 };
  const waiting: Waiting[] = [];
  /** Offsets that were said after an artifact that is not stored yet. */
  const held = new Map<string, OffsetSource | (FilePlace & { readonly file: string })>();
  let problemCount = 0;
  let told = Number.NEGATIVE_INFINITY;

  function tell(now: Progress): void {
    if (performance.now() - told < TELL_MS && now.done !== now.total) return;
    told = performance.now();
    progress(now);
  }

  function problem(found: ImportProblem): void {
    const { file, line, reason } = found;
    const key = `${file}\n${line ?? ""}\n${reason}`;
    if (problems.has(key)) return;
    problemCount++;
    if (problems.size < PROBLEMS) problems.set(key, { file, reason, ...(line === undefined ? {} : { line }) });
  }

  function count({ added: more, runs: known, models: brought, launches: begun, refused }: ImportWritten): void {
    for (const key of ["runs", "points", "params", "tags", "models", "versions", "traces"] as const) added[key] += more[key];
    for (const { key, runId, own } of known) runs.set(key, { runId, own });
    for (const id of brought) models.add(id);
    for (const id of begun) launches.add(id);
    for (const reason of refused) problem({ file: source.path, reason });
  }

  const write = async (batch: ImportBatch): Promise<void> => {
    if (Object.values(batch).some((list) => list.length > 0)) count(await store.write("import.write", { source, time: Date.now(), live, batch }));
  };

  function ownerOf({ run, model, launch }: ArtifactSource): Waiting["owner"] | null {
    if (launch !== undefined) return launches.has(launch) ? { kind: "launch", id: launch } : null;
    if (model !== undefined) return models.has(model) ? { kind: "model", id: model } : null;
    const found = run === undefined ? undefined : runs.get(run);
    return found?.own === true ? { kind: "run", id: found.runId } : null;
  }

  async function storePack(all: Packed): Promise<void> {
    const pack = withoutRuns(all, own);
    for (const { file, line, reason } of pack.problems) problem({ file, reason, ...(line === undefined ? {} : { line }) });
    const files = pack.artifacts.some(({ file }) => file !== undefined);
    const later = files || waiting.length > 0;
    if (later) for (const place of pack.batch.places) held.set(place.file, place);
    await write(later ? { ...pack.batch, places: [] } : pack.batch);
    for (const artifact of pack.artifacts) {
      const owner = ownerOf(artifact);
      if (owner === null) continue;
      if (artifact.file !== undefined) waiting.push({ owner, name: artifact.name, file: artifact.file, ...(artifact.within ? { within: artifact.within } : {}) });
      else if (artifact.bytes !== undefined) await put(owner, artifact.name, artifact.bytes, artifact.name);
    }
    if (pack.progress) tell({ done: pack.progress.done, total: pack.progress.total, unit: pack.progress.unit });
  }

  /** What a name or a content makes impossible is a problem of that file; the store's own trouble ends the import. */
  async function put(owner: Waiting["owner"], name: string, content: Uint8Array | AsyncIterable<Uint8Array>, file: string): Promise<boolean> {
    if (isMasked(reader.format) && isSecretFile(name)) {
      problem({ file, reason: "Its name says that it holds secrets, so it is not kept." });
      return false;
    }
    try {
      if (owner.kind === "launch") await keepLaunchFile({ store, artifacts }, owner.id, name, content);
      else {
        await artifacts.put(owner, name, content);
        added.artifacts++;
      }
      return true;
    } catch (error) {
      if (error instanceof TouchstoneError && ["DISK_FULL", "STORE_FAILED", "STORE_READ_ONLY"].includes(error.shape.code)) throw error;
      problem({ file, reason: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  /** The file to read, and the place that says that it was stored as it is now; null where it was, or must not be read. */
  async function looked({ owner, name, file, within }: Waiting): Promise<{ readonly real: string; readonly place: FilePlace & { readonly file: string } } | null> {
    const shown = within ? name : relative(confines, file);
    const real = await realpath(file).catch(() => null);
    const found = real === null ? null : await lstat(real);
    if (real === null || found === null) return (problem({ file: shown, reason: "The file is gone." }), null);
    if (real !== confines && !real.startsWith(confines + sep)) return (problem({ file: shown, reason: `It leads out of ${confines} (to ${real}), so it is not taken in.` }), null);
    if (!found.isFile()) return (problem({ file: shown, reason: "It is not a file." }), null);
    const place = { file: `@${owner.kind}:${owner.id}/${name}${owner.kind === "launch" ? `@${within?.start}` : ""}`, inode: found.ino, offset: found.size, state: String(found.mtimeMs) };
    const before = from.get(place.file);
    return before?.inode === place.inode && before.offset === place.offset && before.state === place.state ? null : { real, place };
  }

  async function contentOf(file: string, bytes: number, within: Waiting["within"]): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
    if (within) return within.length === 0 ? new Uint8Array() : createReadStream(file, { start: within.start, end: within.start + within.length - 1 });
    if (!isMasked(reader.format) || !isText(file) || bytes > MOST_TEXT_BYTES) return createReadStream(file);
    const content = await readFile(file);
    const text = content.toString("utf8");
    const masked = maskedText(text);
    return masked === text ? content : Buffer.from(masked);
  }

  async function storeFiles(): Promise<void> {
    for (const [index, file] of waiting.entries()) {
      signal.throwIfAborted();
      tell({ done: index, total: waiting.length, unit: "files" });
      const found = await looked(file);
      if (!found) continue;
      const { real, place } = found;
      if (await put(file.owner, file.name, await contentOf(real, place.offset, file.within), file.within ? file.name : relative(confines, file.file))) held.set(place.file, place);
    }
  }

  // What was read before a reader broke off is stored with its files.
  const reading = thread.read({ format: reader.format, path: detected.path, from, follow }, storePack, signal);
  await reading.catch(() => undefined);
  if (signal.aborted) throw new TouchstoneError({ code: "CANCELLED", message: "Cancelled." });
  try {
    await storeFiles();
  } catch (error) {
    if (signal.aborted) throw new TouchstoneError({ code: "CANCELLED", message: "Cancelled." });
    throw error;
  }
  if (held.size > 0) await write({ ...nothing, places: [...held.values()] });
  await reading;
  return { ...store.read.sources.runs(source.path, source.format), added, problems: [...problems.values()], problemCount };
}

const nothing: ImportBatch = { experiments: [], runs: [], models: [], registered: [], versions: [], traces: [], own: [], values: [], places: [] };
