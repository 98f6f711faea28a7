import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ExportFormat, ExportResult } from "../api/exporters.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { Store } from "../store/store.ts";
import { bundleWriter } from "./bundle.ts";
import { BUNDLE_ENDING } from "./bundleNames.ts";
import type { BundleNeeds } from "./bundleRecords.ts";
import { LeftOut } from "./leftOut.ts";
import { mlmdWriter } from "./mlmd.ts";
import { mlrunsWriter } from "./mlruns.ts";
import { exportedExperiment, exportedRun } from "./source.ts";
import { tablesWriter } from "./tables.ts";
import type { Writer } from "./writer.ts";

interface Exporting {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/** Formats that are one file; the others are a folder. */
const files: readonly ExportFormat[] = ["mlmd", "bundle"];

function writerOf(format: ExportFormat, path: string, final: string, needs: BundleNeeds): Writer | Promise<Writer> {
  if (format === "mlruns") return mlrunsWriter(path, final);
  if (format === "bundle") return bundleWriter(path, needs);
  if (format === "mlmd") return mlmdWriter(path);
  return tablesWriter(path, format);
}

/** Writes runs beside the target under another name, which is renamed once everything is on the disk. */
export async function exportRuns(runIds: readonly string[], format: ExportFormat, wanted: string, { store, artifacts, signal, progress }: Exporting): Promise<ExportResult> {
  const isFile = files.includes(format);
  // The ending is what a bundle is known by.
  const path = format === "bundle" && !wanted.endsWith(BUNDLE_ENDING) ? wanted + BUNDLE_ENDING : wanted;
  if (!isFile) await refuseFull(path);
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.part`);
  const leftOut = new LeftOut();
  const total = { runs: 0, points: 0, artifacts: 0, bytes: 0 };
  try {
    await mkdir(isFile ? dirname(temporary) : temporary, { recursive: true });
    const writer = await writerOf(format, temporary, path, { store, artifacts, leftOut });
    try {
      for (const id of new Set(runIds)) {
        signal.throwIfAborted();
        const run = store.read.runs.byId(id);
        if (!run) throw new TouchstoneError({ code: "RUN_NOT_FOUND", message: `There is no run ${id}.` });
        // What only Touchstone knows has a place in a bundle, which says itself what it leaves out.
        const exported = exportedRun({ store, artifacts }, run, format === "bundle" ? new LeftOut() : leftOut);
        if (format === "mlmd" && exported.metrics.some(({ points }) => points > 1)) leftOut.add("all but the last point of each metric", id);
        if (["csv", "jsonl", "parquet", "mlmd"].includes(format) && store.read.artifacts.under(`run:${id}`, "").length > 0) leftOut.add("contents of artifacts: paths and digests are kept", id);
        if (exported.links.length > 0 && format !== "mlruns" && format !== "bundle") leftOut.add("links to logged models", id);
        const written = await writer.add(exportedExperiment(store, run.experimentId), exported);
        total.runs++;
        total.points += written.points;
        total.artifacts += written.artifacts;
        total.bytes += written.bytes;
        progress({ done: total.runs, total: runIds.length, unit: "runs" });
      }
    } finally {
      await writer.close();
    }
    signal.throwIfAborted();
    if (!isFile) await rmdir(path).catch(() => undefined);
    await rename(temporary, path);
    return { format, path, ...total, leftOut: leftOut.words };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    if (error instanceof TouchstoneError || signal.aborted) throw error;
    throw new TouchstoneError({ code: "EXPORT_FAILED", message: `The runs cannot be written: ${error instanceof Error ? error.message : String(error)}`, file: path, hint: "Choose another folder; nothing was written." });
  }
}

async function refuseFull(folder: string): Promise<void> {
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) throw new TouchstoneError({ code: "EXPORT_NOT_EMPTY", message: "The folder is not empty.", file: folder, hint: "Name a new or empty one: nothing that stands there is changed." });
}
