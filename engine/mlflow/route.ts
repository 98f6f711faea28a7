import type { ServerResponse } from "node:http";
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { RunRecord } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { Fields } from "./fields.ts";
import type { Retries } from "./retries.ts";

/** What every handler of the door works with. */
export interface DoorServices {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly retries: Retries;
  /** Finds runs by filter and order. Throws MLflow's messages. */
  readonly search: RunSearch;
}

export interface RunQuery {
  readonly experimentIds: readonly string[];
  readonly filter: string;
  readonly orderBy: readonly string[];
  readonly view: "active" | "deleted" | "all";
}

/** Answers `runs/search`. */
export interface RunSearch {
  /** @param token - Empty for the first page. */
  page(query: RunQuery, size: number, token: string): Promise<RunPage>;
}

export interface RunPage {
  readonly runs: readonly RunRecord[];
  /** The token of the next page. */
  readonly next?: string;
}

/** One call. */
export interface Call {
  readonly fields: Fields;
  /** The launch whose token the call carries. */
  readonly launchId: string | undefined;
  /** What tells this call from another one: a digest of who said what. */
  readonly digest: () => string;
  /** An id for what is made: a client that may have to repeat the call to a later engine chose it. Only with a launch's token. */
  readonly madeId: string | undefined;
  readonly response: ServerResponse;
}

/** A body that is written piece by piece: JSON as text. */
export class JsonPieces {
  readonly pieces: Iterator<string>;

  constructor(pieces: Iterator<string>) {
    this.pieces = pieces;
  }
}

/** Answers with the object that becomes the JSON body, or with its text in pieces. */
export type Handler = (call: Call) => object | JsonPieces | Promise<object | JsonPieces>;

/**
 * `METHOD path`, relative to `/api/2.0/mlflow/` (and `/ajax-api/2.0/mlflow/`), or to `/api/3.0/mlflow/` where the path
 * begins with `3.0/`; `:name` parts arrive as fields. The one that stands first wins.
 */
export type Routes = Readonly<Record<string, Handler>>;

/** Where clients before MLflow 2 look for the routes of 2.0. */
const PREVIEW = ["/api/2.0/preview/mlflow", "/ajax-api/2.0/preview/mlflow"];

/** Where a route is served. */
export function placeOf(name: string): { method: string; paths: string[] } {
  const [, method = "", version = "2.0", path = ""] = /^(\w+) (?:(3\.0)\/)?(.*)$/.exec(name) ?? [];
  const doors = [`/api/${version}/mlflow`, `/ajax-api/${version}/mlflow`, ...(version === "2.0" ? PREVIEW : [])];
  return { method, paths: doors.map((door) => `${door}/${path}`) };
}

/** Experiment "0" of a launch's call also means the launch's own experiment: that is where its unnamed runs go. */
export function experimentsOf(services: DoorServices, ids: readonly string[], launchId: string | undefined): string[] {
  const launch = launchId === undefined ? undefined : services.store.read.launches.byId(launchId);
  return ids.flatMap((id) => (id === "0" && launch ? ["0", services.store.read.experiments.idOf(launch.experimentId)] : [id]));
}
