import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import { TouchstoneError } from "../api/tokens.ts";
import { BUNDLE, BUNDLE_VERSION } from "../exporters/bundleNames.ts";
import { isObject } from "./rows.ts";
import { isTime } from "./valid.ts";

/** One part of a bundle: `packed` bytes of the file from `start` on. */
export interface BundlePart {
  readonly start: number;
  readonly packed: number;
  /** Modulo 2^32, as the format has it. */
  readonly size: number;
  readonly crc: number;
  readonly deflated: boolean;
}

export interface BundleParts {
  readonly records: BundlePart;
  /** By the SHA-256 of each content, in hex. */
  readonly blobs: ReadonlyMap<string, BundlePart>;
  readonly runs: number;
  /** When it was written, UTC ms; null where it does not say. */
  readonly created: number | null;
}

const [END, DIRECTORY, LOCAL] = [0x06054b50, 0x02014b50, 0x04034b50];
const [END_BYTES, DIRECTORY_BYTES, LOCAL_BYTES] = [22, 46, 30];
const LONGEST_COMMENT = 0xffff;
/** What stands behind a part's bytes: its sizes once more. */
const DESCRIPTOR_BYTES = 24;
const WRAP = 2 ** 32;
const MOST_DIRECTORY = 2 ** 28;
const MOST_MANIFEST = 2 ** 20;
/** Records of real runs shrink to a tenth; so much at most, beyond the first 64 MiB. */
const MOST_RATIO = 100;
const FREE_BYTES = 2 ** 26;
/** 50,000 points and their names are shorter. */
const LONGEST_LINE = 2 ** 26;
const NEWLINE = 10;
const NAMES = /^(?:touchstone-bundle\.json|records\.jsonl|blobs\/[0-9a-f]{64})$/;

/**
 * Looks through a bundle before anything of it is believed: its directory, manifest, the bounds of its parts, and the whole of its
 * records. The directory at the end of the file says where each part lies, so that contents which are zip files themselves are no
 * trouble; offsets beyond 4 GiB, which the format counts modulo 2^32, are found by their order. Throws `BUNDLE_DAMAGED`,
 * `BUNDLE_NEWER`, with file and reason.
 */
export async function bundleParts(path: string): Promise<BundleParts> {
  const handle = await open(path, "r");
  try {
    const parts = await directory(handle, path);
    const [manifest, records] = [parts.get(BUNDLE.manifest), parts.get(BUNDLE.records)];
    if (!manifest || !records) throw damaged(path, "its manifest or its records are missing");
    const said = await manifestOf(handle, manifest, path);
    const blobs = new Map<string, BundlePart>();
    for (const [name, part] of parts) {
      if (!name.startsWith(BUNDLE.blobs)) continue;
      // Written as they are, contents never take more room than the file.
      if (part.deflated) throw damaged(path, "a content is compressed, as no Touchstone writes it");
      blobs.set(name.slice(BUNDLE.blobs.length), part);
    }
    await measure(path, records);
    return { records, blobs, ...said };
  } finally {
    await handle.close();
  }
}

/** The bytes of a part, unpacked. */
export async function* contentOf(path: string, { start, packed, deflated }: BundlePart): AsyncGenerator<Uint8Array> {
  if (packed === 0) return;
  const raw = createReadStream(path, { start, end: start + packed - 1 });
  if (!deflated) return yield* raw;
  const inflate = createInflateRaw();
  raw.on("error", (error) => inflate.destroy(error));
  try {
    yield* raw.pipe(inflate);
  } finally {
    raw.destroy();
  }
}

/** SHA-256 of a content, in hex. */
export async function digestOf(path: string, part: BundlePart): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of contentOf(path, part)) hash.update(chunk);
  return hash.digest("hex");
}

