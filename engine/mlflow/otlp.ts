import type { Context, Hono } from "hono";
import type { Store } from "../store/store.ts";
import type { TraceSpans } from "../store/operations/traces.ts";
import { decodedTraces } from "../traces/decode.ts";
import { OtlpError, SpanError } from "../traces/otlp.ts";
import { readBytes } from "./body.ts";
import type { DoorEnv } from "./door.ts";
import { MlflowError, invalid, missing } from "./errors.ts";

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";

/**
 * OpenTelemetry's door for spans (OTLP over HTTP, protobuf or JSON, packed or not). MLflow's client since 3.4 sends each span here when
 * it ends, any other exporter of OpenTelemetry may. What is wrong with a request is said as MLflow's server says it: `{"detail": …}`.
 */
export function mountOtlp(app: Hono<DoorEnv>, store: Store): void {
  app.post("/v1/traces", async (c) => {
    const experimentId = c.req.header("x-mlflow-experiment-id");
    if (experimentId === undefined) return c.json({ detail: [{ type: "missing", loc: ["header", "x-mlflow-experiment-id"], msg: "Field required", input: null }] }, 422);
    const given = c.req.header("content-type");
    const type = given?.split(";", 1)[0]?.trim();
    if (type !== PROTOBUF && type !== JSON_TYPE) return c.json({ detail: `Invalid Content-Type: ${given ?? "None"}. Expected: ${PROTOBUF} or ${JSON_TYPE}` }, 400);
    const traces = await tracesIn(c, type);
    if (traces instanceof Response) return traces;
    if (!/^\d+$/.test(experimentId)) throw invalid(`Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`);
    if (!store.read.experiments.find(experimentId)) throw missing(`No Experiment with id=${experimentId} exists`);
    const owner = c.get("owner");
    const runId = c.req.header("x-mlflow-run-id");
    await store.write("trace.spans", {
      experimentId,
      ...(owner.kind === "launch" ? { launchId: owner.launchId } : {}),
      ...(runId === undefined || runId === "" ? {} : { runId }),
      traces,
    });
    // An `ExportTraceServiceResponse` that says nothing has no bytes.
    return c.body(null, 200, { "content-type": PROTOBUF });
  });
}

async function tracesIn(c: Context<DoorEnv>, type: string): Promise<readonly TraceSpans[] | Response> {
  try {
    const bytes = await readBytes(c.env.incoming);
    return await decodedTraces(type === PROTOBUF ? "protobuf" : "json", bytes);
  } catch (error) {
    if (error instanceof SpanError) return c.json({ detail: error.message }, 422);
    if (error instanceof OtlpError) return c.json({ detail: error.message }, 400);
    if (error instanceof MlflowError) return c.json({ detail: error.message.replace(/^The request's body is not what its Content-Encoding says\.$/, `Failed to decompress ${c.req.header("content-encoding") ?? ""} payload`) }, error.status);
    throw error;
  }
}
