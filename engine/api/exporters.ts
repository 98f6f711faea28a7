import { request } from "./tokens.ts";

/** `csv`, `jsonl`, `parquet`: a folder of tables. `mlruns`: MLflow's folder. `mlmd`: ML Metadata's terms in one JSON file. `bundle`: one file with artifacts for another Touchstone. */
export type ExportFormat = "csv" | "jsonl" | "parquet" | "mlruns" | "mlmd" | "bundle";

/** What a bundle carries of launches beyond what runs logged. */
export const EXPORT_PARTS = ["log", "environment", "code"] as const;
export type ExportPart = (typeof EXPORT_PARTS)[number];

export interface ExportResult {
  readonly format: ExportFormat;
  /** Absolute: the file or folder that was written. */
  readonly path: string;
  readonly runs: number;
  readonly points: number;
  readonly artifacts: number;
  readonly bytes: number;
  /** What the file tells of the launches, in words with counts: a bundle's log, environment and code. */
  readonly holds: readonly string[];
  /** What the format has no place for, in words with counts. */
  readonly leftOut: readonly string[];
}

/**
 * Writes runs to a file or folder, which must not be there yet or be empty (a file that is an earlier export of the format is replaced as a whole); progress in runs. `without`: parts that a bundle leaves out. Throws
 * `EXPORT_FAILED`, `EXPORT_NOT_EMPTY`, `EXPORT_EXISTS`; then nothing is left half written.
 */
export const exportersRun = request<{ readonly runIds: readonly string[]; readonly format: ExportFormat; readonly path: string; readonly without?: readonly ExportPart[] }, ExportResult>("exporters/run");
