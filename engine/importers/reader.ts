import type { ImportFormat } from "../api/importers.ts";
import type { FilePlace, SourceRecord } from "./records.ts";

/** A source that was recognised. */
export interface Detected {
  /** The file or folder to read; may lie above what was asked for (a run's folder within `mlruns`). Absolute. */
  readonly path: string;
  /** The folder that artifacts must lie in; what leads out of it is refused. Absolute; default: `path`, or the folder of a file. */
  readonly confines?: string;
}

export interface ReadOptions {
  /** Ends the generator soon; it need not throw. */
  readonly signal: AbortSignal;
  /** Asked by a follower, every few seconds: what is over and looks untouched may be passed over without a closer look. Absent: no. */
  readonly follow?: boolean;
  /** Key of the one run that is asked for; a reader may say others all the same. Absent: all. */
  readonly run?: string;
}

/**
 * Reads one foreign format. A reader only ever reads: it writes nothing beside its source, holds no lock for long, follows no link out
 * of it, and bounds what it takes into memory. What it cannot read becomes a `problem` record; it throws a `TouchstoneError` only
 * where nothing of the source can be read at all.
 */
export interface Reader {
  readonly format: ImportFormat;
  /** As people call it: "MLflow folder". */
  readonly title: string;
  /** Whether this very path is such a source. Cheap: names and headers; never throws. */
  detect(path: string): Promise<Detected | null>;
  /**
   * Everything that is new since `from` (by file, relative to the source; empty: all). Saying something again that did not change is
   * allowed: the store knows it.
   */
  read(path: string, from: ReadonlyMap<string, FilePlace>, options: ReadOptions): AsyncIterable<SourceRecord>;
}