async function directory(handle: FileHandle, path: string): Promise<ReadonlyMap<string, BundlePart>> {
  const { size } = await handle.stat();
  const tail = await bytes(handle, Math.max(0, size - END_BYTES - LONGEST_COMMENT), size);
  const at = lastEnd(tail);
  if (at === null) throw damaged(path, "its end is missing, so it was not written or copied to the end");
  const [length, end] = [tail.readUInt32LE(at + 12), size - tail.length + at];
  if (length > Math.min(end, MOST_DIRECTORY)) throw damaged(path, "its directory is damaged");
  const list = await bytes(handle, end - length, end);
  const found: { readonly name: string; readonly local: number; readonly packed: number; readonly size: number; readonly crc: number; readonly deflated: boolean }[] = [];
  for (let from = 0; from < list.length; ) {
    if (list.length - from < DIRECTORY_BYTES || list.readUInt32LE(from) !== DIRECTORY) throw damaged(path, "its directory is damaged");
    const [flags, method, nameLength] = [list.readUInt16LE(from + 8), list.readUInt16LE(from + 10), list.readUInt16LE(from + 28)];
    const name = list.toString("utf8", from + DIRECTORY_BYTES, from + DIRECTORY_BYTES + nameLength);
    if (!NAMES.test(name)) throw damaged(path, `it holds ${JSON.stringify(name.slice(0, 80))}, as no Touchstone writes it`);
    if ((flags & 1) !== 0 || (method !== 0 && method !== 8)) throw damaged(path, `${name} is packed in an unknown way`);
    found.push({ name, local: list.readUInt32LE(from + 42), packed: list.readUInt32LE(from + 20), size: list.readUInt32LE(from + 24), crc: list.readUInt32LE(from + 16), deflated: method === 8 });
    from += DIRECTORY_BYTES + nameLength + list.readUInt16LE(from + 30) + list.readUInt16LE(from + 32);
  }
  const starts: { readonly header: number; readonly data: number }[] = [];
  for (const { name, local } of found) {
    const place = await placeOf(handle, local, starts.at(-1)?.data ?? 0, end - length);
    if (place === null) throw damaged(path, `${name} is not where its directory says`);
    starts.push(place);
  }
  const parts = new Map<string, BundlePart>();
  for (const [index, { name, packed, size: whole, crc, deflated }] of found.entries()) {
    const start = starts[index]?.data ?? 0;
    const span = (starts[index + 1]?.header ?? end - length) - start;
    const real = packed + Math.floor(Math.max(0, span - packed) / WRAP) * WRAP;
    // Parts neither overlap nor hide anything between them.
    if (real > span || span - real > DESCRIPTOR_BYTES || parts.has(name)) throw damaged(path, `${name} does not fit into its place`);
    if (!deflated && whole !== real % WRAP) throw damaged(path, `${name} says two sizes`);
    parts.set(name, { start, packed: real, size: whole, crc, deflated });
  }
  return parts;
}

/** The local header at an offset that is known modulo 2^32: the first one behind what was found so far. */
async function placeOf(handle: FileHandle, offset: number, from: number, to: number): Promise<{ readonly header: number; readonly data: number } | null> {
  for (let header = offset; header + LOCAL_BYTES <= to; header += WRAP) {
    if (header < from) continue;
    const local = await bytes(handle, header, header + LOCAL_BYTES);
    if (local.length === LOCAL_BYTES && local.readUInt32LE(0) === LOCAL) return { header, data: header + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28) };
  }
  return null;
}

async function manifestOf(handle: FileHandle, { start, packed, deflated }: BundlePart, path: string): Promise<Pick<BundleParts, "runs" | "created">> {
  const said = await Promise.resolve()
    .then(async () => {
      if (packed > MOST_MANIFEST) throw new Error("too large");
      const raw = await bytes(handle, start, start + packed);
      const value: unknown = JSON.parse((deflated ? inflateRawSync(raw, { maxOutputLength: MOST_MANIFEST }) : raw).toString("utf8"));
      return value;
    })
    .catch(() => null);
  if (!isObject(said) || said["format"] !== "touchstone-bundle" || typeof said["version"] !== "number") throw damaged(path, "its manifest is none");
  const { version, runs, created } = said;
  if (version > BUNDLE_VERSION) {
    throw new TouchstoneError({ code: "BUNDLE_NEWER", message: `${basename(path)} was written by a newer Touchstone (version ${version} of the format; this one knows ${BUNDLE_VERSION}), so it is not opened.`, file: path, hint: "Update Touchstone." });
  }
  const time = typeof created === "string" ? Date.parse(created) : Number.NaN;
  return { runs: typeof runs === "number" ? runs : 0, created: isTime(time) ? time : null };
}

/** Unpacks the records once, for nothing but their size and their checksum: a file that blows up leaves nothing behind. */
async function measure(path: string, part: BundlePart): Promise<void> {
  const most = FREE_BYTES + part.packed * MOST_RATIO;
  let [size, sum, line] = [0, 0, 0];
  try {
    for await (const chunk of contentOf(path, part)) {
      size += chunk.length;
      if (size > most) throw damaged(path, `its records unpack to more than ${MOST_RATIO} times their size, as none of Touchstone's do`);
      const begins = chunk.lastIndexOf(NEWLINE) + 1;
      if (line + (begins === 0 ? chunk.length : chunk.indexOf(NEWLINE)) > LONGEST_LINE) throw damaged(path, "a line of its records is too long");
      line = chunk.length - begins + (begins === 0 ? line : 0);
      sum = crc32(chunk, sum);
    }
  } catch (error) {
    if (error instanceof TouchstoneError) throw error;
    throw damaged(path, `its records cannot be unpacked (${error instanceof Error ? error.message : String(error)})`);
  }
  if (size % WRAP !== part.size || sum !== part.crc) throw damaged(path, "its records are damaged (another checksum than they were written with)");
}

async function bytes(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, to - from));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
  return buffer.subarray(0, bytesRead);
}

function lastEnd(tail: Buffer): number | null {
  for (let at = tail.length - END_BYTES; at >= 0; at--) if (tail.readUInt32LE(at) === END && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length) return at;
  return null;
}

function damaged(path: string, why: string): TouchstoneError {
  return new TouchstoneError({ code: "BUNDLE_DAMAGED", message: `${basename(path)} is not opened: ${why}.`, file: path, hint: "Nothing of it was taken in. Export or copy it again." });
}
