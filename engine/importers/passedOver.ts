import { relative } from "node:path";

/** So many are named in a sentence. */
const NAMED = 3;

/** What is said of files in a folder that look like logs of metrics and are imported only where a person points at them. */
export function passedOverText(files: readonly string[], folder: string): string {
  const names = files.slice(0, NAMED).map((file) => relative(folder, file) || file);
  const more = files.length > NAMED ? ` and ${files.length - NAMED} more` : "";
  return `${files.length === 1 ? "1 CSV file that looks like a log of metrics was" : `${files.length} CSV files that look like logs of metrics were`} passed over: ${names.join(", ")}${more}; to import one, point at it.`;
}
