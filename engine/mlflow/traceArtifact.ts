import type { Hono } from "hono";
import { TouchstoneError } from "../api/tokens.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { artifactPath } from "../artifacts/paths.ts";
import type { Readers } from "../store/store.ts";
import { IN_STORE, traceKeys } from "../traces/keys.ts";
import { attachment, contentTypeOf } from "./contentType.ts";
import type { DoorEnv } from "./door.ts";
import { MlflowError, invalid, missing } from "./errors.ts";
import { jsonStream } from "./jsonStream.ts";
import { sendFile } from "./sendFile.ts";

/** Where pages of MLflow ask for it. */
const PLACES = ["/ajax-api/2.0/mlflow/get-trace-artifact", "/ajax-api/3.0/mlflow/get-trace-artifact", "/get-trace-artifact"];
const DATA = "traces.json";

/** The spans of a trace as a file (`traces.json`), those that are still on their way left out; with `path` one of its attachments. */
export function mountTraceArtifact(app: Hono<DoorEnv>, artifacts: Artifacts, read: Readers): void {
  app.on("GET", PLACES, async (c) => {
    const [traceId = "", path = ""] = [c.req.query("request_id"), c.req.query("path")];
    if (traceId === "") throw new MlflowError("BAD_REQUEST", 'Request must include the "request_id" query parameter.');
    if (path !== "" && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(artifactPath(path))) throw invalid(`Invalid attachment path: '${path}'. Attachment path must be a valid UUID.`);
    const trace = read.traces.byId(traceId);
    if (!trace) throw missing(path === "" ? `Trace with ID ${traceId} is not found.` : `Trace with ID '${traceId}' not found.`);
    if (path === "" && read.traces.value(trace.traceKey, "tag", traceKeys.spansLocation) === IN_STORE) {
      const headers = { "Content-Type": contentTypeOf(DATA), "Content-Disposition": attachment(DATA) };
      return c.body(jsonStream(traceData(read.traces.spans(trace.traceKey))), 200, headers);
    }
    const { file, row } = await artifacts.locate({ kind: "trace", id: trace.traceId }, path === "" ? DATA : `attachments/${path}`).catch((error: unknown) => {
      const none = path === "" && error instanceof TouchstoneError && error.shape.code === "ARTIFACT_MISSING";
      throw none ? new MlflowError("NOT_FOUND", `Trace data not found for path=${DATA}`) : error;
    });
    return sendFile(c, file, row);
  });
}

function* traceData(spans: readonly string[]): Generator<string> {
  yield '{"spans":[';
  for (const [i, span] of spans.entries()) yield i === 0 ? span : `,${span}`;
  yield "]}";
}
