import { createHash } from "node:crypto";
import { codeOfRun } from "../code/recorded.ts";
import type { EvaluationSource, LaunchSource, OwnSource } from "../importers/records.ts";
import { isLaunchId, launchFiles } from "../launches/files.ts";
import { plainSize } from "../platform/filesystems.ts";
import type { LaunchBlob } from "../store/operations.ts";
import type { LaunchDetail } from "../store/read/launches.ts";
import type { RunRecord } from "../store/records.ts";
import { isBinary, maskedContent, type Maskable, type Masked, type MaskedAs } from "./maskedContent.ts";
import type { WriterNeeds } from "./writer.ts";

/** A content of a launch: the first `bytes` of a file, or what stands in memory. */
export interface LaunchContent {
  readonly launch: string;
  /** `log`, `log.tail`, or `code` for one that the launch's blobs name by its digest. */
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
  readonly content: string | Uint8Array;
  /** It is masked as it is read, and has the digest of that. */
  readonly as?: MaskedAs;
}

/** What Touchstone knows of a run beyond other trackers' terms: what a person gave it, its launch, its evaluations. A launch is said with the first of its runs. */
export async function bundleRecords(needs: WriterNeeds, run: RunRecord, said: Set<string>): Promise<{ readonly records: readonly (OwnSource | LaunchSource | EvaluationSource)[]; readonly contents: readonly LaunchContent[] }> {
  const { store: { read }, leftOut } = needs;
  const { exception } = read.runs.words(run.runKey);
  const found = run.launchKey === null ? undefined : read.launches.byKey(run.launchKey);
  const launch = found !== undefined && isLaunchId(found.launchId) ? found : null;
  const own: OwnSource = {
    k: "own", run: run.runId, name: run.name, nameFrom: run.nameFrom, status: run.status, starred: run.starred === 1, error: needs.without.has("log") ? withoutLastLine(run.error) : run.error, progress: run.progress, exception,
    launch: launch?.launchId ?? null, first: launch?.runKey === run.runKey,
  };
  const evaluations = read.evaluations.whole(run.runId).map((one): EvaluationSource => ({ ...one, k: "evaluation", run: run.runId }));
  if (evaluations.length > 0) leftOut.add("contents of evaluated files: what was found in them is kept", run.runId);
  if (launch === null || said.has(launch.launchId)) return { records: [own, ...evaluations], contents: [] };
  said.add(launch.launchId);
  const { record, contents } = await launchRecord(needs, run, launch);
  return { records: [record, own, ...evaluations], contents };
}

/** How a launch ended, without the line that it printed last: that is of its log. */
function withoutLastLine(error: string | null): string | null {
  return error?.replace(/^(exit code -?\d+|stopped by \w+|nobody saw how it ended): .*$/s, "$1") ?? null;
}

async function launchRecord(needs: WriterNeeds, run: RunRecord, launch: LaunchDetail): Promise<{ readonly record: LaunchSource; readonly contents: readonly LaunchContent[] }> {
  const { store: { read, folder }, artifacts, leftOut, signal: ended, holds, without } = needs;
  const { launchId, launchKey, experimentId, command, cwd, script, origin, status, exitCode, signal, pty, adopted, start, end, interpreter, host, packages, environment, code, notes, logBytes } = launch;
  const files = read.launches.fileRows(launchKey);
  if (files.length > 0) leftOut.add("contents of data files that were read or written: paths and digests are kept", run.runId);
  const blobs: LaunchBlob[] = [];
  const contents: LaunchContent[] = [];
  for (const part of without) leftOut.add(`${part}, as asked`, run.runId);
  const hasCode = !without.has("code");
  const changed: string[] = [];
  const keepCode = async (kind: LaunchBlob["kind"], path: string, digest: string, plain: Omit<Maskable, "as">): Promise<void> => {
    const masked = { lines: 0 };
    const as = kind === "patch" ? "patch" : "code";
    const digestOfMasked = (await isBinary(plain)) ? digest : await digestOf(maskedContent({ ...plain, as }, ended, masked));
    const kept = masked.lines === 0 ? { ...plain, digest } : { ...plain, as, digest: digestOfMasked } as const;
    if (masked.lines > 0) changed.push(kind === "patch" ? "the patch" : path);
    holds.mask("code", masked.lines);
    blobs.push({ kind, path, digest: kept.digest, bytes: plain.bytes });
    contents.push({ launch: launchId, name: "code", ...kept });
  };
  for (const blob of hasCode ? read.launches.blobs(launchKey) : []) {
    const content = await artifacts.blobs.verified(blob.digest).catch(() => null);
    if (content !== null) await keepCode(blob.kind, blob.path, blob.digest, { content, bytes: blob.bytes });
    else {
      leftOut.add("code that is damaged here", run.runId);
      blobs.push(blob);
    }
  }
  const whole = hasCode ? await committedScript(needs, run, launch) : null;
  if (whole !== null) await keepCode("source", whole.path, `sha256:${createHash("sha256").update(whole.content).digest("hex")}`, { content: whole.content, bytes: whole.content.length });
  if (hasCode && (code !== null || blobs.length > 0)) holds.add("code", launchId);
  const machine = without.has("environment") ? { cwd: ".", interpreter: null, host: {}, packages: [], environment: {} } : { cwd, interpreter, host, packages, environment };
  if (machine.interpreter !== null || machine.packages.length + Object.keys({ ...machine.environment, ...machine.host }).length > 0) holds.add("environment", launchId);
  const masked: Masked = { lines: 0 };
  const own = launchFiles(folder, launchId);
  for (const [name, file] of [["log", own.log], ["log.tail", own.logTail]] as const) {
    const bytes = without.has("log") ? 0 : plainSize(file);
    if (bytes === 0) continue;
    holds.add("log", launchId);
    // The ring is written over while it is read.
    if (name === "log.tail" && end === null) leftOut.add("the end of a long log that is still written", run.runId);
    else {
      const log = { content: file, bytes, as: "log" } as const;
      contents.push({ launch: launchId, name, digest: await digestOf(maskedContent(log, ended, masked)), ...log });
    }
  }
  holds.mask("log", masked.lines);
  return {
    record: {
      k: "launch", launch: launchId, experiment: read.experiments.idOf(experimentId), command, ...machine, script, origin, status, exitCode, signal, pty, adopted, start, end, code: hasCode ? code : null,
      notes: changed.length === 0 ? notes : [...notes, `In the bundle that this run came in, what looks like a key or password is masked in ${changed.join(", ")}: there the code is not what ran.`], logBytes: without.has("log") ? 0 : logBytes,
      files, sites: [...read.launches.sites(launchKey)].map(([key, site]) => ({ key, ...site })), blobs,
    },
    contents,
  };
}

/** The script as it ran, where only the repository has it: who opens the bundle elsewhere has no repository. */
async function committedScript({ store, artifacts }: WriterNeeds, run: RunRecord, { script, code }: LaunchDetail): Promise<{ readonly path: string; readonly content: Uint8Array } | null> {
  if (script === null || code?.kind !== "git") return null;
  try {
    const found = await codeOfRun({ store, artifacts, folder: store.folder }, run.runId);
    const path = found?.recordPath(script) ?? script;
    if (found === null || found.recorded.blobs.some((blob) => blob.kind === "source" && blob.path === path)) return null;
    const content = await found.file(script);
    return content === null ? null : { path, content };
  } catch {
    // The commit is gone here too.
    return null;
  }
}

async function digestOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) hash.update(piece);
  return `sha256:${hash.digest("hex")}`;
}
