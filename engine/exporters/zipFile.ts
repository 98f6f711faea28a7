import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { crc32, createDeflateRaw, type DeflateRaw } from "node:zlib";
import { Zip, type ZipInputFile } from "fflate";

/** One part of a zip file; it is ended before the next one begins. */
export interface ZipPart {
  /** Resolves when more may be written. */
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** A zip file that is written from its beginning to its end; parts are deflated on the thread pool. */
export interface ZipFile {
  part(name: string, how: "deflated" | "stored"): ZipPart;
  /** Writes the directory; everything is on the disk afterwards. */
  finish(): Promise<void>;
  /** Writes nothing more, and lets go of the file. */
  abort(): Promise<void>;
}

const [STORED, DEFLATED] = [0, 8];
const NOTHING = new Uint8Array();

/** The file must not be there yet. */
export function zipFile(file: string): ZipFile {
  const out = createWriteStream(file, { flags: "wx", flush: true });
  const failed = new Promise<never>((_, reject) => out.on("error", reject));
  failed.catch(() => undefined);
  let full = false;
  const zip = new Zip((error, data) => {
    if (error) out.destroy(error);
    else full = !out.write(data) || full;
  });
  const drained = async (): Promise<void> => {
    if (!full) return;
    full = false;
    await Promise.race([once(out, "drain"), failed]);
  };
  let deflating: DeflateRaw | null = null;

  return {
    part(filename, how) {
      const input: ZipInputFile = { filename, size: 0, crc: 0, compression: how === "deflated" ? DEFLATED : STORED };
      zip.add(input);
      const push = (bytes: Uint8Array, last: boolean): void => input.ondata?.(null, bytes, last);
      const deflate = how === "deflated" ? createDeflateRaw({ level: 6 }) : null;
      deflating = deflate;
      deflate?.on("data", (packed: Uint8Array) => push(packed, false));
      return {
        async write(bytes) {
          input.crc = crc32(bytes, input.crc);
          input.size += bytes.length;
          if (deflate === null) push(bytes, false);
          else await new Promise<void>((resolve, reject) => void deflate.write(bytes, (error) => (error ? reject(error) : resolve())));
          await drained();
        },
        async end() {
          if (deflate !== null) {
            const ended = once(deflate, "end");
            deflate.end();
            await ended;
          }
          push(NOTHING, true);
          await drained();
        },
      };
    },
    async finish() {
      zip.end();
      out.end();
      await Promise.race([once(out, "close"), failed]);
    },
    async abort() {
      deflating?.destroy();
      const closed = out.closed ? null : once(out, "close");
      out.destroy();
      await closed?.catch(() => undefined);
    },
  };
}
