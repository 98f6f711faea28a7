import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactOwner } from "../artifacts/artifacts.ts";
import { isLaunchId } from "../launches/files.ts";
import type { Store } from "../store/store.ts";

/**
 * Folders of artifacts and of launches whose run, model or trace the store does not have: what a prune that was killed left before prunes
 * noted what they remove, and what somebody copied there. Nothing removes them, as they may hold a person's own files.
 */
export async function strayFolders({ dir, read }: Pick<Store, "dir" | "read">, artifactRoot: string): Promise<string[]> {
  const found: string[] = [];
  const trees = async (folder: string, kind: ArtifactOwner["kind"]): Promise<void> => {
    for (const id of await folders(folder)) {
      if (kind === "run" && (id === "models" || id === "traces")) continue;
      const owner = kind === "run" ? read.runs.byId(id) : kind === "model" ? read.models.byId(id) : read.traces.byId(id);
      if (owner === undefined && (await isFolder(join(folder, id, "artifacts")))) found.push(join(folder, id));
    }
  };
  for (const experiment of await folders(artifactRoot)) {
    if (experiment === "blobs" || experiment === "incoming") continue;
    await trees(join(artifactRoot, experiment), "run");
    await trees(join(artifactRoot, experiment, "models"), "model");
    await trees(join(artifactRoot, experiment, "traces"), "trace");
  }
  for (const id of await folders(join(dir, "launches"))) if (isLaunchId(id) && read.storage.isRemovedLaunch(id)) found.push(join(dir, "launches", id));
  return found;
}

/** Names; no links. */
async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then((found) => found.isDirectory(), () => false);
}
