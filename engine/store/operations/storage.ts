export interface StorageOperations {
  /** Removes runs for good, with what only they have; those that are not there are passed over. Gives what else lost its place: launches without any run. What of all that lies on the disk is noted, and the note stands until `storage.removed`. */
  "run.prune": { input: { runIds: readonly string[]; modelIds: readonly string[] }; output: { launches: readonly string[] } };
  /** What was noted of these owners (`run:<id>`, `model:<id>`, `launch:<id>`) is on the disk no longer. */
  "storage.removed": { input: { owners: readonly string[] }; output: null };
}
