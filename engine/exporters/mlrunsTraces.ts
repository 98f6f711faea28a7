import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { traceKeys } from "../traces/keys.ts";
import type { ExportedTrace } from "./beside.ts";
import type { LeftOut } from "./leftOut.ts";
import { below, type Target, writeFiles, writeValues, writeYaml } from "./mlrunsFiles.ts";
import type { Written } from "./writer.ts";

/** A trace in the folder of its experiment; its spans go into `traces.json`, where MLflow's client looks for them. */
export async function writeTrace(place: Target, { trace, runs, prompts, files }: ExportedTrace, run: string, leftOut: LeftOut, signal: AbortSignal): Promise<Written> {
  const { folder } = place;
  const artifacts = below(place, "artifacts");
  await writeYaml(folder, {
    ...(trace.clientRequestId === null ? {} : { client_request_id: trace.clientRequestId }),
    ...(trace.duration === null ? {} : { execution_duration_ms: trace.duration }),
    ...(trace.requestPreview === null ? {} : { request_preview: trace.requestPreview }),
    request_time: new Date(trace.time).toISOString(),
    ...(trace.responsePreview === null ? {} : { response_preview: trace.responsePreview }),
    state: trace.state,
    trace_id: trace.trace,
    trace_location: { mlflow_experiment: { experiment_id: trace.experiment }, type: "MLFLOW_EXPERIMENT" },
  }, "trace_info.yaml");
  const located = { key: traceKeys.artifactLocation, value: pathToFileURL(artifacts.final).href };
  const without = (await writeValues(below(place, "tags").folder, [...trace.tags, located])) + (await writeValues(below(place, "request_metadata").folder, trace.metadata));
  if (without > 0) leftOut.add("tags and metadata of traces whose names MLflow refuses", run);
  for (const one of trace.assessments) {
    const id = String(one["assessment_id"]);
    if (/^[\w-]{1,200}$/.test(id)) await writeYaml(below(place, "assessments").folder, one, `${id}.yaml`);
    else leftOut.add("assessments whose ids no file can have", run);
  }
  const made = trace.metadata.find(({ key }) => key === traceKeys.sourceRun)?.value;
  if (runs.some((one) => one !== made)) leftOut.add("links of traces to runs that did not make them", run);
  if (prompts.length > 0) leftOut.add("links of traces to prompts", run);
  await mkdir(artifacts.folder, { recursive: true });
  // Without this file MLflow's client does not list the trace.
  await writeFile(join(artifacts.folder, "traces.json"), trace.spans ?? '{"spans": []}');
  return { points: 0, ...(await writeFiles(artifacts.folder, await files(leftOut), signal)) };
}
