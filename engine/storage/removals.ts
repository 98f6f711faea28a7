import { rm } from "node:fs/promises";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { assertWithin } from "../artifacts/tree.ts";
import { launchFiles } from "../launches/files.ts";
import { directoryBytes } from "../platform/directories.ts";
import type { Removal } from "../store/read/storage.ts";
import type { Store } from "../store/store.ts";

/**
 * Removes from the disk what pruned runs left there: trees, logs, and contents that nothing refers to by now. The prune noted it with its
 * commit, and the notes go last: killed anywhere in here, the next call does the rest. Gives bytes. Throws what kept something from being
 * removed, once all else is; that stays noted. Stopped by `signal` all notes stay.
 */
export async function finishRemovals({ store, artifacts }: { readonly store: Store; readonly artifacts: Artifacts }, signal?: AbortSignal): Promise<number> {
  const noted = store.read.storage.removals();
  if (noted.length === 0) return 0;
  let logs = 0;
  const done: string[] = [];
  const failed: unknown[] = [];
  for (const removal of noted) {
    if (signal?.aborted === true) return 0;
    try {
      logs += await remove(store, artifacts, removal);
      done.push(removal.owner);
    } catch (error) {
      failed.push(error);
    }
  }
  const { bytes } = await artifacts.collect();
  await store.write("storage.removed", { owners: done });
  if (failed.length > 0) throw failed[0];
  return bytes + logs;
}

/** Gives the bytes of a log. What came back meanwhile (an import brought it again) stays. */
async function remove(store: Store, artifacts: Artifacts, { owner, experiment }: Removal): Promise<number> {
  const id = owner.slice(owner.indexOf(":") + 1);
  if (owner.startsWith("launch:")) return store.read.storage.isRemovedLaunch(id) ? removeLog(store, id) : 0;
  const kind = owner.startsWith("run:") ? "run" : "model";
  const isThere = kind === "run" ? store.read.runs.byId(id) : store.read.models.byId(id);
  if (isThere === undefined) await artifacts.forgetTree({ kind, id }, experiment);
  return 0;
}

async function removeLog(store: Store, launchId: string): Promise<number> {
  const { folder } = launchFiles(store.folder, launchId);
  await assertWithin(store.dir, folder);
  const bytes = await directoryBytes(folder);
  await rm(folder, { recursive: true, force: true });
  return bytes;
}
