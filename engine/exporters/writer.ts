import type { ExportPart } from "../api/exporters.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { ExperimentSource } from "../importers/records.ts";
import type { ExportedModel, ExportedRegistered, ExportedTrace } from "./beside.ts";
import type { Store } from "../store/store.ts";
import type { Holds } from "./holds.ts";
import type { LeftOut } from "./leftOut.ts";
import type { ExportedRun } from "./source.ts";

export interface Written {
  readonly points: number;
  readonly artifacts: number;
  readonly bytes: number;
}

export interface WriterNeeds {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly leftOut: LeftOut;
  readonly signal: AbortSignal;
  readonly holds: Holds;
  /** Parts that a bundle does not carry. */
  readonly without: ReadonlySet<ExportPart>;
}

/** Writes runs in one format, below or as the path that it was made for. */
export interface Writer {
  add(experiment: ExperimentSource, run: ExportedRun): Promise<Written>;
  /** For what stands beside the runs, which come first; absent where the format has no place for it. */
  readonly beside?: BesideWriter;
  /** Everything is on the disk afterwards. */
  close(): Promise<void>;
  /** Instead of `close`: writes nothing more, and holds no file open afterwards. */
  abort(): Promise<void>;
}

export interface BesideWriter {
  model(model: ExportedModel): Promise<Written>;
  /** After the logged models. */
  registered(model: ExportedRegistered): Promise<void>;
  /** @param run - The run that it belongs to. */
  trace(trace: ExportedTrace, run: string): Promise<Written>;
}
