import { createReadStream } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import type { TakenIn } from "../api/offline.ts";
import type { RunStatus } from "../api/runs.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { holdsSecrets } from "../capture/config.ts";
import { ingest, storedPath } from "../capture/ingest.ts";
import { keepRankLogs } from "../capture/ranks.ts";
import { isSecretFile, maskedCommand, maskedEnvironment } from "../capture/secrets.ts";
import { filesIn, launchFiles, readExit, writeJson, type LaunchFiles } from "../launches/files.ts";
import type { LineEffects, StreamLine, WatchedLaunch } from "../launches/hooks.ts";
import { fileLines, type LineBatch, logLines } from "../launches/lines.ts";
import { lastLine, logSize } from "../launches/logReader.ts";
import { outcomeOf } from "../launches/outcome.ts";
import { sampleEffects } from "../launches/samplesMetrics.ts";
import { plainSize } from "../platform/filesystems.ts";
import { printedHooks } from "../printed/hooks.ts";
import type { Services } from "../services.ts";
import type { ArtifactRow, LaunchBlob, LaunchEvents } from "../store/operations.ts";
import type { LaunchDetail } from "../store/read/launches.ts";
import { codeOf, contentOf, environmentOf, lastSign, measuredOf } from "./folder.ts";
import { keptFiles } from "./keptFiles.ts";
import { isInner, type Manifest, readManifest } from "./manifest.ts";
import { parseCall, type Spools } from "./spools.ts";

const STREAMS = ["events", "log", "samples", "spool"] as const;

/** One run's folder while it is taken in. */
interface Source {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly files: LaunchFiles;
  /** UTC ms; null where nobody saw its end. */
  readonly ended: number | null;
}

/**
 * Takes in runs that were recorded without an engine. Again, it goes on where it stopped, by positions that are stored with the
 * effects: a folder counts once, however often and from wherever it is taken in. Nothing in it is executed, and no path in it is read
 * but those of its own files.
 */
export class TakeIn {
  readonly #needs: Pick<Services, "folder" | "store" | "artifacts">;
  readonly #spools: Spools;

  constructor(needs: Pick<Services, "folder" | "store" | "artifacts">, spools: Spools) {
    this.#needs = needs;
    this.#spools = spools;
  }

