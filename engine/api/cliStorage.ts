import Type, { type Static } from "typebox";
import { answer, time } from "./cli.ts";

const closed = { additionalProperties: false };
const of = { bytes: Type.Number(), artifacts: Type.Number(), logs: Type.Number(), points: Type.Number() };
const run = Type.Object({ runId: Type.String(), title: Type.String(), experimentId: Type.String(), start: time, deleted: Type.Boolean(), server: Type.Optional(Type.String()), ...of }, closed);

/** `touchstone storage`: bytes on the disk; of runs and experiments what each would take alone. */
export const storageAnswer = answer({
  folder: Type.String(),
  bytes: Type.Number(),
  kinds: Type.Array(Type.Object({ kind: Type.Enum(["metrics and params", "free in the database", "artifacts", "code", "logs", "unreferenced", "cache", "backups"]), bytes: Type.Number() }, closed)),
  experiments: Type.Array(Type.Object({ experimentId: Type.String(), name: Type.String(), runs: Type.Number(), ...of }, closed)),
  runs: Type.Array(run),
  /** Bundles that this user opened for reading: unpacked outside of the store, which `bytes` of the whole does not count. */
  opened: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), file: Type.String(), runs: Type.Number(), bytes: Type.Number(), opened: time }, closed)),
});
export type StorageAnswer = Static<typeof storageAnswer>;

/** `touchstone prune`: what would go (`pruned: false`, with `--dry-run`), or what went. */
export const pruneAnswer = answer({
  pruned: Type.Boolean(),
  runs: Type.Number(),
  models: Type.Number(),
  points: Type.Number(),
  bytes: Type.Number(),
  /** Bytes that the database's file is shorter by. */
  database: Type.Number(),
  /** Bytes that a `gc` frees, an hour after they were stored. */
  later: Type.Number(),
  /** Found by the filter, and kept: still running, or made into a version of a registered model. */
  running: Type.Number(),
  registered: Type.Number(),
  /** Runs of MLflow servers among them, by address: they stay there, and come back here when that server is connected anew. */
  servers: Type.Record(Type.String(), Type.Number()),
  /** The largest of them, at most 100. */
  first: Type.Array(run),
});
export type PruneAnswer = Static<typeof pruneAnswer>;

const backup = { file: Type.String(), folder: Type.String(), created: time, version: Type.String(), schema: Type.Number(), runs: Type.Number(), files: Type.Number(), bytes: Type.Number(), missing: Type.Array(Type.String()) };

/** `touchstone backup FILE`; `missing` names what the store should have had. */
export const backupAnswer = answer(backup);
/** `touchstone restore FILE`. */
export const restoreAnswer = answer(backup);
/** `touchstone open BUNDLE`: `folder` has the store to look at; `problems` could not be read. */
export const openAnswer = answer({
  folder: Type.String(),
  name: Type.String(),
  file: Type.String(),
  runs: Type.Number(),
  problems: Type.Array(Type.Object({ file: Type.String(), line: Type.Optional(Type.Number()), reason: Type.String() }, closed)),
});
