import type { Beside } from "../exporters/beside.ts";
import { exportedTrace } from "../exporters/beside.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Fields } from "../mlflow/fields.ts";
import { traceInfo } from "../mlflow/traceShapes.ts";
import { traceKeys } from "../traces/keys.ts";
import { protobufOf } from "../traces/otlp.ts";
import { spansOfTraceData } from "../traces/traceData.ts";
import { digestOf, DIGEST_TAG, sendFiles, type Sending } from "./pushed.ts";
import { PUSHED_TAG } from "./read.ts";

/** Characters of the spans of one call. */
const SPANS = 2_000_000;
const SPANS_FILE = "traces.json";

/**
 * Sends a trace with its spans, assessments and links; its id is the same there. One that is there and was not pushed from here is left
 * as it is. Spans of an OpenTelemetry trace go where the server takes them, others into the file where clients look for them.
 */
export async function pushTrace(sending: Sending, one: Beside["traces"][number]): Promise<void> {
  const { store, artifacts, server, signal, left } = sending;
  const { trace: record, run } = one;
  const { trace, runs, prompts } = await exportedTrace({ store, artifacts }, one);
  const of = trace.metadata.find(({ key }) => key === traceKeys.sourceRun)?.value;
  const linked = runs.flatMap((target) => sending.runThere(target) ?? []);
  if (prompts.length > 0) left.add("links of traces to prompts", run);
  const mark = digestOf([trace, linked]);
  const known = await find(sending, trace.trace);
  if (known !== null && (known.get(DIGEST_TAG) === mark || !known.has(PUSHED_TAG))) return;
  const source = of === undefined ? undefined : sending.runThere(of);
  const metadata = Object.fromEntries(trace.metadata.filter(({ key }) => key !== traceKeys.finalized).map(({ key, value }) => [key, key === traceKeys.sourceRun ? (source ?? value) : value]));
  const tags = { ...Object.fromEntries(trace.tags.map(({ key, value }) => [key, value])), [PUSHED_TAG]: run };
  const experiment = await sending.experimentThere(record.experimentId);
  const info = { ...traceInfo(record, store.read), trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } }, trace_metadata: metadata, tags };
  const made = await server.post("3.0/traces", { trace: { trace_info: info } }, signal);
  const root = tagsOf(made.message("trace").message("trace_info")).get(traceKeys.artifactLocation) ?? "";
  const spans = trace.spans === null ? [] : spansOfTraceData(trace.spans).map(({ content }) => content);
  if (spans.every((content) => traceIdOf(content) === trace.trace)) {
    for (const part of partsOf(spans)) {
      if (await server.spans(experiment, protobufOf(part), signal)) continue;
      left.add("spans of traces: the server takes none", run);
      break;
    }
    // From spans alone the server takes another duration than what was said of the whole trace.
    if (spans.length > 0) await server.post("3.0/traces", { trace: { trace_info: info } }, signal);
  } else if (trace.spans !== null) {
    if (root.startsWith("mlflow-artifacts:")) await server.upload(root, SPANS_FILE, new Blob([trace.spans]).stream(), Buffer.byteLength(trace.spans), signal);
    else left.add("spans of traces of older clients: the server does not take files itself (it runs without --serve-artifacts)", run);
  }
  await sendFiles(sending, { kind: "trace", id: trace.trace }, root, run, SPANS_FILE);
  for (const target of new Set(linked)) await server.post("traces/link-to-run", { trace_ids: [trace.trace], run_id: target }, signal);
  // Last: a push that broke off is gone on with.
  await server.patch(`3.0/traces/${encodeURIComponent(trace.trace)}/tags`, { key: DIGEST_TAG, value: mark }, signal);
}

/** The tags of a trace there; null where it is not there. */
async function find({ server, signal }: Sending, traceId: string): Promise<ReadonlyMap<string, string> | null> {
  try {
    return tagsOf((await server.get(`3.0/traces/${encodeURIComponent(traceId)}`, {}, signal)).message("trace").message("trace_info"));
  } catch (error) {
    if (error instanceof TouchstoneError && error.shape.code === "REMOTE_ANSWER" && /not found/i.test(error.shape.message)) return null;
    throw error;
  }
}

function tagsOf(info: Fields): Map<string, string> {
  return new Map(info.textMap("tags").map(({ key, value }) => [key, value]));
}

/** The id that MLflow gives the trace of a stored span. */
function traceIdOf(content: string): string {
  const base64 = /"trace_id": ?"([^"]*)"/.exec(content)?.[1] ?? "";
  return `tr-${Buffer.from(base64, "base64").toString("hex")}`;
}

function* partsOf(contents: readonly string[]): Generator<readonly string[]> {
  let part: string[] = [];
  let size = 0;
  for (const content of contents) {
    if (size + content.length > SPANS && part.length > 0) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(content);
    size += content.length;
  }
  if (part.length > 0) yield part;
}
