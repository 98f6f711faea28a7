import { Readable } from "node:stream";
import type { Beside } from "../exporters/beside.ts";
import { exportedTrace } from "../exporters/beside.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Fields } from "../mlflow/fields.ts";
import { timeOf, traceInfo } from "../mlflow/traceShapes.ts";
import { traceKeys } from "../traces/keys.ts";
import { protobufOf } from "../traces/otlp.ts";
import { spansOfTraceData } from "../traces/traceData.ts";
import { type Became, digestOf, DIGEST_TAG, isDamaged, sendFiles, type Sending } from "./pushed.ts";
import { isNotes, Notes } from "./pushNotes.ts";
import { PUSHED_TAG } from "./read.ts";

/** Characters of the spans of one call. */
const SPANS = 2_000_000;
const SPANS_FILE = "traces.json";

/**
 * Sends a trace with its spans, assessments and links; its id is the same there. One that is there and was not pushed from here is left
 * as it is. Spans of an OpenTelemetry trace go where the server takes them, others into the file where clients look for them.
 */
export async function pushTrace(sending: Sending, one: Beside["traces"][number]): Promise<Became | null> {
  const { store, artifacts, server, signal, left } = sending;
  const { trace: record, run } = one;
  const { trace, runs, prompts } = await exportedTrace({ store, artifacts }, one).catch((error: unknown) => {
    throw isDamaged(error) ? new TouchstoneError({ ...error.shape, message: `The artifact ${SPANS_FILE}: ${error.shape.message}` }) : error;
  });
  const of = trace.metadata.find(({ key }) => key === traceKeys.sourceRun)?.value;
  const linked = runs.flatMap((target) => sending.runThere(target) ?? []);
  if (prompts.length > 0) left.add("links of traces to prompts", run);
  const mark = digestOf([trace, linked]);
  const known = await find(sending, trace.trace);
  const notes = sending.notesOf(run);
  const made = `trace ${trace.trace}`;
  if (known === null && notes.has(made)) return (left.add("traces that somebody deleted there", run), null);
  if (known !== null && !known.tags.has(PUSHED_TAG)) return "same";
  const noted = new Notes(known?.tags ?? []);
  const ownTags = trace.tags.filter(({ key }) => !isNotes(key) && key !== PUSHED_TAG && key !== DIGEST_TAG);
  const newTags = noted.toSend("tag", ownTags, known?.tags ?? new Map(), (key) => left.add(`the tag ${key} of a trace, which somebody changed there`, run));
  const judged = trace.assessments.filter((one) => isOurs(one, known, noted, () => left.add("assessments of traces that somebody changed there", run)));
  if (known !== null) notes.set(made);
  if (known?.tags.get(DIGEST_TAG) === mark) return "same";
  const source = of === undefined ? undefined : sending.runThere(of);
  const metadata = Object.fromEntries(trace.metadata.filter(({ key }) => key !== traceKeys.finalized).map(({ key, value }) => [key, key === traceKeys.sourceRun ? (source ?? value) : value]));
  const tags = { ...Object.fromEntries(known?.tags ?? []), ...Object.fromEntries([...newTags, { key: PUSHED_TAG, value: run }, ...noted.take()].map(({ key, value }) => [key, value])) };
  const experiment = await sending.experimentThere(record.experimentId);
  const info = { ...traceInfo(record, store.read), trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } }, trace_metadata: metadata, tags, assessments: judged };
  const answer = await server.post("3.0/traces", { trace: { trace_info: info } }, signal);
  notes.set(made);
  const root = tagsOf(answer.message("trace").message("trace_info")).get(traceKeys.artifactLocation) ?? "";
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
    if (root.startsWith("mlflow-artifacts:")) await server.upload(root, SPANS_FILE, Readable.from([Buffer.from(trace.spans)]), Buffer.byteLength(trace.spans), signal);
    else left.add("spans of traces of older clients: the server does not take files itself (it runs without --serve-artifacts)", run);
  }
  const whole = await sendFiles(sending, { kind: "trace", id: trace.trace }, root, run, { notes, write: async () => undefined }, `The trace ${trace.trace}: `, SPANS_FILE);
  for (const target of new Set(linked)) await server.post("traces/link-to-run", { trace_ids: [trace.trace], run_id: target }, signal);
  // Last: a push that broke off is gone on with.
  if (whole) await server.patch(`3.0/traces/${encodeURIComponent(trace.trace)}/tags`, { key: DIGEST_TAG, value: mark }, signal);
  return known === null ? "created" : "updated";
}

interface TraceThere {
  readonly tags: ReadonlyMap<string, string>;
  /** When each was changed last, in UTC ms, by its id. */
  readonly assessments: ReadonlyMap<string, number>;
}

/** Null where it is not there. */
async function find({ server, signal }: Sending, traceId: string): Promise<TraceThere | null> {
  try {
    const info = (await server.get(`3.0/traces/${encodeURIComponent(traceId)}`, {}, signal)).message("trace").message("trace_info");
    return { tags: tagsOf(info), assessments: new Map(info.list("assessments", (one) => [one.anyText("assessment_id"), timeOf(one, "last_update_time")])) };
  } catch (error) {
    if (error instanceof TouchstoneError && error.shape.code === "REMOTE_ANSWER" && /not found/i.test(error.shape.message)) return null;
    throw error;
  }
}

/** Whether an assessment is to be sent: one that was changed there later than here, or that somebody deleted there, is not. */
function isOurs(assessment: Readonly<Record<string, unknown>>, known: TraceThere | null, noted: Notes, stays: () => void): boolean {
  const id = String(assessment["assessment_id"]);
  const there = known?.assessments.get(id);
  const name = `assessment ${id}`;
  if (there === undefined ? noted.has(name) : there > Date.parse(String(assessment["last_update_time"]))) return (stays(), false);
  noted.set(name);
  return true;
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
