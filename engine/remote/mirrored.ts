import { TouchstoneError } from "../api/tokens.ts";
import type { SourceRecord } from "../importers/records.ts";
import { itemDigest } from "../store/itemDigest.ts";
import type { ImportedItem } from "../store/operations/imports.ts";
import { SERVER_FORMAT } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { RemoteServer } from "./client.ts";
import { isAbsent } from "./pushed.ts";

/** What a mirror of one kind of things needs of the whole one. */
export interface Mirroring {
  readonly store: Store;
  readonly server: RemoteServer;
  /** Stores records in the order in which they are said. */
  readonly write: (records: readonly SourceRecord[]) => Promise<void>;
  /** Ids here of runs and logged models there that were pushed from here. */
  readonly pushed: Map<string, string>;
  /** Whether a run of the server stands here under its own id. */
  readonly owns: (runId: string) => boolean;
}

/** Calls to a server at a time. */
const TOGETHER = 8;

/** Some at a time. Where one fails no other is begun; it is thrown when those under way are done. */
export async function inParallel<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...list];
  const failed: unknown[] = [];
  await Promise.all(Array.from({ length: TOGETHER }, async () => {
    for (let one = waiting.shift(); one !== undefined && failed.length === 0; one = waiting.shift()) {
      await work(one).catch((error: unknown) => failed.push(error));
    }
  }));
  if (failed.length > 0) throw failed[0];
}

/** Whether this store has something of the server exactly as it says it now. @param said - What the import takes a thing's digest of */
export function isKnown({ store, server }: Mirroring, item: ImportedItem, said: unknown): boolean {
  return store.read.sources.itemDigest(server.uri, SERVER_FORMAT, item) === itemDigest(said);
}

/** Whether this store has something from the server. */
export function isTheirs({ store, server }: Mirroring, item: ImportedItem): boolean {
  return store.read.sources.itemDigest(server.uri, SERVER_FORMAT, item) !== undefined;
}

/**
 * After a whole look: what was brought from the server and was not seen now goes here too. A list that changes while it is read may leave
 * something out, so the server is asked for each.
 * @param find - Throws the server's answer where it is gone
 * @param isHere - False for what is marked as gone already
 */
export async function dropGone({ store, server }: Mirroring, kind: ImportedItem["kind"], seen: ReadonlySet<string>, find: (key: string) => Promise<unknown>, isHere: (key: string) => boolean = () => true): Promise<void> {
  const items: ImportedItem[] = [];
  const missing = store.read.sources.items(server.uri, SERVER_FORMAT, kind).filter((key) => !seen.has(key) && isHere(key));
  await inParallel(missing, async (key) => {
    if (await isGone(() => find(key))) items.push({ kind, key });
  });
  if (items.length > 0) await store.write("import.gone", { path: server.uri, format: SERVER_FORMAT, time: Date.now(), items });
}

async function isGone(find: () => Promise<unknown>): Promise<boolean> {
  try {
    await find();
    return false;
  } catch (error) {
    if (error instanceof TouchstoneError && error.shape.code === "REMOTE_ANSWER" && /not found|does not exist/i.test(error.shape.message)) return true;
    throw error;
  }
}

/** Why a server that gives its runs does not give something else, in words; null where it is away. */
export function lackOf(error: unknown): string | null {
  if (isAbsent(error)) return "the server does not give them";
  if (!(error instanceof TouchstoneError) || !["REMOTE_ANSWER", "REMOTE_REFUSED"].includes(error.shape.code)) return null;
  return error.shape.message;
}
