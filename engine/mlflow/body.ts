import type { IncomingMessage } from "node:http";
import type { Transform } from "node:stream";
import { createGunzip, createInflate } from "node:zlib";
import { MlflowError, invalid } from "./errors.ts";

/** A JSON or protobuf body above this is refused; a batch of 1,000 metrics is about 0.1 MB, a data set's profile up to 16. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** A refused request is read to its end, so that the client comes to read why, up to this. */
const MAX_DRAINED_BYTES = 4 * MAX_BODY_BYTES;
/** A client that sends nothing for so long in the middle of a body has left, or means no good; clients themselves give up after two minutes. */
const IDLE_MS = 2 * 60 * 1000;
/** All of a body that is held in memory. */
const MAX_BODY_MS = 5 * 60 * 1000;

/**
 * The bytes of a request, unpacked where they came packed (`Content-Encoding: gzip` or `deflate`). Neither the packed nor the
 * unpacked bytes may be more than `limit`: a zip bomb is put aside when its first 64 MiB are out. Throws 400 in MLflow's form.
 */
export async function readBytes(request: IncomingMessage, limit: number = MAX_BODY_BYTES, refusal: () => MlflowError = () => tooLarge(limit)): Promise<Buffer> {
  const late = setTimeout(() => request.destroy(new Error("The request's body did not come.")), MAX_BODY_MS);
  try {
    if (Number(request.headers["content-length"] ?? 0) > limit) throw refusal();
    return await collect(unpacked(request), limit, refusal);
  } catch (error) {
    await drain(request, MAX_DRAINED_BYTES);
    throw error;
  } finally {
    clearTimeout(late);
  }
}

/** The bytes of a request as they come. The connection ends where a client stops in the middle. */
export async function* arriving(request: IncomingMessage, idleMs: number = IDLE_MS): AsyncGenerator<Buffer> {
  const { socket } = request;
  // Node's server itself destroys what is silent for longer.
  socket.setTimeout(idleMs);
  try {
    yield* request.iterator({ destroyOnReturn: false });
  } finally {
    socket.setTimeout(0);
  }
}

/** Reads what a client still sends; its connection ends where that is more than `limit`. */
export async function drain(request: IncomingMessage, limit: number = Number.POSITIVE_INFINITY): Promise<void> {
  let bytes = 0;
  try {
    for await (const piece of arriving(request)) {
      bytes += piece.length;
      if (bytes > limit) return void request.destroy();
    }
  } catch {
    // It hung up.
  }
}

function unpacked(request: IncomingMessage): AsyncIterable<Buffer> {
  const coding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (coding === "identity" || coding === "") return arriving(request);
  const unpack = unpackers[coding];
  if (unpack === undefined) throw invalid(`Unsupported Content-Encoding: ${coding}`);
  return unpackedBy(request, unpack());
}

const unpackers: Readonly<Record<string, () => Transform>> = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate };

async function* unpackedBy(request: IncomingMessage, unpack: Transform): AsyncGenerator<Buffer> {
  request.once("error", (error) => unpack.destroy(error));
  request.pipe(unpack);
  request.socket.setTimeout(IDLE_MS);
  try {
    for await (const piece of unpack) yield piece;
  } catch (error) {
    throw request.errored === null ? invalid("The request's body is not what its Content-Encoding says.") : error;
  } finally {
    request.socket.setTimeout(0);
    request.unpipe(unpack);
    unpack.destroy();
  }
}

async function collect(body: AsyncIterable<Buffer>, limit: number, refusal: () => MlflowError): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > limit) throw refusal();
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}

function tooLarge(limit: number): MlflowError {
  return new MlflowError("BAD_REQUEST", `The request is larger than ${limit / 1024 / 1024} MiB.`);
}
