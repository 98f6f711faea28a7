import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Context } from "hono";
import type { ArtifactRow } from "../store/operations.ts";
import { attachment, contentTypeOf } from "./contentType.ts";
import type { DoorEnv } from "./door.ts";

/** A client that takes nothing for so long has left; it holds an open file. */
const IDLE_MS = 2 * 60 * 1000;
const CHUNK_BYTES = 256 * 1024;

/**
 * Answers GET and HEAD with an artifact's bytes: straight from the disk to the connection, with one range where the client asked for
 * it (`Range`, `If-Range`), and with 304 where it has them already (`If-None-Match`).
 */
export async function sendFile(c: Context<DoorEnv>, file: string, row: ArtifactRow): Promise<Response> {
  const { outgoing } = c.env;
  const etag = `"${row.digest.slice("sha256:".length)}"`;
  const headers: Record<string, string | number> = {
    "Content-Type": contentTypeOf(row.path),
    "Content-Disposition": attachment(row.path),
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
    "Accept-Ranges": "bytes",
    "Last-Modified": new Date(row.time).toUTCString(),
    ETag: etag,
  };
  const end = (status: number, more: Record<string, string | number>): Response => {
    outgoing.writeHead(status, { ...headers, ...more }).end();
    return RESPONSE_ALREADY_SENT;
  };
  if (names(c.req.header("if-none-match"), etag)) return end(304, {});
  const condition = c.req.header("if-range");
  const range = condition === undefined || condition === etag ? rangeOf(c.req.header("range"), row.bytes) : null;
  if (range === "outside") return end(416, { "Content-Range": `bytes */${row.bytes}`, "Content-Length": 0 });
  const { start, last } = range ?? { start: 0, last: row.bytes - 1 };
  const length = { "Content-Length": last - start + 1, ...(range === null ? {} : { "Content-Range": `bytes ${start}-${last}/${row.bytes}` }) };
  const status = range === null ? 200 : 206;
  if (c.req.method === "HEAD" || last < start) return end(status, length);

  const { socket } = c.env.incoming;
  outgoing.writeHead(status, { ...headers, ...length });
  // Node's server itself destroys what is silent for longer.
  socket.setTimeout(IDLE_MS);
  try {
    await pipeline(createReadStream(file, { start, end: last, highWaterMark: CHUNK_BYTES }), outgoing);
  } catch {
    // The client hung up, or the file broke off: either way the connection says so.
    outgoing.destroy();
  } finally {
    socket.setTimeout(0);
  }
  return RESPONSE_ALREADY_SENT;
}

function names(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(",").some((given) => given.trim() === "*" || given.trim().replace(/^W\//, "") === etag);
}

/** The one range that was asked for; null where the whole is to be sent, as also for several ranges at once. */
function rangeOf(header: string | undefined, bytes: number): { start: number; last: number } | "outside" | null {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (found === null || (found[1] === "" && found[2] === "")) return null;
  const [first, final] = [found[1] ?? "", found[2] ?? ""];
  const start = first === "" ? Math.max(0, bytes - Number(final)) : Number(first);
  const last = first === "" || final === "" ? bytes - 1 : Math.min(Number(final), bytes - 1);
  if (first !== "" && final !== "" && Number(final) < Number(first)) return null;
  return start >= bytes || last < start ? "outside" : { start, last };
}