  /** @throws TouchstoneError `OFFLINE_FOLDER`: what is wrong with the folder. */
  async folder(folder: string): Promise<TakenIn> {
    const { store } = this.#needs;
    const manifest = readManifest(folder);
    const { id: launchId, runId } = manifest;
    const files = filesIn(folder);
    const source: Source = { folder, manifest, files, ended: readExit(files)?.end ?? null };
    const before = store.read.launches.byId(launchId);
    if (before !== undefined && (before.origin !== "offline" || before.runId !== runId)) {
      throw new TouchstoneError({ code: "OFFLINE_FOLDER", message: "This run cannot be taken in: the store has another one with its id.", file: folder });
    }
    if (before !== undefined && this.#isWhole(before, source)) return { folder, launchId, runId, status: before.status, changed: false };
    if (before === undefined) await this.#create(manifest);
    await this.#surroundings(source);
    await this.#streams(source);
    await keepRankLogs(this.#needs, launchId, runId, folder);
    return { folder, launchId, runId, status: await this.#end(source), changed: true };
  }

  #isWhole(launch: LaunchDetail, { files, ended }: Source): boolean {
    const read = STREAMS.every((stream) => this.#needs.store.read.launches.offset(launch.launchId, stream) >= plainSize(files[stream]));
    return read && launch.end !== null && !(ended !== null && ended > launch.end);
  }

  async #create(manifest: Manifest): Promise<void> {
    const { id: launchId, runId, cwd, script, start, user, name } = manifest;
    const command = maskedCommand(manifest.command);
    const own = launchFiles(this.#needs.folder, launchId);
    await mkdir(own.folder, { recursive: true });
    writeJson(own.request, { command, cwd, from: "cli", launchId, runId, start });
    const experiment = manifest.experiment || script || (command[0] === "run-start" && name) || (command[0]?.split(/[\\/]/).at(-1) ?? "offline");
    await this.#needs.store.write("launch.create", { launchId, runId, command, cwd, script, origin: "offline", experiment, name, user, start, pty: false });
  }

  /** Code, environment, and a copy of the log where logs of launches lie. */
  async #surroundings({ folder, manifest, files }: Source): Promise<void> {
    const { store, artifacts } = this.#needs;
    const { variables, host, python } = environmentOf(folder);
    const found = codeOf(folder);
    const blobs: LaunchBlob[] = [];
    for (const { kind, path, file } of found?.blobs ?? []) {
      const content = contentOf(folder, file);
      if (content === null || (kind === "source" && (isSecretFile(path) || holdsSecrets(path, content)))) continue;
      blobs.push({ kind, path, ...(await artifacts.blobs.put(content)) });
    }
    const code = found === null ? {} : { code: found.state, blobs, notes: found.notes };
    await store.write("launch.update", { launchId: manifest.id, environment: maskedEnvironment(variables), host, ...python, ...code });
    if (plainSize(files.log) > 0) await copyFile(files.log, launchFiles(this.#needs.folder, manifest.id).log);
  }

  async #streams(source: Source): Promise<void> {
    const { folder, manifest, files } = source;
    const { store } = this.#needs;
    const final = source.ended !== null;
    const printed = printedHooks(store);
    const watched: WatchedLaunch = { launchId: manifest.id, runId: manifest.runId, command: manifest.command, cwd: manifest.cwd, scriptPath: null, start: manifest.start, files };
    // Calls of MLflow's client first: its first run takes over the launch's, and what was printed yields to what was logged.
    await this.#spools.takeIn(files.spool, { launchId: manifest.id, runId: manifest.runId, folder, foreign: true, experiments: await this.#experiments(files) }, final);
    await this.#read(manifest, "events", (from) => fileLines(files.events, from, final), (lines) => this.#events(source, lines));
    await this.#read(manifest, "log", (from) => logLines(files, from, final), async (lines) => (await printed.onLogLines?.(watched, lines)) ?? {});
    await this.#read(manifest, "samples", (from) => fileLines(files.samples, from, final), (lines) => Promise.resolve(sampleEffects(lines)));
    await printed.onEnded?.(watched, manifest.start);
  }

  async #read({ id: launchId }: Manifest, stream: LaunchEvents["stream"], take: (from: number) => LineBatch, mean: (lines: readonly StreamLine[]) => Promise<LineEffects>): Promise<void> {
    const { store } = this.#needs;
    for (let more = true; more; ) {
      const from = store.read.launches.offset(launchId, stream);
      const batch = take(from);
      more = batch.more;
      if (batch.to === from) return;
      await store.write("launch.events", { launchId, stream, from, to: batch.to, ...(await mean(batch.lines)) });
    }
  }

  /** As a live launch's events, but files are measured already and artifacts lie beside them. */
  async #events({ folder, manifest }: Source, lines: readonly StreamLine[]): Promise<LineEffects> {
    const said = ingest(lines.map(({ text }) => text), manifest.folder);
    const measured = measuredOf(folder);
    const artifacts: ArtifactRow[] = [];
    const notes = [...said.notes];
    for (const name of new Set(said.artifacts.map((artifact) => artifact.name))) {
      if (!isInner(name)) notes.push(`The artifact ${name} is not kept: its name leads out of the run.`);
      else artifacts.push(...(await this.#artifact(manifest.runId, folder, name, notes)));
    }
    return {
      metrics: said.metrics,
      params: said.params,
      tags: said.tags,
      sites: said.sites,
      files: said.files.map(({ direction, path, time, file, line }) => {
        const { bytes = null, digest = null } = measured.get(path) ?? {};
        return { direction, path: storedPath(manifest.folder, path), bytes, digest, site: file === null || line === null ? null : { file, line }, model: null, time };
      }),
      artifacts,
      notes,
      ...(said.exception === null ? {} : { exception: said.exception }),
      ...(said.progress === null ? {} : { progress: said.progress }),
    };
  }

  async #artifact(runId: string, folder: string, name: string, notes: string[]): Promise<ArtifactRow[]> {
    const { files, leftOut } = await keptFiles(folder, name);
    notes.push(...leftOut);
    const rows: ArtifactRow[] = [];
    for (const { path, file } of files) {
      try {
        rows.push(await this.#needs.artifacts.stage({ kind: "run", id: runId }, path, createReadStream(file)));
      } catch (error) {
        notes.push(`The artifact ${path} is not kept: ${error instanceof Error ? error.message.replaceAll(file, path) : String(error)}`);
      }
    }
    return rows;
  }

  /** Experiments that the run made: those of the same name here. */
  async #experiments({ spool }: LaunchFiles): Promise<Map<string, string>> {
    const { store } = this.#needs;
    const found = new Map<string, string>();
    for (let from = 0, more = true; more; ) {
      const batch = fileLines(spool, from, true);
      for (const { text } of batch.lines) {
        const call = text.includes("experiments/create") ? parseCall(text) : null;
        if (call?.call !== "POST experiments/create" || call.id === null) continue;
        const name = /"name": ?("(?:[^"\\]|\\.)*")/.exec(call.body)?.[1];
        if (name === undefined) continue;
        // SAFETY: a quoted text of JSON is a text.
        const words = JSON.parse(name) as string;
        const known = store.read.experiments.byName(words)?.experimentId;
        found.set(call.id, known === undefined ? (await store.write("experiment.create", { name: words, time: Date.now(), tags: [] })).experimentId : store.read.experiments.idOf(known));
      }
      from = batch.to;
      more = batch.more;
    }
    return found;
  }

  async #end({ manifest, files }: Source): Promise<RunStatus> {
    const { store } = this.#needs;
    const { id: launchId, start } = manifest;
    const before = store.read.launches.byId(launchId);
    const exit = readExit(files);
    const outcome = exit === null ? { status: "lost" as const, exitCode: null, signal: null, end: lastSign(files, start), notes: [] } : outcomeOf(exit);
    const taken = before?.end ?? null;
    if (before !== undefined && taken !== null && exit !== null && exit.end > taken) {
      // It ran on after it was taken in. What its client ended later than that stays as the client said.
      const runIds = store.read.runs.ofLaunch(before.launchKey).filter(({ end }) => end !== null && end <= taken).map(({ runId }) => runId);
      await store.write("run.update", { runIds, status: "running", end: null });
    }
    const words = lastLine(files);
    const { status, exitCode, signal, end, notes } = outcome;
    await store.write("launch.update", { launchId, status, exitCode, signal, end, logBytes: logSize(files), ...(words === null ? {} : { lastLine: words }), ...(notes.length === 0 ? {} : { notes }) });
    return status;
  }
}
