import { createHash, randomUUID } from "node:crypto";
import { type Stats, createReadStream, createWriteStream } from "node:fs";
import { access, chmod, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { TouchstoneError } from "../api/tokens.ts";
import { assertWithin } from "./tree.ts";

export interface StoredBlob {
  /** `sha256:<hex>` */
  readonly digest: string;
  readonly bytes: number;
  /** False where the same content was there already. */
  readonly fresh: boolean;
}

/** A file's bytes, whole or as they come. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

/** Content-addressed files under `<root>/blobs/<2 hex>/<64 hex>`, read-only, each written once. */
export interface BlobStore {
  /** Takes everything of the stream; nothing is kept where it fails. */
  put(content: Content): Promise<StoredBlob>;
  /** The file of a blob whose content was compared with its digest. Throws `BLOB_MISSING`, `BLOB_CORRUPT`. */
  verified(digest: string): Promise<string>;
  path(digest: string): string;
  /** Removes blobs that are not in `kept` and unfinished uploads, both older than `minAgeMs`. */
  collect(kept: ReadonlySet<string>, minAgeMs: number): Promise<{ files: number; bytes: number }>;
}

export function createBlobStore(root: string): BlobStore {
  const blobs = join(root, "blobs");
  const incoming = join(root, "incoming");
  /** digest → what the file was like when it was found whole; a file that changed since is read again. */
  const whole = new Map<string, string>();

  function path(digest: string): string {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
    if (hex === undefined) throw new TouchstoneError({ code: "BLOB_MISSING", message: `${digest} is no digest of a stored blob.` });
    return join(blobs, hex.slice(0, 2), hex);
  }

  /** Whether a file holds the digest's content: read once, then remembered. False where there is none. */
  async function isWhole(file: string, digest: string, bytes?: number): Promise<boolean> {
    const found = await stat(file).catch(() => null);
    if (found === null || (bytes !== undefined && found.size !== bytes)) return false;
    const state = stateOf(found);
    if (whole.get(digest) === state) return true;
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    if (`sha256:${hash.digest("hex")}` !== digest) return false;
    whole.set(digest, state);
    return true;
  }

  return {
    path,

    async put(content) {
      await assertWithin(root, incoming);
      await mkdir(incoming, { recursive: true });
      const temporary = join(incoming, randomUUID());
      const hash = createHash("sha256");
      let bytes = 0;
      const measure = new Transform({
        transform(chunk: Uint8Array, _encoding, done) {
          hash.update(chunk);
          bytes += chunk.length;
          done(null, chunk);
        },
      });
      try {
        const source = content instanceof Uint8Array ? [content] : content;
        await pipeline(source, measure, createWriteStream(temporary, { flags: "wx" }));
        const digest = `sha256:${hash.digest("hex")}`;
        const target = path(digest);
        await assertWithin(root, dirname(target));
        await mkdir(dirname(target), { recursive: true });
        // What cannot be read or differs is replaced: only the fresh bytes are known to be these.
        const known = await isWhole(target, digest, bytes).catch(() => false);
        if (known) {
          // Its age protects a blob whose index row is not yet committed from collection.
          await utimes(target, new Date(), new Date());
          whole.set(digest, stateOf(await stat(target)));
          await rm(temporary);
        } else {
          await chmod(temporary, 0o444);
          await rename(temporary, target);
          whole.delete(digest);
        }
        return { digest, bytes, fresh: !known };
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },

    async verified(digest) {
      const file = path(digest);
      if (!(await exists(file))) throw new TouchstoneError({ code: "BLOB_MISSING", message: "The content of this artifact is gone from the store.", file, hint: "`touchstone doctor` lists what is missing." });
      if (!(await isWhole(file, digest))) {
        throw new TouchstoneError({ code: "BLOB_CORRUPT", message: "This artifact was changed or damaged after it was stored: its content does not match its digest.", file, hint: "`touchstone doctor` lists what is damaged." });
      }
      return file;
    },

    async collect(kept, minAgeMs) {
      const before = Date.now() - minAgeMs;
      const freed = { files: 0, bytes: 0 };
      const removeOld = async (file: string): Promise<void> => {
        const found = await stat(file);
        if (found.mtimeMs > before) return;
        await rm(file, { force: true });
        freed.files++;
        freed.bytes += found.size;
      };
      await assertWithin(root, incoming);
      await assertWithin(root, blobs);
      for (const name of await names(incoming)) await removeOld(join(incoming, name));
      for (const shelf of await names(blobs)) {
        await assertWithin(root, join(blobs, shelf));
        for (const hex of await names(join(blobs, shelf))) {
          if (!kept.has(`sha256:${hex}`)) await removeOld(join(blobs, shelf, hex));
        }
      }
      return freed;
    },
  };
}

function stateOf({ size, mtimeMs, ino }: Stats): string {
  return `${size}:${mtimeMs}:${ino}`;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(() => true, () => false);
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
