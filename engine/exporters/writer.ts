import type { ExperimentSource } from "../importers/records.ts";
import type { ExportedModel, ExportedRegistered, ExportedTrace } from "./beside.ts";
import type { ExportedRun } from "./source.ts";

export interface Written {
  readonly points: number;
  readonly artifacts: number;
  readonly bytes: number;
}

/** Writes runs in one format, below or as the path that it was made for. */
export interface Writer {
  add(experiment: ExperimentSource, run: ExportedRun): Promise<Written>;
  /** For what stands beside the runs, which come first; absent where the format has no place for it. */
  readonly beside?: BesideWriter;
  /** Everything is on the disk afterwards. */
  close(): Promise<void>;
}

export interface BesideWriter {
  model(model: ExportedModel): Promise<Written>;
  /** After the logged models. */
  registered(model: ExportedRegistered): Promise<void>;
  /** @param run - The run that it belongs to. */
  trace(trace: ExportedTrace, run: string): Promise<Written>;
}
