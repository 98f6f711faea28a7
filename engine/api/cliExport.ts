import { Type } from "typebox";
import { SCHEMA_VERSION } from "./cli.ts";

const version = Type.Literal(SCHEMA_VERSION);

/** `touchstone export`. */
export const exportAnswer = Type.Object({
  schemaVersion: version,
  format: Type.String(),
  path: Type.String(),
  runs: Type.Integer(),
  points: Type.Integer(),
  artifacts: Type.Integer(),
  bytes: Type.Integer(),
  holds: Type.Array(Type.String()),
  leftOut: Type.Array(Type.String()),
});

/** `touchstone push`. */
const pushCount = Type.Object({ created: Type.Integer(), updated: Type.Integer(), same: Type.Integer() });

export const pushAnswer = Type.Object({
  schemaVersion: version,
  uri: Type.String(),
  created: Type.Integer(),
  updated: Type.Integer(),
  same: Type.Integer(),
  models: pushCount,
  versions: pushCount,
  traces: pushCount,
  theirs: Type.Integer(),
  failed: Type.Array(Type.Object({ runId: Type.String(), reason: Type.String() })),
  leftOut: Type.Array(Type.String()),
});
