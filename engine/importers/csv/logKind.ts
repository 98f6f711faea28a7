import { counts, numberIn, plainColumns } from "./columns.ts";
import { csvReader, kerasReader, wandbCsvReader } from "./files.ts";
import { lightningReader } from "./lightning.ts";
import { beginningOf } from "./metricsFile.ts";

/** Tables of data may be text too; a log that somebody keeps is called so. */
const TABLE = /\.(csv|tsv)$/i;

/**
 * Whether a file among others looks like a log of metrics, by its header and its first row: a column that counts, and numbers beside it.
 * `keras` where nobody but Keras' CSVLogger writes like this: `epoch`, then what was measured, sorted, and no other column that counts. Null: no such log, or one of Lightning's,
 * which belongs to its folder.
 */
export async function logKind(path: string): Promise<"keras" | "plain" | null> {
  if (!TABLE.test(path)) return null;
  const beginning = await beginningOf(path);
  if (beginning === null) return null;
  const { delimiter, header, first } = beginning;
  const numberAt = (index: number) => numberIn(first[index] ?? "", delimiter);
  const { step, key, values } = plainColumns(header);
  const cells = values.map(({ index }) => numberAt(index));
  // Names and classes are what a table of data has. In long form, the row has one value.
  if (!cells.some((cell) => typeof cell === "number") || cells.includes(undefined) || (step >= 0 && typeof numberAt(step) !== "number" && key < 0)) return null;
  if ((await lightningReader.detect(path)) !== null) return null;
  if ((await kerasReader.detect(path)) !== null) return isSorted(header.slice(1)) && !counts(header.slice(1)) ? "keras" : "plain";
  for (const reader of [wandbCsvReader, csvReader]) if ((await reader.detect(path)) !== null) return "plain";
  return null;
}

function isSorted(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] ?? "") < name);
}
