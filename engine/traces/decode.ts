import { Worker } from "node:worker_threads";
import { entryPath } from "../platform/entries.ts";
import type { TraceSpans } from "../store/operations/traces.ts";
import { OtlpError, SpanError, spansOfJson, spansOfProtobuf } from "./otlp.ts";
import { storedTraces } from "./storedSpans.ts";

/** In which form an export of OpenTelemetry came. */
export type OtlpForm = "protobuf" | "json";

/** To the thread (worker.ts), and back. */
export interface DecodeMessage {
  readonly id: number;
  readonly form: OtlpForm;
  readonly bytes: Uint8Array;
}
export type DecodeReply = { readonly id: number; readonly traces: readonly TraceSpans[] } | { readonly id: number; readonly refusal: "span" | "otlp" | "failed"; readonly message: string };

/** Fewer bytes are read at once, in a few milliseconds. */
const SMALL_BYTES = 64 * 1024;
/** Nothing was read for so long: the thread's memory is given back. */
const IDLE_MS = 30_000;

interface Pending {
  readonly resolve: (traces: readonly TraceSpans[]) => void;
  readonly reject: (error: Error) => void;
}

const pending = new Map<number, Pending>();
let worker: Worker | null = null;
let idle: NodeJS.Timeout | null = null;
let nextId = 1;

/** The traces of an export as they are stored; a large one is read by a thread. Throws `OtlpError`, `SpanError`. */
export async function decodedTraces(form: OtlpForm, bytes: Uint8Array): Promise<readonly TraceSpans[]> {
  if (bytes.length < SMALL_BYTES) return tracesIn(form, bytes);
  const { promise, resolve, reject } = Promise.withResolvers<readonly TraceSpans[]>();
  const id = nextId++;
  pending.set(id, { resolve, reject });
  started().postMessage({ id, form, bytes } satisfies DecodeMessage);
  return promise;
}

/** Throws `OtlpError`, `SpanError`. */
export function tracesIn(form: OtlpForm, bytes: Uint8Array): readonly TraceSpans[] {
  return storedTraces(form === "protobuf" ? spansOfProtobuf(bytes) : spansOfJson(Buffer.from(bytes).toString("utf8")));
}

function started(): Worker {
  if (idle) clearTimeout(idle);
  if (worker) return worker;
  const fresh = new Worker(entryPath("spans"));
  const fell = (reason: string): void => {
    if (worker !== fresh) return;
    worker = null;
    for (const each of pending.values()) each.reject(new Error(`The thread that reads spans ${reason}.`));
    pending.clear();
  };
  fresh.unref();
  fresh.on("message", settled);
  fresh.on("error", (error) => fell(`fell: ${error instanceof Error ? error.message : String(error)}`));
  fresh.on("exit", () => fell("ended"));
  return (worker = fresh);
}

function settled(reply: DecodeReply): void {
  const asked = pending.get(reply.id);
  pending.delete(reply.id);
  if (pending.size === 0) idle = setTimeout(rest, IDLE_MS).unref();
  if ("traces" in reply) asked?.resolve(reply.traces);
  else asked?.reject(reply.refusal === "span" ? new SpanError() : reply.refusal === "otlp" ? new OtlpError(reply.message) : new Error(reply.message));
}

function rest(): void {
  const old = worker;
  worker = null;
  void old?.terminate();
}
