import { statOf } from "./files.ts";
import type { FilePlace } from "./records.ts";

/** What a reader of databases must know to go on: of each growing table the last row that was said, and what that row was. */
export interface DbState {
  /** Size and time of change of the file and its log. */
  readonly look: string;
  readonly rows: Readonly<Record<string, { readonly rowid: number; readonly mark: string }>>;
  /** Runs that were not over. */
  readonly open: readonly string[];
}

export function stateOf(place: FilePlace | undefined, inode: number): DbState {
  if (place?.state === undefined || place.inode !== inode) return { look: "", rows: {}, open: [] };
  // SAFETY: a reader of databases wrote it.
  return JSON.parse(place.state) as DbState;
}

/** What a database looks like from outside. */
export function lookOf(file: string): { readonly look: string; readonly inode: number; readonly size: number } {
  const [main, log] = [statOf(file), statOf(`${file}-wal`)];
  return { look: `${main?.size} ${main?.mtimeMs} ${log?.size} ${log?.mtimeMs}`, inode: main?.ino ?? 0, size: main?.size ?? 0 };
}
