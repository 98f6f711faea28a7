import { request } from "./tokens.ts";

/** `csv`, `jsonl`, `parquet`: a folder of tables. `mlruns`: MLflow's folder. `mlmd`: ML Metadata's terms in one JSON file. `bundle`: one file with artifacts for another Touchstone. */
export type ExportFormat = "csv" | "jsonl" | "parquet" | "mlruns" | "mlmd" | "bundle";

export interface ExportResult {
  readonly format: ExportFormat;
  /** Absolute: the file or folder that was written. */
  readonly path: string;
  readonly runs: number;
  readonly points: number;
  readonly artifacts: number;
  readonly bytes: number;
  /** What the format has no place for, in words with counts. */
  readonly leftOut: readonly string[];
}

/**
 * Writes runs to a file or folder, which must not be there yet or be empty (a file is replaced as a whole); progress in runs. Throws
 * `EXPORT_FAILED`, `EXPORT_NOT_EMPTY`; then nothing is left half written.
 */
export const exportersRun = request<{ readonly runIds: readonly string[]; readonly format: ExportFormat; readonly path: string }, ExportResult>("exporters/run");
