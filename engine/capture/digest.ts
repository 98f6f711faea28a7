import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Above this a file's digest is of samples: it begins with `sampled-`. */
export const SAMPLED_ABOVE = 2 * 1024 ** 3;
const SAMPLES = 256;
const SAMPLE_BYTES = 1024 * 1024;
const MOST_CACHED = 20_000;
/** Files of a directory that one digest stands for. */
const MOST_LISTED = 100_000;

export interface Measured {
  readonly bytes: number;
  /** `sha256:<hex>`, or `sampled-sha256:<hex>` of a large file or of a directory. */
  readonly digest: string;
}

/**
 * Size and digest of files. A file that has kept path, size, modification time and inode is not read again.
 *
 * - up to 2 GB: SHA-256 of the content;
 * - above: SHA-256 of the size (8 bytes, little endian) and of 256 samples of 1 MiB, the first and the last byte included;
 * - a directory: SHA-256 of its files' relative paths and sizes, one `path<TAB>size<LF>` a line, sorted.
 */
export class Digests {
  readonly #known = new Map<string, Measured>();
  readonly #sampledAbove: number;

  constructor(sampledAbove: number = SAMPLED_ABOVE) {
    this.#sampledAbove = sampledAbove;
  }

  /** Null where the path is neither a file nor a directory, cannot be read, or changed while it was read. */
  async measure(path: string, signal?: AbortSignal): Promise<Measured | null> {
    try {
      const found = await stat(path, { bigint: true });
      if (found.isDirectory()) return await measureDirectory(path);
      if (!found.isFile()) return null;
      const key = `${path}\0${found.size}\0${found.mtimeNs}\0${found.ino}`;
      const known = this.#known.get(key);
      if (known) return known;
      const bytes = Number(found.size);
      const digest = bytes > this.#sampledAbove ? await sampled(path, bytes) : await whole(path, signal);
      const after = await stat(path, { bigint: true });
      if (after.size !== found.size || after.mtimeNs !== found.mtimeNs) return null;
      const measured = { bytes, digest };
      if (this.#known.size >= MOST_CACHED) this.#known.delete(this.#known.keys().next().value ?? "");
      this.#known.set(key, measured);
      return measured;
    } catch {
      return null;
    }
  }
}

async function whole(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: SAMPLE_BYTES, signal })) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

async function sampled(path: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(bytes));
  hash.update(size);
  const handle = await open(path, "r");
  try {
    const buffer = Buffer.alloc(Math.min(SAMPLE_BYTES, bytes));
    for (let index = 0; index < SAMPLES; index++) {
      const position = Math.floor(((bytes - buffer.length) * index) / (SAMPLES - 1));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
  return `sampled-sha256:${hash.digest("hex")}`;
}

async function measureDirectory(path: string): Promise<Measured> {
  const lines: string[] = [];
  let bytes = 0;
  const visit = async (folder: string, prefix: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (lines.length >= MOST_LISTED) return;
      if (entry.isDirectory()) await visit(join(folder, entry.name), `${prefix}${entry.name}/`);
      if (!entry.isFile()) continue;
      const { size } = await stat(join(folder, entry.name));
      bytes += size;
      lines.push(`${prefix}${entry.name}\t${size}\n`);
    }
  };
  await visit(path, "");
  return { bytes, digest: `sampled-sha256:${createHash("sha256").update(lines.sort().join("")).digest("hex")}` };
}
