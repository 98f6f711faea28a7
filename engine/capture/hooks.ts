import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, isAbsolute, join, relative, sep } from "node:path";
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { LaunchHooks, LineEffects, StreamLine, WatchedLaunch } from "../launches/hooks.ts";
import type { Launches } from "../launches/launches.ts";
import type { ArtifactRow } from "../store/operations.ts";
import type { Store } from "../store/store.ts";
import { argumentParams } from "./arguments.ts";
import { captureCode } from "./code.ts";
import { readConfigs } from "./config.ts";
import { Digests } from "./digest.ts";
import { describeHost } from "./environment.ts";
import { type Ingested, ingest } from "./ingest.ts";
import { Interpreters } from "./packages.ts";
import { keepRankLogs } from "./ranks.ts";
import { isSecretFile, maskedCommand, maskedEnvironment } from "./secrets.ts";
import { UsedFiles } from "./usedFiles.ts";

interface Needs {
  readonly folder: string;
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly launches: Pick<Launches, "alert">;
}

/** A folder given to `touchstone.artifact` is kept up to so many files. */
const MOST_ARTIFACT_FILES = 10_000;

/** What is captured of every launch: arguments, code, environment, configuration, files, and what the script's own side records. */
export function captureHooks({ folder, store, artifacts, launches }: Needs): LaunchHooks {
  const digests = new Digests();
  const interpreters = new Interpreters();
  const used = new Map<string, UsedFiles>();

  function filesOf({ launchId }: WatchedLaunch): UsedFiles {
    const known = used.get(launchId) ?? new UsedFiles(folder, digests, (captured) => store.write("launch.captured", { launchId, ...captured }));
    used.set(launchId, known);
    return known;
  }

  async function code({ launchId, cwd, scriptPath }: WatchedLaunch): Promise<void> {
    const { state, blobs, notes } = await captureCode({ folder, cwd, script: scriptPath, keep: (content) => artifacts.blobs.put(content) });
    await store.write("launch.update", { launchId, code: state, blobs, notes });
  }

  async function configuration({ launchId, runId, command, cwd }: WatchedLaunch): Promise<void> {
    const files = await readConfigs(command.slice(1), cwd);
    if (files.length === 0) return;
    const rows: ArtifactRow[] = [];
    for (const { path, content } of files) {
      const inner = relative(cwd, path);
      const name = inner.startsWith("..") || isAbsolute(inner) ? basename(path) : inner.split(sep).join("/");
      rows.push(await artifacts.stage({ kind: "run", id: runId }, `config/${name}`, content));
    }
    await store.write("launch.captured", { launchId, params: files.flatMap((file) => file.params), artifacts: rows });
    const notes = files.flatMap((file) => file.notes);
    if (notes.length > 0) await store.write("launch.update", { launchId, notes });
  }

  async function interpreter(launchId: string, executable: string): Promise<void> {
    const found = await interpreters.describe(executable);
    if (found !== null) await store.write("launch.update", { launchId, interpreter: `${found.executable} (Python ${found.version})`, packages: found.packages });
  }

  async function kept(runId: string, { artifacts: given }: Ingested): Promise<{ rows: ArtifactRow[]; notes: string[] }> {
    const rows: ArtifactRow[] = [];
    const notes: string[] = [];
    for (const { path, name } of given) {
      try {
        for (const file of await filesUnder(path)) rows.push(await artifacts.stage({ kind: "run", id: runId }, file === "" ? name : `${name}/${file}`, createReadStream(join(path, file))));
      } catch (error) {
        notes.push(`The artifact ${name} is not kept: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return { rows, notes };
  }

  return {
    params: (command, scriptPath) => argumentParams(wordsAfterScript(command, scriptPath)),
    maskCommand: maskedCommand,

    async onStarted(launch, env) {
      const environment = async (): Promise<unknown> => store.write("launch.update", { launchId: launch.launchId, host: await describeHost(), environment: maskedEnvironment(env) });
      const done = await Promise.allSettled([environment(), configuration(launch), code(launch)]);
      const failed = done.flatMap((result) => (result.status === "rejected" ? [result.reason instanceof Error ? result.reason.message : String(result.reason)] : []));
      if (failed.length > 0) await store.write("launch.update", { launchId: launch.launchId, notes: failed.map((why) => `Not everything could be captured: ${why}`) });
    },

    async onEventsLines(launch: WatchedLaunch, lines: readonly StreamLine[]): Promise<LineEffects> {
      const said = ingest(lines.map((line) => line.text), folder);
      for (const alert of said.alerts) launches.alert({ launchId: launch.launchId, runId: launch.runId, kind: "alert", ...alert });
      if (said.executable !== null) void interpreter(launch.launchId, said.executable).catch(() => undefined);
      const { rows, notes } = await kept(launch.runId, said);
      return {
        metrics: said.metrics,
        params: said.params,
        tags: said.tags,
        sites: said.sites,
        files: await filesOf(launch).rows(said.files),
        sources: said.sources,
        ...(said.interpreter === null ? {} : { interpreter: said.interpreter }),
        ...(rows.length > 0 ? { artifacts: rows } : {}),
        ...(said.exception === null ? {} : { exception: said.exception }),
        ...(said.progress === null ? {} : { progress: said.progress }),
        ...(said.notes.length + notes.length > 0 ? { notes: [...said.notes, ...notes] } : {}),
      };
    },

    async onEnded(launch, end) {
      const detail = store.read.launches.byId(launch.launchId);
      if (detail === undefined) return;
      const stored = { inputs: store.read.launches.files(detail.launchKey, "input"), outputs: store.read.launches.files(detail.launchKey, "output") };
      await filesOf(launch).finish(stored, end);
      used.delete(launch.launchId);
      await keepRankLogs({ store, artifacts }, launch.launchId, launch.runId, launch.files.folder);
    },
  };
}

/** The words that the script itself gets. A command without a script is its own: all words after the program are its arguments. */
function wordsAfterScript(command: readonly string[], scriptPath: string | null): readonly string[] {
  const module = command.indexOf("-m");
  if (scriptPath === null) return command.includes("-c") || module > 0 ? [] : command.slice(1);
  const name = basename(scriptPath);
  const at = command.findIndex((word) => basename(word) === name);
  if (at >= 0) return command.slice(at + 1);
  return module > 0 ? command.slice(module + 2) : command.slice(1);
}

/** Files under a folder, relative to it; `[""]` for a file itself. Secret files are left out of folders. */
async function filesUnder(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [""];
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => relative(path, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return files.filter((file) => !isSecretFile(file)).sort().slice(0, MOST_ARTIFACT_FILES);
}
