import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { isOwnPlainFile, networkFileSystem } from "../platform/filesystems.ts";
import { bundleOf } from "../importers/openedBundle.ts";
import { bundleRefusal } from "../importers/readOnly.ts";
import { finishExchange, removeLeftovers } from "../storage/exchange.ts";
import { takeLock, type Lock } from "../store/lock.ts";
import { refusePlanted } from "../store/planted.ts";
import { openStore, type Store } from "../store/store.ts";
import { STORE_FOLDER } from "./folder.ts";

const GONE_LOOK_MS = 2000;

export interface ExclusiveStore {
  readonly store: Store;
  /** What limits it beyond the store's own notes, in words. */
  readonly notes: readonly string[];
  /** Calls back when the store's file was removed or replaced under the engine: what it writes then is lost. */
  onGone(listener: () => void): void;
  /** Closes the store, then frees it for other engines. */
  close(): Promise<void>;
}

/**
 * Opens a folder's store for the only engine that may write it. The lock of the private folder keeps this user's engines apart;
 * a second one in the store itself keeps other users (and `sudo`) out: who comes second only reads. Throws as `openStore`.
 */
export async function openExclusiveStore(folder: string): Promise<ExclusiveStore> {
  // The lock is made in there: no link may lead it elsewhere.
  refusePlanted(join(folder, STORE_FOLDER));
  const bundle = bundleOf(folder);
  if (bundle !== null) return ofBundle(folder, bundle.name);
  finishExchange(folder);
  const network = networkFileSystem(folder);
  const notes = network === null ? [] : [`The folder lies on a network file system (${network}): tracking is slower, and only one machine may track into it at a time.`];
  const file = join(folder, STORE_FOLDER, "engine.lock");
  // A new store makes its folder (and .gitignore, first of all) itself.
  const early = existsSync(join(folder, STORE_FOLDER, "touchstone.db")) ? lockOf(file) : undefined;
  if (early === null) return readOnly(folder, notes);
  const store = await openStore({ folder }).catch((error: unknown) => {
    // This process tries again; it must not take itself for somebody else.
    early?.release();
    throw error;
  });
  const lock = early ?? (store.readOnly ? undefined : lockOf(file));
  if (lock === null) {
    await store.close();
    return readOnly(folder, notes);
  }
  const watch = new FileWatch(store.file);
  // Whole stores may lie there: nobody waits for their removal.
  if (!store.readOnly) void removeLeftovers(folder).catch(() => undefined);
  const close = async (): Promise<void> => {
    watch.stop();
    await store.close();
    lock?.release();
  };
  return { store, notes, onGone: (listener) => watch.start(listener), close };
}

/** Looks now and then whether a path still names the file that it named at first. */
class FileWatch {
  readonly #file: string;
  readonly #identity: string | null;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string) {
    this.#file = file;
    this.#identity = identity(file);
  }

  start(listener: () => void): void {
    this.#timer = setInterval(() => {
      if (identity(this.#file) === this.#identity) return;
      this.stop();
      listener();
    }, GONE_LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function identity(file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}

/** What was unpacked is as the bundle has it, whoever writes to it. */
async function ofBundle(folder: string, name: string): Promise<ExclusiveStore> {
  const { message, hint } = bundleRefusal(name);
  const store = await openStore({ folder, readOnly: true, why: `${message} ${hint ?? ""}` });
  return { store, notes: [], onGone: () => undefined, close: () => store.close() };
}

async function readOnly(folder: string, notes: readonly string[]): Promise<ExclusiveStore> {
  const store = await openStore({ folder, readOnly: true });
  const note = "Another user's engine has this store open, so this one only reads.";
  return { store, notes: [...notes, note], onGone: () => undefined, close: () => store.close() };
}

/** Null while another engine has it; undefined where no lock can be had (a folder that cannot be written, a planted link). */
function lockOf(file: string): Lock | null | undefined {
  if (!isOwnPlainFile(file)) return undefined;
  try {
    return takeLock(file);
  } catch {
    return undefined;
  }
}
