import type { CodeChange } from "../api/code.ts";
import { git, zeroSeparated } from "../capture/git.ts";
import type { RunCode } from "./recorded.ts";

/**
 * Files that differ between the code of two runs. Candidates come from the records (cheap), contents decide: a file that both
 * runs changed in the same way is no difference.
 */
export async function diffCode(from: RunCode, to: RunCode): Promise<CodeChange[]> {
  const changes: CodeChange[] = [];
  for (const path of await candidates(from, to)) {
    const [before, after] = await Promise.all([from.file(path), to.file(path)]);
    if (before === null && after === null) continue;
    if (before === null) changes.push({ path, state: "added" });
    else if (after === null) changes.push({ path, state: "deleted" });
    else if (Buffer.compare(before, after) !== 0) changes.push({ path, state: "modified" });
  }
  return changes;
}

async function candidates(from: RunCode, to: RunCode): Promise<string[]> {
  const paths = new Set<string>();
  for (const side of [from, to]) {
    const { state, blobs } = side.recorded;
    for (const { path } of state.files) paths.add(side.storePath(path));
    for (const blob of blobs) if (blob.kind === "source") paths.add(side.storePath(blob.path));
  }
  const [a, b] = [from.recorded.state.commit, to.recorded.state.commit];
  if (a !== null && b !== null && a !== b) {
    const listed = await git(from.root, ["diff", "--name-only", "-z", a, b]);
    for (const path of zeroSeparated(listed.stdout)) paths.add(from.storePath(path));
  }
  return [...paths].sort();
}
