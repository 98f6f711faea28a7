import type { FilePlace, RunSource } from "../records.ts";
import type { Place, Placed } from "./place.ts";

/** A log that a running launch writes, as it is followed. */
export interface Log extends Placed {
  /** As the script's side named it. */
  readonly path: string;
  /** Id of the run of MLflow's client, or path of the log of the run, that was active where it was begun. */
  readonly within: string | null;
  /** The run that its values go to, as runs.ts names it; null until that can be told. */
  run: string | null;
  /** What of the launch is that run; null for what belongs to another one's. */
  unit: string | null;
  /** Null until the first value that this engine sees. */
  place: Place | null;
  /** What it said of its run and nobody was told yet. */
  said: RunSource | null;
  hasValues: boolean;
  readonly keys: Set<string>;
  /** Name of a metric in the log → in the run; null where it is left out. */
  readonly names: Map<string, string | null>;
  places: Map<string, FilePlace>;
  /** Size and time of the file when it was read. */
  seen: string;
  notes: number;
  /** A look that the thread is at. */
  reading: Promise<void> | null;
  /** `performance.now()` before which the thread does not look again. */
  restUntil: number;
}
