import type { RememberedMapping } from "../api/config.ts";
import type { Mapping } from "../api/evaluation.ts";
import type { TableShape } from "../api/tables.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import { loadColumns } from "../tables/load.ts";
import { expectedRows, look, type Look } from "../tables/shape.ts";
import { openSource } from "../tables/source.ts";
import { guessMapping } from "./mapping.ts";
import { mappingProblem, prepare, readingPlan } from "./prepare.ts";
import type { Prepared } from "./prepared.ts";
import { withDeclared } from "./remembered.ts";

/** What a long reading is told and asked. */
export interface Work {
  readonly cancelled: () => boolean;
  readonly onProgress: (progress: Progress) => void;
  /** Ends what waits for the reader. */
  readonly signal?: AbortSignal;
}

/** What is known of a file's columns from before; what touchstone.yaml declares counts first. */
export interface Remembered {
  readonly declared: RememberedMapping | null;
  /** The mapping of the file's last evaluation. */
  readonly before: Mapping | null;
}

/** The columns of a file, the mapping that is guessed for it, and why it cannot be evaluated yet. */
export async function describeFile(path: string, remembered: Remembered, signal?: AbortSignal): Promise<{ shape: TableShape; mapping: Mapping; remembered: boolean; problem: string | null }> {
  const source = await openSource(path, signal);
  try {
    const seen = await look(source);
    const found = declaredMapping(seen, remembered.declared) ?? (remembered.before !== null && fitsFile(remembered.before, seen) ? remembered.before : null);
    const mapping = found ?? guessMapping(seen);
    return { shape: seen.shape, mapping, remembered: found !== null, problem: mappingProblem(mapping) };
  } finally {
    source.close();
  }
}

export interface Opened {
  readonly data: Prepared;
  readonly mapping: Mapping;
  readonly modified: number;
  readonly bytes: number;
  /** True when `limit` ended the reading. */
  readonly partial: boolean;
}

/** Reads a file under a mapping; where none is given, under the declared one, else the guessed one. `limit` reads only the first rows. */
export async function openPredictions(path: string, given: Mapping | null, work: Work, { limit, declared = null }: { limit?: number; declared?: RememberedMapping | null } = {}): Promise<Opened> {
  const source = await openSource(path, work.signal);
  try {
    const seen = await look(source);
    const mapping = given === null ? (declaredMapping(seen, declared) ?? guessMapping(seen)) : completeMapping(given, seen, path);
    const problem = mappingProblem(mapping);
    if (problem !== null) {
      throw new TouchstoneError({ code: "NO_USABLE_COLUMN", message: problem, file: path, hint: `The columns are: ${seen.shape.columns.map((column) => column.name).slice(0, 12).join(", ")}.` });
    }
    const plan = readingPlan(seen, mapping);
    const expected = await expectedRows(source, seen);
    const loaded = await loadColumns(source, {
      ...plan,
      optional: new Set(mapping.columns.filter(({ role }) => role === "feature" || role === "group" || role === "split" || role === "id" || role === "ignore").map(({ column }) => column)),
      expected: Math.ceil(expected * 1.02),
      ...(limit === undefined ? {} : { limit }),
      cancelled: work.cancelled,
      onProgress: (progress) => work.onProgress({ ...progress, total: Math.max(expected, progress.done) }),
    });
    return { data: prepare(path, mapping, loaded, plan), mapping, modified: source.modified, bytes: source.bytes, partial: limit !== undefined && loaded.n === limit };
  } finally {
    source.close();
  }
}

/** A mapping from elsewhere: its columns must exist; columns it does not name become features. */
function completeMapping(given: Mapping, seen: Look, path: string): Mapping {
  const names = new Set(seen.shape.columns.map((column) => column.name));
  const missing = given.columns.find(({ column }) => !names.has(column));
  if (missing) throw new TouchstoneError({ code: "NO_COLUMN", message: `There is no column “${missing.column}”.`, file: path, hint: `The columns are: ${[...names].slice(0, 12).join(", ")}.` });
  const known = new Map(given.columns.map((role) => [role.column, role]));
  return { ...given, columns: seen.shape.columns.map(({ name }) => known.get(name) ?? { column: name, role: "feature" as const }) };
}

function declaredMapping(seen: Look, declared: RememberedMapping | null): Mapping | null {
  return declared && withDeclared(guessMapping(seen), declared);
}

function fitsFile(mapping: Mapping, seen: Look): boolean {
  const names = new Set(seen.shape.columns.map((column) => column.name));
  return mapping.columns.every(({ column }) => names.has(column)) && mapping.columns.length === names.size;
}
