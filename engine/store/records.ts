import type { ParamSource, RunStatus } from "../api/runs.ts";
import type { MetricOrigin } from "./operations.ts";

/** A run as it stands in the store, without its keys and values. Times are UTC milliseconds. */
export interface RunRecord {
  readonly runKey: number;
  readonly runId: string;
  readonly experimentId: number;
  readonly launchKey: number | null;
  readonly parentKey: number | null;
  readonly name: string;
  readonly nameFrom: "person" | "client" | "none";
  readonly user: string | null;
  readonly status: RunStatus;
  readonly start: number;
  readonly end: number | null;
  readonly deleted: number | null;
  readonly starred: number;
  readonly color: number;
  readonly error: string | null;
  readonly progress: string | null;
}

/** What the runs of a launch show of it. */
export interface LaunchRecord {
  readonly launchKey: number;
  readonly launchId: string;
  readonly runKey: number | null;
  readonly experimentId: number;
  readonly script: string | null;
  readonly status: RunStatus;
  readonly commit: string | null;
  /** Changed lines against the commit; null without code. */
  readonly added: number | null;
  readonly removed: number | null;
}

export interface ExperimentRecord {
  /** The store's own key. */
  readonly experimentId: number;
  /** What everybody outside of the store calls it: the key as text, or an id beyond 2^53 that it came with. */
  readonly id: string;
  readonly name: string;
  readonly script: string | null;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number | null;
  /** Where a client said that artifacts shall go; null for this store. */
  readonly artifactLocation: string | null;
}

export interface LatestRecord {
  readonly runKey: number;
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly time: number;
  /** Null where every point is NaN. */
  readonly min: number | null;
  readonly max: number | null;
  readonly points: number;
  readonly origin: MetricOrigin;
  /** The first point of this commit that is NaN or infinite; a number may have followed it. */
  readonly nonFinite?: { readonly value: number; readonly step: number };
}

export interface ParamRecord {
  readonly runKey: number;
  readonly key: string;
  readonly source: ParamSource;
  readonly value: string;
}

/** `value` is null where the tag was deleted. */
export interface TagRecord {
  readonly runKey: number;
  readonly key: string;
  readonly value: string | null;
}

/** How the store names sources that are MLflow servers: their `path` is an address. */
export const SERVER_FORMAT = "mlflow-server";

/** A run of an MLflow server, which is shown here as well. */
export interface RunServer {
  readonly runKey: number;
  readonly uri: string;
}

/** What one commit changed: rows as they are after it; params and tags in the order in which they were written. `version` grows by one with every commit. */
export interface StoreChange {
  readonly version: number;
  readonly experiments: readonly ExperimentRecord[];
  readonly launches: readonly LaunchRecord[];
  readonly runs: readonly RunRecord[];
  /** Keys of runs that were removed for good. */
  readonly goneRuns?: readonly number[];
  /** Runs that came from a server just now. */
  readonly servers?: readonly RunServer[];
  readonly latest: readonly LatestRecord[];
  /** Points of these (run, key) were taken back: the metric is gone. */
  readonly goneLatest: readonly { readonly runKey: number; readonly key: string }[];
  readonly params: readonly ParamRecord[];
  /** Keys of runs whose params are no longer what was told before; `params` has all of these runs'. */
  readonly anewParams?: readonly number[];
  readonly tags: readonly TagRecord[];
}

/** How a metric's value is stored: SQLite has no NaN. */
export function storedNumber(value: number): number | "NaN" {
  return Number.isNaN(value) ? "NaN" : value;
}

export function loadedNumber(value: number | string): number {
  return typeof value === "number" ? value : Number.NaN;
}
