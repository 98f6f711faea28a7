import type { OperationInput, OperationName } from "../operations.ts";

/** Writes that may be told later than they were meant: those that a client's call makes. */
export type ReplayedName = Extract<OperationName, `run.${string}` | `model.${string}` | `experiment.${string}` | `artifact.${string}`>;

/** One write, with what it is called when it is refused. */
export type ReplayedWrite = { [K in ReplayedName]: { readonly what: string; readonly op: K; readonly input: OperationInput<K> } }[ReplayedName];

/** The effects of the bytes [from, to) of a launch's kept calls, exactly once, as `LaunchEvents` has it. */
export interface LaunchReplay {
  readonly launchId: string;
  readonly from: number;
  readonly to: number;
  readonly writes: readonly ReplayedWrite[];
  readonly notes: readonly string[];
}

export interface ReplayOperations {
  "launch.replay": { input: LaunchReplay; output: { applied: boolean; offset: number } };
}
