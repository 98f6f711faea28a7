import type { FilePlace } from "../../importers/records.ts";
import type { LaunchEvents } from "../operations.ts";

/** What was new in a file that another tracker's logger writes, stored together with how far it was read. */
export interface LaunchFollowed extends Pick<LaunchEvents, "metrics" | "params" | "tags" | "artifacts" | "notes"> {
  readonly launchId: string;
  /** As it was named in `LaunchSource`. */
  readonly path: string;
  /** A run of the launch that the log belongs to; absent: the launch's own. */
  readonly runId?: string;
  /** Names of metrics that come from this source only. */
  readonly keys: readonly string[];
  readonly places: readonly (FilePlace & { readonly file: string })[];
}

export interface FollowedOperations {
  "launch.followed": { input: LaunchFollowed; output: null };
}
