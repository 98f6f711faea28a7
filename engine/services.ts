import type { IncomingMessage, ServerResponse } from "node:http";
import type { Artifacts } from "./artifacts/artifacts.ts";
import type { Launches } from "./launches/launches.ts";
import type { ElsewhereRuns } from "./runs/elsewhere.ts";
import type { RunTable } from "./runs/columns/runTable.ts";
import type { Store } from "./store/store.ts";

/** What the engine's process has before any capability. */
export interface BaseServices {
  /** The folder that holds `.touchstone`; a real path. */
  readonly folder: string;
  /** Signs launch tokens (life/tokens.ts). */
  readonly secret: Uint8Array;
  readonly http: HttpDoor;
  /** What limits this store, in words; shown in the status. */
  readonly notes: string[];
  /** One line into the engine's own log in the private folder; never values of a person's data. */
  log(message: string): void;
}

/** What every capability of the engine is built from; `main.ts` makes it once and hands it to each `register…`. */
export interface Services extends BaseServices {
  readonly store: Store;
  readonly artifacts: Artifacts;
  /** All runs as columns in memory, current after every commit. */
  readonly runTable: RunTable;
  /** Runs that stand on another server. */
  readonly elsewhere: ElsewhereRuns;
  /** `launches.hook({ … })` lets a capability watch launches. */
  readonly launches: Launches;
}

/** The engine's own HTTP port on 127.0.0.1. Requests that come before `serve` was called wait for it. */
export interface HttpDoor {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly uri: string;
  /** False with `touchstone serve --no-token`: every caller counts as the store's token. */
  readonly requireToken: boolean;
  serve(listener: (request: IncomingMessage, response: ServerResponse) => void): void;
}
