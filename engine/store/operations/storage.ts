export interface StorageOperations {
  /** Removes runs for good, with what only they have; those that are not there are passed over. Gives what else lost its place: launches without any run. */
  "run.prune": { input: { runIds: readonly string[]; modelIds: readonly string[] }; output: { launches: readonly string[] } };
}
