import { existsSync, statSync } from "node:fs";
import { offlineTakeIn, offlineWatch, type TakenIn } from "../api/offline.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { filesIn } from "../launches/files.ts";
import { toShape } from "../rpc/errors.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { lastSign } from "./folder.ts";
import { findOfflineFolders, readManifest } from "./manifest.ts";
import { Spools } from "./spools.ts";
import { TakeIn } from "./takeIn.ts";

/** How often the workspace is looked through, and for how long a run without an end must have been silent to be taken in by itself. */
const LOOK_MS = 120_000;
const FIRST_LOOK_MS = 500;
const SILENT_MS = 10 * 60_000;

/** Takes in what was recorded while no engine was there, or where none could be reached. */
export function registerOffline(rpc: RpcServer, services: Services): Spools {
  const { store, folder, log } = services;
  const spools = new Spools(services);
  const takeIn = new TakeIn(services, spools);
  services.launches.hook({ onLook: ({ launchId }) => spools.catchUp(launchId) });
  let turn: Promise<unknown> = Promise.resolve();
  // One after the other: two windows may ask for the same folder.
  const take = (path: string): Promise<TakenIn> => {
    const taken = turn.then(() => takeIn.folder(path));
    turn = taken.catch(() => undefined);
    return taken;
  };

  rpc.handle(offlineTakeIn, async ({ path }, { signal }) => {
    if (store.readOnly) throw new TouchstoneError({ code: "STORE_READ_ONLY", message: store.notes[0] ?? "This store is open for reading only.", file: store.file });
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw new TouchstoneError({ code: "NO_FOLDER", message: "There is no such folder.", file: path });
    const taken: TakenIn[] = [];
    const problems: { file: string; reason: string }[] = [];
    for (const found of await findOfflineFolders(path)) {
      if (signal.aborted) break;
      try {
        taken.push(await take(found));
      } catch (error) {
        const { file = found, message } = toShape(error);
        problems.push({ file, reason: message });
      }
    }
    return { taken, problems };
  });

  /** Clients whose person trusts the folder. What came with it is nothing that is read without one. */
  const trusting = new Set<number>();
  const told = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  rpc.handle(offlineWatch, (_, { client }) => {
    trusting.add(client.id);
    if (trusting.size === 1 && !store.readOnly) lookIn(FIRST_LOOK_MS);
    return null;
  });
  rpc.onClients((_, left) => {
    if (left !== null) trusting.delete(left.id);
  });

  function lookIn(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void look().finally(() => lookIn(LOOK_MS)), ms).unref();
  }

  /** Runs that lie in the workspace come by themselves, once they have ended. */
  async function look(): Promise<void> {
    for (const found of trusting.size === 0 ? [] : await findOfflineFolders(folder, 3)) {
      if (trusting.size === 0) return;
      try {
        const files = filesIn(found);
        const over = existsSync(files.exit) || Date.now() - lastSign(files, readManifest(found).start) > SILENT_MS;
        if (over && !told.has(found)) await take(found);
      } catch (error) {
        if (!told.has(found)) log(`a run that was recorded offline: ${error instanceof Error ? error.message : String(error)}`);
        told.add(found);
      }
    }
  }

  return spools;
}
