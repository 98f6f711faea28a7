import type { ExperimentSource } from "../importers/records.ts";
import type { ExportedRun } from "./source.ts";

export interface Written {
  readonly points: number;
  readonly artifacts: number;
  readonly bytes: number;
}

/** Writes runs in one format, below or as the path that it was made for. */
export interface Writer {
  add(experiment: ExperimentSource, run: ExportedRun): Promise<Written>;
  /** Everything is on the disk afterwards. */
  close(): Promise<void>;
}
