import type { LogLimits } from "./logWriter.ts";
import type { ScriptOptions } from "./script.ts";

/** What a runner needs to know of its launch, whether it starts the script or takes it over. Holds nothing secret. */
export interface LaunchDuty {
  readonly launchId: string;
  readonly launchDir: string;
  readonly storeFolder: string;
  /** Where the runner listens, in the private runtime folder. */
  readonly control: string;
  /** The engine's file, for the case that it has to be started again; null: the one beside the runner. */
  readonly engineEntry: string | null;
  readonly version: string;
  readonly limits: LogLimits;
  /** For a polite end of the runner itself. */
  readonly graceMs: number;
}

/** What a new runner is told, on its standard input: an environment may hold secrets and must not lie in a file. */
export interface RunnerOrder extends LaunchDuty {
  readonly script: ScriptOptions;
}

/** What the successor of a killed runner is told, as an argument. The script's output stands at handles 3 and up. */
export interface Adoption extends LaunchDuty {
  readonly scriptPid: number;
  readonly scriptPidStart: string | null;
  readonly pty: boolean;
  readonly handles: number;
}
