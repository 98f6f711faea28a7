import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ExportFormat, ExportPart, ExportResult } from "../api/exporters.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import { makeFolders } from "../platform/directories.ts";
import type { Missing } from "../runs/elsewhere.ts";
import type { RunRecord } from "../store/records.ts";
import { besideRuns, exportedExperiment, exportedModel, exportedRegistry, exportedTrace, type Exporting } from "./beside.ts";
import { bundleWriter } from "./bundle.ts";
import { BUNDLE, BUNDLE_ENDING } from "./bundleNames.ts";
import { Holds } from "./holds.ts";
import { LeftOut } from "./leftOut.ts";
import { MLMD_SCHEMA, mlmdWriter } from "./mlmd.ts";
import { mlrunsWriter } from "./mlruns.ts";
import { exportedRun } from "./source.ts";
import { tablesWriter } from "./tables.ts";
import type { Writer, WriterNeeds, Written } from "./writer.ts";

interface ExportOptions extends Exporting {
  readonly signal: AbortSignal;
  readonly without?: readonly ExportPart[];
  readonly progress: (progress: Progress) => void;
  /** Fetches what stands elsewhere of the runs, with the contents of their files or without. Gives, by run, what is not here. */
  readonly whole?: (runIds: readonly string[], contents: boolean) => Promise<ReadonlyMap<string, Missing>>;
}

/** Formats that are one file; the others are a folder. */
const files: readonly ExportFormat[] = ["mlmd", "bundle"];

function writerOf(format: ExportFormat, path: string, final: string, needs: WriterNeeds): Writer | Promise<Writer> {
  if (format === "mlruns") return mlrunsWriter(path, final, needs);
  if (format === "bundle") return bundleWriter(path, needs);
  if (format === "mlmd") return mlmdWriter(path);
  return tablesWriter(path, format);
}

