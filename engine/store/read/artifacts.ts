import type { Db } from "../connection.ts";
import type { ArtifactRow } from "../operations.ts";

/** Reads of the artifacts' index; `root` is `run:<run_id>`, `model:<model_id>` or `trace:<trace_id>`. */
export function artifactReads(db: Db) {
  const columns = "path, bytes, digest, time";
  const one = db.prepare<[string, string], ArtifactRow>(`SELECT ${columns} FROM artifacts WHERE root = ? AND path = ?`);
  const all = db.prepare<[string], ArtifactRow>(`SELECT ${columns} FROM artifacts WHERE root = ? ORDER BY path`);
  const under = db.prepare<[string, string, string], ArtifactRow>(
    `SELECT ${columns} FROM artifacts WHERE root = ? AND path >= ? || '/' AND path < ? || '0' ORDER BY path`,
  );
  const digests = db.prepare<[], { digest: string }>("SELECT digest FROM artifacts UNION SELECT digest FROM launch_blobs");
  const size = db.prepare<[], { bytes: number; blobs: number }>(
    "SELECT coalesce(sum(bytes), 0) AS bytes, count(*) AS blobs FROM (SELECT digest, max(bytes) AS bytes FROM artifacts GROUP BY digest)",
  );
  return {
    one: (root: string, path: string): ArtifactRow | undefined => one.get(root, path),
    /** Everything under a folder of a root; '' is the root. */
    under: (root: string, path: string): ArtifactRow[] => (path === "" ? all.all(root) : under.all(root, path, path)),
    /** Digests that something refers to: what garbage collection keeps. */
    digests: (): Set<string> => new Set(digests.all().map((row) => row.digest)),
    size: () => size.get() ?? { bytes: 0, blobs: 0 },
  };
}

export type ArtifactReads = ReturnType<typeof artifactReads>;
