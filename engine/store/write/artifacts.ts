import type { ArtifactRow } from "../operations.ts";
import type { Handlers, WriteContext } from "./context.ts";

/** The index of artifacts: what each path of a run or model holds. */
export function artifactWrites({ db }: WriteContext) {
  const put = db.prepare(
    "INSERT OR REPLACE INTO artifacts (root, path, bytes, digest, time) VALUES (@root, @path, @bytes, @digest, @time)",
  );
  // A folder goes with everything under it; the path is compared, never matched as a pattern.
  const remove = db.prepare("DELETE FROM artifacts WHERE root = @root AND (path = @path OR substr(path, 1, length(@path) + 1) = @path || '/')");

  const add = (root: string, rows: readonly ArtifactRow[]): void => {
    for (const { path, bytes, digest, time } of rows) put.run({ root, path, bytes, digest, time });
  };
  const handlers: Pick<Handlers, "artifact.add" | "artifact.remove"> = {
    "artifact.add"({ root, rows }) {
      add(root, rows);
      return null;
    },
    "artifact.remove"({ root, path }) {
      remove.run({ root, path });
      return null;
    },
  };
  return { handlers, add };
}

export type ArtifactWrites = ReturnType<typeof artifactWrites>;