/** Writes runs beside the target under another name, which is renamed once everything is on the disk. */
export async function exportRuns(runIds: readonly string[], format: ExportFormat, wanted: string, { store, artifacts, signal, progress, whole, without = [] }: ExportOptions): Promise<ExportResult> {
  const isFile = files.includes(format);
  // The ending is what a bundle is known by.
  const path = format === "bundle" && !wanted.endsWith(BUNDLE_ENDING) ? wanted + BUNDLE_ENDING : wanted;
  await (isFile ? refuseForeign(path, format) : refuseFull(path));
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.part`);
  const leftOut = new LeftOut();
  for (const [id, missing] of (await whole?.(runIds, format === "bundle" || format === "mlruns")) ?? []) for (const what of missing.words) leftOut.add(what, id);
  const holds = new Holds();
  const total = { runs: 0, points: 0, artifacts: 0, bytes: 0 };
  const count = ({ points, artifacts: files, bytes }: Written): void => {
    total.points += points;
    total.artifacts += files;
    total.bytes += bytes;
  };
  try {
    await makeFolders(dirname(temporary));
    if (!isFile) await mkdir(temporary);
    const writer = await writerOf(format, temporary, path, { store, artifacts, leftOut, signal, holds, without: new Set(without) });
    try {
      const written: RunRecord[] = [];
      for (const id of new Set(runIds)) {
        signal.throwIfAborted();
        const run = store.read.runs.byId(id);
        if (!run) throw new TouchstoneError({ code: "RUN_NOT_FOUND", message: `There is no run ${id}.` });
        // What only Touchstone knows has a place in a bundle, which says itself what it leaves out.
        const exported = exportedRun({ store, artifacts, signal }, run, format === "bundle" ? new LeftOut() : leftOut);
        if (format === "mlmd" && exported.metrics.some(({ points }) => points > 1)) leftOut.add("all but the last point of each metric", id);
        if (["csv", "jsonl", "parquet", "mlmd"].includes(format) && store.read.artifacts.under(`run:${id}`, "").length > 0) leftOut.add("contents of artifacts: paths and digests are kept", id);
        if (exported.links.length > 0 && format !== "mlruns" && format !== "bundle") leftOut.add("links to logged models", id);
        count(await writer.add(exportedExperiment(store, run.experimentId), exported));
        written.push(run);
        progress({ done: ++total.runs, total: runIds.length, unit: "runs" });
      }
      await writeBeside(writer, written, { store, artifacts, signal, progress }, leftOut, count);
      await writer.close();
      signal.throwIfAborted();
    } catch (error) {
      await writer.abort().catch(() => undefined);
      throw error;
    }
    if (!isFile) await rmdir(path).catch(() => undefined);
    else await refuseForeign(path, format);
    await rename(temporary, path);
    return { format, path, ...total, holds: holds.words, leftOut: leftOut.words };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    if (error instanceof TouchstoneError || signal.aborted) throw error;
    throw new TouchstoneError({ code: "EXPORT_FAILED", message: `The runs cannot be written: ${error instanceof Error ? error.message : String(error)}`, file: path, hint: isOfTarget(error) ? "Choose another folder; nothing was written." : "Nothing was written. `touchstone doctor` checks the store." });
  }
}

/** What stands beside the runs, or that it is left out. */
async function writeBeside({ beside: writer }: Writer, runs: readonly RunRecord[], { store, artifacts, signal, progress }: ExportOptions, leftOut: LeftOut, count: (written: Written) => void): Promise<void> {
  const { models, versions, traces } = besideRuns(store.read, runs);
  if (writer === undefined) {
    for (const { run } of models) leftOut.add("logged models with their files", run);
    for (const { run } of versions) leftOut.add("versions of registered models", run);
    for (const { run } of traces) leftOut.add("traces with their spans", run);
    return;
  }
  const chosen = new Set(runs.map(({ runId }) => runId));
  for (const model of models) {
    signal.throwIfAborted();
    count(await writer.model(exportedModel({ store, artifacts, signal }, model, chosen, leftOut)));
  }
  for (const registered of exportedRegistry(store.read, versions, leftOut)) await writer.registered(registered);
  for (const [index, trace] of traces.entries()) {
    signal.throwIfAborted();
    progress({ done: index, total: traces.length, unit: "traces" });
    count(await writer.trace(await exportedTrace({ store, artifacts, signal }, trace, leftOut), trace.run));
  }
}

/** Errors of systems that a place has at which one cannot write. */
function isOfTarget(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOENT", "ENOTDIR", "EISDIR", "EEXIST", "ENAMETOOLONG"].includes(String(error.code));
}

/** How a file of the format begins that Touchstone wrote. */
const beginnings: Partial<Readonly<Record<ExportFormat, { readonly at: number; readonly text: string }>>> = {
  // Behind the header of the zip file's first part.
  bundle: { at: 30, text: BUNDLE.records },
  mlmd: { at: 0, text: `{"schema":"${MLMD_SCHEMA}"` },
};

/** An earlier export is replaced, anything else is somebody's own. */
async function refuseForeign(path: string, format: ExportFormat): Promise<void> {
  const there = await lstat(path).catch(() => null);
  const begins = beginnings[format];
  if (there === null || begins === undefined) return;
  if (there.isFile()) {
    const handle = await open(path, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(begins.text.length), 0, begins.text.length, begins.at);
      if (buffer.toString("latin1", 0, bytesRead) === begins.text) return;
    } finally {
      await handle.close();
    }
  }
  throw new TouchstoneError({ code: "EXPORT_EXISTS", message: `Something else stands there: ${there.isFile() ? "a file" : there.isDirectory() ? "a folder" : "a link"} that is no earlier export of this format.`, file: path, hint: "Choose another name, or move it away: nothing of it was changed." });
}

async function refuseFull(folder: string): Promise<void> {
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) throw new TouchstoneError({ code: "EXPORT_NOT_EMPTY", message: "The folder is not empty.", file: folder, hint: "Name a new or empty one: nothing that stands there is changed." });
}
