import type { ExportFormat } from "../../engine/api/exporters.ts";

/** What the target of an export is: a new folder, or one file with this ending. */
export interface Target {
  /** The proposed name, without an ending. */
  readonly name: string;
  /** Null: a folder. */
  readonly ending: string | null;
}

export const targets: Readonly<Record<ExportFormat, Target>> = {
  csv: { name: "runs-csv", ending: null },
  jsonl: { name: "runs-jsonl", ending: null },
  parquet: { name: "runs-parquet", ending: null },
  // Not `mlruns`: a folder of that name in a project is taken for MLflow's own.
  mlruns: { name: "runs-mlflow", ending: null },
  mlmd: { name: "runs", ending: "json" },
  bundle: { name: "runs", ending: "touchstone-bundle" },
};

/** The proposed name, with a number where it is taken: an export never mixes with what stands there. */
export function freeName({ name, ending }: Target, taken: (name: string) => boolean): string {
  const dotted = ending === null ? "" : `.${ending}`;
  for (let count = 1; ; count++) {
    const tried = `${name}${count === 1 ? "" : `-${count}`}${dotted}`;
    if (!taken(tried)) return tried;
  }
}

/** The path that a person chose, with the ending by which the file is known again; dialogs of some systems leave it out. */
export function withEnding(path: string, { ending }: Target): string {
  return ending === null || path.toLowerCase().endsWith(`.${ending}`) ? path : `${path}.${ending}`;
}
