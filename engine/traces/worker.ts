import { parentPort } from "node:worker_threads";
import { type DecodeMessage, type DecodeReply, tracesIn } from "./decode.ts";
import { OtlpError, SpanError } from "./otlp.ts";

// The thread that reads large exports of OpenTelemetry: unpacking some MB of spans takes a second.
parentPort?.on("message", ({ id, form, bytes }: DecodeMessage) => {
  try {
    parentPort?.postMessage({ id, traces: tracesIn(form, bytes) } satisfies DecodeReply);
  } catch (error) {
    const refusal = error instanceof SpanError ? "span" : error instanceof OtlpError ? "otlp" : "failed";
    parentPort?.postMessage({ id, refusal, message: error instanceof Error ? error.message : String(error) } satisfies DecodeReply);
  }
});
