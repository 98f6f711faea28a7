import { parentPort } from "node:worker_threads";
import { TouchstoneError, type ErrorShape } from "../api/tokens.ts";
import type { ReadMessage, ReadReply } from "./messages.ts";
import { buffersOf, Packer } from "./pack.ts";
import { readers } from "./readers.ts";
import { isMasked } from "./secrets.ts";

// The thread that reads foreign sources: parsing never keeps the engine's main thread. It writes nothing anywhere.

/** What was read is shown that soon, even where little comes. */
const SOON_MS = 250;
/** Packs that may be under way: one is stored while the next is read. */
const AHEAD = 2;

interface Reading {
  readonly controller: AbortController;
  unstored: number;
  resume: () => void;
}

const port = parentPort;
const running = new Map<number, Reading>();

async function read(message: Extract<ReadMessage, { t: "read" }>): Promise<void> {
  const { id } = message;
  const reading: Reading = { controller: new AbortController(), unstored: 0, resume: () => undefined };
  running.set(id, reading);
  const packer = new Packer(isMasked(message.format));
  const send = async (): Promise<void> => {
    const pack = packer.take();
    port?.postMessage({ t: "pack", id, pack } satisfies ReadReply, buffersOf(pack));
    reading.unstored++;
    while (reading.unstored >= AHEAD && !reading.controller.signal.aborted) await new Promise<void>((resolve) => (reading.resume = resolve));
  };
  let error: ErrorShape | null = null;
  let sent = performance.now();
  try {
    const reader = readers.find(({ format }) => format === message.format);
    if (!reader) throw new TouchstoneError({ code: "IMPORT_FORMAT", message: `Nothing reads ${message.format}.` });
    for await (const record of reader.read(message.path, message.from, { signal: reading.controller.signal, follow: message.follow, ...(message.run === undefined ? {} : { run: message.run }) })) {
      if (reading.controller.signal.aborted) break;
      packer.add(record);
      if (!packer.full && performance.now() - sent < SOON_MS) continue;
      await send();
      sent = performance.now();
    }
    if (!reading.controller.signal.aborted && !packer.empty) await send();
  } catch (cause) {
    error = cause instanceof TouchstoneError ? cause.shape : { code: "IMPORT_FAILED", message: cause instanceof Error ? cause.message : String(cause), file: message.path };
    // What was said before it broke off is stored.
    if (!packer.empty && !reading.controller.signal.aborted) await send();
  }
  running.delete(id);
  port?.postMessage({ t: "end", id, error } satisfies ReadReply);
}

port?.on("message", (message: ReadMessage) => {
  if (message.t === "read") return void read(message);
  const reading = running.get(message.id);
  if (!reading) return;
  if (message.t === "stop") reading.controller.abort();
  else reading.unstored--;
  reading.resume();
});
