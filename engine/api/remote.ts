import { event, request } from "./tokens.ts";

/** How a person reaches an MLflow server. Kept by the editor in its secret storage, never in the folder. */
export interface RemoteAddress {
  /** `https://mlflow.example.com` or with a path before `/api`. */
  readonly uri: string;
  readonly username?: string;
  readonly password?: string;
  /** Sent as `Authorization: Bearer`, where no user is named. */
  readonly token?: string;
}

/** `refused`: the server wants other credentials, and nothing is tried again by itself. `odd`: something answers that is no MLflow server (a proxy, a page to log in); it is tried again. */
export type RemoteState = "syncing" | "connected" | "offline" | "odd" | "refused";

export interface RemoteStatus {
  readonly uri: string;
  readonly state: RemoteState;
  /** Why it is offline or refused, in words; null where all is well. */
  readonly message: string | null;
  /** UTC ms of the last look that saw everything; null before the first. */
  readonly synced: number | null;
  /** Runs of the server that stand here. */
  readonly runs: number;
  /** What of the server does not stand here, and why, in words: what it does not give, and what has a name that is somebody's own here. */
  readonly notShown: readonly string[];
}

/** What became of things of one kind that were sent to a server. */
export interface PushCount {
  /** Made there. */
  readonly created: number;
  /** There already, and had something new. */
  readonly updated: number;
  /** There as they are here. */
  readonly same: number;
}

/** What became of runs that were sent to a server, and of what belongs to them. */
export interface PushResult extends PushCount {
  readonly uri: string;
  /** Logged models. */
  readonly models: PushCount;
  /** Versions of registered models. */
  readonly versions: PushCount;
  readonly traces: PushCount;
  /** Runs that came from that server. */
  readonly theirs: number;
  readonly failed: readonly { readonly runId: string; readonly reason: string }[];
  /** What an MLflow server has no place for, in words with counts. */
  readonly leftOut: readonly string[];
}

/**
 * Shows the runs of a server among those of the folder from now on, and keeps them current. Answers once the server did; `again` (it was
 * connected before) answers at once, and the server is tried until it answers. Throws `REMOTE_ADDRESS`,
 * `REMOTE_OFFLINE`, `REMOTE_ODD`, `REMOTE_REFUSED`.
 */
export const remoteConnect = request<RemoteAddress & { readonly again?: boolean }, RemoteStatus>("remote/connect");
/** What was fetched stays, as it was then. */
export const remoteDisconnect = request<null, null>("remote/disconnect");
export const remoteStatus = request<null, RemoteStatus | null>("remote/status");
/** Looks at everything now; progress in runs. */
export const remoteSync = request<null, RemoteStatus>("remote/sync");
/** Sends runs; sending them again adds what is new. Without an address: to the connected server. */
export const remotePush = request<{ readonly runIds: readonly string[]; readonly address?: RemoteAddress }, PushResult>("remote/push");

export const remoteChanged = event<RemoteStatus>("remote/changed");
