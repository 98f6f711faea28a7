import { rm } from "node:fs/promises";
import { storageAbout, storageBackUp, storageForget, storageGiveBack, storageOpened, storagePreview, storagePrune, storageRestore, storageUsage } from "../api/storage.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { createCompute } from "../compute/compute.ts";
import { OWN_VERSION } from "../life/version.ts";
import { entryPath } from "../platform/entries.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { giveBack } from "./giveBack.ts";
import { forgetBundle, openedBundles } from "./opened.ts";
import { previewPrune, prune } from "./prune.ts";
import { finishRemovals } from "./removals.ts";
import { Replacement } from "./replace.ts";
import { removeStagings } from "./staging.ts";
import { aboutTask, backUpTask, unpackTask } from "./tasks.ts";
import { storageOf } from "./usage.ts";

/** Runs that one answer names at most. */
const MOST = 1_000;
/** A script that closes each of its connections may log once an epoch. */
const LATELY_MS = 10 * 60 * 1000;
/** Of runs, in a sentence. */
const NAMED = 3;
/** A backup is made now and then; its thread is not kept for the next one. */
const IDLE_MS = 10_000;

export interface Storage {
  close(): Promise<void>;
  /** For when the store is closed: puts a restored one in its place. */
  replace(): Promise<void>;
}

/** What the store takes, how it takes less, and its backups. @param leave ends this engine; the next one opens what stands there then. */
export function registerStorage(rpc: Pick<RpcServer, "handle">, services: Services, leave: () => void): Storage {
  const { folder, store, runTable, artifacts, log } = services;
  const thread = createCompute(log, IDLE_MS, entryPath("storage"));
  const replacement = new Replacement(folder);
  // Whole stores may lie there: nobody waits for it.
  removeStagings(folder).catch((error: unknown) => log(`What an interrupted backup had left is not removed yet: ${String(error)}`));
  const leaving = new AbortController();
  // An engine before this one may have been killed in a prune. Nobody waits for it.
  const finished = store.readOnly ? Promise.resolve() : finishRemovals(services, leaving.signal).then(
    (bytes) => void (bytes > 0 && log(`What an interrupted prune had left is removed: ${bytes} bytes.`)),
    (error: unknown) => log(`What an interrupted prune had left is not removed yet: ${String(error)}`),
  );
  rpc.handle(storageUsage, ({ runs }) => storageOf(store, runTable, artifacts.root, Math.min(runs, MOST)));
  rpc.handle(storageOpened, async () => ({ bundles: await openedBundles() }));
  rpc.handle(storageForget, ({ id }) => forgetBundle(id));
  rpc.handle(storagePreview, (query) => previewPrune(services, query));
  rpc.handle(storagePrune, ({ digest, ...query }, { signal }) => prune(services, query, digest, signal));
  rpc.handle(storageGiveBack, async (_, { signal, progress }) => {
    const { free, shrinks } = store.read.storage.database();
    if (!shrinks) return { bytes: await store.upkeep("rewrite") };
    return { bytes: await giveBack(store, signal, (done) => progress({ done: Math.round(done / 1e6), total: Math.round(free / 1e6), unit: "MB" })) };
  });
  rpc.handle(storageBackUp, ({ file, replace }, { signal, progress }) =>
    thread.run(backUpTask, { folder, file, replace, artifactRoot: artifacts.root, version: OWN_VERSION.version }, { signal, onProgress: progress }),
  );
  rpc.handle(storageAbout, ({ file }, { signal }) => thread.run(aboutTask, { file }, { signal }));
  rpc.handle(storageRestore, async (from, { signal, progress }) => {
    refuseReplacing(services);
    if ("kept" in from) {
      const kept = replacement.backTo(from.kept);
      leave();
      return { kept };
    }
    const { staging } = await thread.run(unpackTask, { file: from.file, folder }, { signal, onProgress: progress });
    try {
      // Unpacking takes minutes: a training may have begun. From here on nothing begins: the engine leaves within the same turn.
      refuseReplacing(services);
    } catch (error) {
      await rm(staging, { recursive: true, force: true });
      throw error;
    }
    const kept = replacement.unpacked(staging);
    // This request is answered before it goes.
    leave();
    return { kept };
  });
  return {
    async close() {
      leaving.abort();
      await finished;
      await thread.close();
    },
    replace: async () => {
      try {
        await replacement.perform();
      } catch (error) {
        log(`The restored store could not be put in its place: ${String(error)}`);
      }
    },
  };
}

function refuseReplacing({ store, launches, artifacts, runTable, folder }: Services): void {
  const refusal = (message: string, hint: string): TouchstoneError => new TouchstoneError({ code: "STORE_IN_USE", message, file: folder, hint });
  if (store.readOnly) throw refusal("This store is open for reading only, so no other can take its place.", store.notes[0] ?? "Restore into another folder.");
  const { writing } = launches;
  if (writing > 0) throw refusal(`${writing === 1 ? "A training writes" : `${writing} trainings write`} into this store.`, "Stop it or wait for its end, then restore.");
  // Nobody holds the processes of these, so nobody could tell them that their run is gone.
  const open = [...runTable.newestFirst()].filter((row) => runTable.signs.mayWrite(runTable.run(row), LATELY_MS) && !store.read.sources.isTaken(runTable.run(row).runKey));
  if (open.length > 0) {
    const names = open.slice(0, NAMED).map((row) => runTable.title(row)).join(", ") + (open.length > NAMED ? ` and ${open.length - NAMED} more runs` : "");
    throw refusal(`A script, notebook or client writes to ${names} in this store.`, "End it, then restore. One that was killed counts as gone ten minutes after its last sign.");
  }
  if (!artifacts.root.startsWith(store.dir)) throw refusal(`This store keeps its artifacts in ${artifacts.root}, where a backup does not put them.`, "Restore into another folder: `touchstone restore FILE --folder DIR`.");
}
