import { join } from "node:path";
import { holdsArtifactsAlone } from "./artifactsAlone.ts";
import { entriesOf, readText, reasonOf, statOf } from "./files.ts";
import { readMeta } from "./mlflowYaml.ts";
import { linksIn, type Place, problemAt, readValues, within } from "./mlrunsRun.ts";
import type { KeyValue, ProblemSource, SourceRecord, TraceSource } from "./records.ts";

const SPANS_LIMIT = 64_000_000;

/** The traces of an experiment. */
export function* readTraces(experiment: string, traces: Place): Generator<SourceRecord> {
  yield* linksIn(traces);
  for (const entry of entriesOf(traces.folder)) if (entry.isDirectory() && !holdsArtifactsAlone(join(traces.folder, entry.name))) yield* readTrace(entry.name, experiment, within(traces, entry.name));
}

function* readTrace(trace: string, experiment: string, place: Place): Generator<SourceRecord> {
  const found = readMeta(join(place.folder, "trace_info.yaml"), `${place.shown}/trace_info.yaml`);
  if ("problem" in found) return yield found.problem;
  yield* linksIn(place);
  const { meta } = found;
  const problems: ProblemSource[] = [];
  const values = (name: string): KeyValue[] => {
    const list: KeyValue[] = [];
    for (const one of readValues(within(place, name))) "k" in one ? problems.push(one) : list.push(one);
    return list;
  };
  const time = Date.parse(meta.text("request_time") ?? "");
  // Version 2 said milliseconds.
  const started = Number.isNaN(time) ? meta.number("timestamp_ms") : time;
  if (started === null) return yield problemAt(`${place.shown}/trace_info.yaml`, "It does not say when the trace began.");
  const record: TraceSource = {
    k: "trace",
    trace,
    experiment,
    time: started,
    duration: meta.number("execution_duration_ms") ?? meta.number("execution_time_ms"),
    state: stateOf(meta.text("state") ?? meta.text("status")),
    clientRequestId: meta.text("client_request_id"),
    requestPreview: meta.text("request_preview"),
    responsePreview: meta.text("response_preview"),
    metadata: values("request_metadata"),
    tags: values("tags"),
    assessments: assessmentsOf(within(place, "assessments"), problems),
    spans: spansOf(within(place, "artifacts"), problems),
  };
  yield record;
  yield* problems;
}

export function stateOf(text: string | null): TraceSource["state"] {
  return text === "OK" || text === "ERROR" || text === "IN_PROGRESS" ? text : "STATE_UNSPECIFIED";
}

function assessmentsOf(place: Place, problems: ProblemSource[]): Record<string, unknown>[] {
  return entriesOf(place.folder).flatMap(({ name }) => {
    if (!name.endsWith(".yaml")) return [];
    const found = readMeta(join(place.folder, name), `${place.shown}/${name}`, true);
    if ("meta" in found) return [found.meta.object];
    problems.push(found.problem);
    return [];
  });
}

function spansOf(place: Place, problems: ProblemSource[]): string | null {
  const file = join(place.folder, "traces.json");
  if (!statOf(file)) return null;
  try {
    const text = readText(file, SPANS_LIMIT);
    if (text !== null) return (JSON.parse(text), text);
    problems.push(problemAt(`${place.shown}/traces.json`, `It has more than ${SPANS_LIMIT} bytes, so its spans are left out.`));
  } catch (error) {
    problems.push(problemAt(`${place.shown}/traces.json`, `Its spans are left out: ${reasonOf(error)}`));
  }
  return null;
}
