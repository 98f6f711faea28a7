import type { Listed } from "../differences.ts";

/** Artifacts, and what says that a server is there. */
export const differences: readonly Listed[] = [
  { case: "artifacts: not there", call: 6, at: ["body.error_code", "body.message", "body.detail"], reason: "The reference's newer route answers in another form than its others, which MLflow's client cannot read." },
  ...[13, 14].map((call) => ({ case: "artifacts: paths that lead out", call, at: ["status", "body"], reason: "A name with a backslash means a folder on Windows: it is refused everywhere, so that a store can be copied there." })),
  ...[17, 18].map((call) => ({ case: "artifacts: paths that lead out", call, at: ["status", "body.error_code", "body.message"], reason: "An empty part of a path is refused as such, and what a client did wrong is no 5xx." })),
  ...[3, 9].map((call) => ({ case: "artifacts: uploads in parts", call, reason: "Uploads in parts work; the reference has them on object storage only." })),
  ...[1, 2, 3].map((call) => ({ case: "server: server-info", call, at: ["body.features_enabled.gateway"], reason: "There is no gateway to models of others." })),
];
