import type { TraceSource } from "../importers/records.ts";
import type { Fields } from "../mlflow/fields.ts";
import { isRecord } from "../mlflow/fields.ts";
import { durationOf, timeOf } from "../mlflow/traceShapes.ts";
import { traceKeys } from "../traces/keys.ts";
import { type RemoteServer, understood } from "./client.ts";
import { nextPage } from "./read.ts";

/** Traces of one page: their spans are held together. */
const PAGE = 100;
const states = ["OK", "ERROR", "IN_PROGRESS"] as const;

/** Traces of at most a hundred experiments without their spans, the newest first, a page at a time. */
export async function* remoteTraces(server: RemoteServer, experiments: readonly string[], signal: AbortSignal): AsyncGenerator<readonly TraceSource[]> {
  const locations = experiments.map((experiment_id) => ({ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id } }));
  for (let token = ""; ; ) {
    const answer = await server.post("3.0/traces/search", { locations, max_results: PAGE, order_by: ["timestamp_ms DESC"], ...(token === "" ? {} : { page_token: token }) }, signal);
    yield understood(server, () => answer.list("traces", traceOf));
    token = nextPage(server, answer, token);
    if (token === "") return;
  }
}

function traceOf(info: Fields): TraceSource {
  const state = info.enumeration("state");
  const assessments = info.any("assessments");
  return {
    k: "trace", trace: info.text("trace_id"), experiment: info.message("trace_location").message("mlflow_experiment").text("experiment_id"), time: timeOf(info, "request_time"), duration: durationOf(info, "execution_duration"),
    state: states.find((known) => known === state) ?? "STATE_UNSPECIFIED", clientRequestId: info.optionalText("client_request_id") ?? null,
    requestPreview: info.optionalText("request_preview") ?? null, responsePreview: info.optionalText("response_preview") ?? null,
    metadata: info.textMap("trace_metadata"), tags: info.textMap("tags"), assessments: Array.isArray(assessments) ? assessments.filter(isRecord) : [], spans: null,
  };
}

/** How many spans the trace's client says that there are; 0 where it does not. */
export function spansSaid({ metadata }: TraceSource): number {
  const said = metadata.find(({ key }) => key === traceKeys.sizeStats)?.value ?? "";
  return Number(/"num_spans": ?(\d+)/.exec(said)?.[1] ?? 0);
}
