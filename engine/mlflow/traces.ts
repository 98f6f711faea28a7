import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { TagValue } from "../store/operations.ts";
import type { TraceState } from "../store/operations/traces.ts";
import type { TraceRecord } from "../store/read/traces.ts";
import { IN_STORE, traceKeys } from "../traces/keys.ts";
import { metadataAsKept } from "../traces/metadata.ts";
import { spansOfTraceData } from "../traces/traceData.ts";
import { wireSpan } from "../traces/wireSpan.ts";
import { assessmentOf } from "./assessments.ts";
import { invalid, missing } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { checkedKey } from "./limits.ts";
import { pageOf } from "./listJson.ts";
import { type Call, type DoorServices, type Handler, type Routes, experimentsOf } from "./route.ts";
import { listed } from "./shapes.ts";
import { correlation } from "./traceCorrelation.ts";
import { traceMetrics } from "./traceMetrics.ts";
import { tracePage, tracesFound } from "./traceSearch.ts";
import { durationOf, ownTags, timeOf, traceInfo, traceInfoV2 } from "./traceShapes.ts";

const MAX_VALUE = 8000;
const MAX_LINKS = 100;
const states: readonly TraceState[] = ["STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS"];
/** How long a call waits for spans that are on their way, in ms, try by try. */
const WAITS = [1_000, 2_000];

/** Routes of traces: version 3 as clients since 3.0 speak it, version 2 as older ones do. */
export function traceRoutes(services: DoorServices): Routes {
  const { store, artifacts, retries } = services;
  const { read } = store;

  const existing = (traceId: string): TraceRecord => {
    const found = read.traces.byId(traceId);
    if (!found) throw missing(`Trace with ID '${traceId}' not found.`);
    return found;
  };
  /** Checks that traces can be added to an experiment, and gives its number. */
  const target = (id: string): string => {
    if (!/^\d+$/.test(id)) throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
    const found = read.experiments.find(id);
    if (!found) throw missing(`No Experiment with id=${id} exists`);
    if (found.deleted !== null) throw invalid(`The experiment ${id} must be in the 'active' state. Current state is deleted.`);
    return id;
  };
  /** Those that an older client put into the trace's `traces.json`; none where it did not, or where they cannot be read. */
  const uploaded = async (id: string): Promise<string[]> => {
    try {
      const { file } = await artifacts.locate({ kind: "trace", id }, "traces.json");
      return spansOfTraceData(await readFile(file, "utf8")).map(({ content }) => content);
    } catch {
      return [];
    }
  };
  /** Null where spans are still on their way. */
  const spansOf = async (trace: TraceRecord, partial: boolean): Promise<string[] | null> => {
    if (read.traces.value(trace.traceKey, "tag", traceKeys.spansLocation) !== IN_STORE) return uploaded(trace.traceId);
    const spans = read.traces.spans(trace.traceKey);
    const stats = read.traces.value(trace.traceKey, "metadata", traceKeys.sizeStats);
    const expected = Number(/"num_spans"\s*:\s*(\d+)/.exec(stats ?? "")?.[1] ?? 1);
    return partial || spans.length >= expected ? spans : null;
  };
  const whole = (trace: TraceRecord, spans: readonly string[]): object => ({ trace_info: traceInfo(trace, read), ...listed("spans", spans.map(wireSpan)) });

  const keysOf = (ids: readonly string[], launchId: string | undefined): number[] => experimentsOf(services, ids, launchId).flatMap((id) => read.experiments.find(id)?.experimentId ?? []);
  /** Whether a trace is of the experiments that a call is limited to. */
  const amongOf = (fields: Fields): ((trace: TraceRecord) => boolean) => {
    const among = fields.has("experiment_ids") ? new Set(fields.texts("experiment_ids")) : null;
    return ({ experimentId }) => among === null || among.has(read.experiments.idOf(experimentId));
  };

  const search = ({ fields, launchId }: Call, ids: readonly string[]) => {
    const size = fields.optionalInteger("max_results") ?? 100;
    const given = fields.any("max_results");
    if (size > 500) throw invalid(`Invalid value ${JSON.stringify(given)} for parameter 'max_results' supplied:  Hint: Value was of type '${typeof given === "string" ? "str" : "int"}'. See the API docs for more information about request parameters.`);
    if (size < 1) throw invalid(`Invalid value ${size} for parameter 'max_results' supplied. It must be a positive integer`);
    return tracePage(read, keysOf(ids, launchId), { filter: fields.anyText("filter"), orderBy: fields.texts("order_by") }, fields);
  };

  const remove: Handler = async ({ fields, launchId }) => {
    const experimentId = fields.text("experiment_id");
    const [until, limit] = [fields.optionalInteger("max_timestamp_millis"), fields.optionalInteger("max_traces")];
    const traceIds = fields.texts("request_ids");
    if (until === undefined && traceIds.length === 0) throw invalid("Either `max_timestamp_millis` or `trace_ids` must be specified.");
    if (until !== undefined && traceIds.length > 0) throw invalid("Only one of `max_timestamp_millis` and `trace_ids` can be specified.");
    if (traceIds.length > 0 && limit !== undefined) throw invalid("`max_traces` can't be specified if `trace_ids` is specified.");
    if (limit !== undefined && limit <= 0) throw invalid(`\`max_traces\` must be a positive integer, received ${limit}.`);
    let deleted = 0;
    for (const id of experimentsOf(services, [experimentId], launchId)) {
      if (!read.experiments.find(id)) continue;
      const left = limit === undefined ? undefined : limit - deleted;
      if (left === 0) break;
      const gone = await store.write("trace.delete", {
        experimentId: id,
        ...(until === undefined ? {} : { until }),
        ...(left === undefined ? {} : { limit: left }),
        ...(traceIds.length === 0 ? {} : { traceIds }),
      });
      for (const traceId of gone.traceIds) await artifacts.forgetTree({ kind: "trace", id: traceId }, id);
      deleted += gone.traceIds.length;
    }
    return { traces_deleted: deleted };
  };

  const setTag: Handler = async ({ fields }) => {
    const key = checkedKey(fields.text("key"), "key", "key");
    if (ownTags.has(key)) throw invalid(`Tag '${key}' is immutable and cannot be set on a trace.`);
    const value = fields.anyText("value").slice(0, MAX_VALUE);
    if (key === traceKeys.name && value.length > 4096) throw invalid("'Trace name' exceeds the maximum length of 4096 characters");
    await store.write("trace.update", { traceId: existing(fields.text("trace_id")).traceId, setTags: [{ key, value }] });
    return {};
  };
  const deleteTag: Handler = async ({ fields }) => {
    const key = fields.text("key");
    if (ownTags.has(key) && key !== traceKeys.archivalFailure) throw invalid(`Tag '${key}' is immutable and cannot be deleted on a trace.`);
    const traceId = fields.text("trace_id");
    if (!read.traces.byId(traceId)) throw missing(`No trace tag with key '${key}' for trace with ID '${traceId}'`);
    await store.write("trace.update", { traceId, deleteTags: [key] });
    return {};
  };

  return {
    async "POST 3.0/traces"({ fields, launchId }) {
      const info = fields.present("trace").message("trace_info");
      const location = info.message("trace_location");
      const experimentId = target(location.message("mlflow_experiment").text("experiment_id"));
      const traceId = info.text("trace_id");
      if (!/^[\w-]{1,250}$/.test(traceId)) throw invalid(`Invalid value ${JSON.stringify(traceId)} for parameter '${info.path("trace_id")}' supplied.`);
      const state = info.enumeration("state");
      await store.write("trace.start", {
        traceId,
        experimentId,
        ...(launchId === undefined ? {} : { launchId }),
        time: timeOf(info, "request_time"),
        duration: durationOf(info, "execution_duration"),
        state: states.find((name, number) => state === name || state === String(number)) ?? "STATE_UNSPECIFIED",
        clientRequestId: info.optionalText("client_request_id") ?? null,
        requestPreview: info.optionalText("request_preview") ?? null,
        responsePreview: info.optionalText("response_preview") ?? null,
        tags: info.textMap("tags"),
        metadata: [...metadataAsKept(info.textMap("trace_metadata")), { key: traceKeys.finalized, value: "true" }],
        assessments: info.list("assessments", (one) => assessmentOf(one, Date.now())),
      });
      const trace = existing(traceId);
      return { trace: { trace_info: traceInfo(trace, read) } };
    },

    async "GET 3.0/traces/get"({ fields }) {
      const traceId = fields.text("trace_id");
      const partial = fields.optionalBoolean("allow_partial") ?? false;
      for (const wait of [...WAITS, null]) {
        const trace = read.traces.byId(traceId);
        if (!trace) throw missing(`Trace with ID ${traceId} is not found.`);
        const spans = await spansOf(trace, partial);
        if (spans !== null) return { trace: whole(trace, spans) };
        if (wait !== null) await pause(wait);
      }
      throw missing(`Trace with ID ${traceId} is not fully exported yet, please try again later.`);
    },

    async "GET 3.0/traces/batchGet"({ fields }) {
      const found = some(fields, "trace_ids").flatMap((id) => read.traces.byId(id) ?? []);
      const isAmong = amongOf(fields);
      const traces: object[] = [];
      for (const trace of found.filter(isAmong)) {
        const spans = await spansOf(trace, false);
        if (spans !== null) traces.push(whole(trace, spans));
      }
      return listed("traces", traces);
    },

    "POST 3.0/traces/batchGetInfos"({ fields }) {
      const found = some(fields, "trace_ids").flatMap((id) => read.traces.byId(id) ?? []);
      return pageOf("trace_infos", found.filter(amongOf(fields)), (trace) => traceInfo(trace, read), {});
    },

    async "POST 3.0/traces/search"(call) {
      const { fields } = call;
      if (!fields.has("locations")) fields.text("locations");
      const ids = fields.list("locations", (location) => location.message("mlflow_experiment").anyText("experiment_id")).filter((id) => id !== "");
      const { items, next } = await search(call, ids);
      return pageOf("traces", items, (trace) => traceInfo(trace, read), next);
    },

    "POST 3.0/traces/metrics"({ fields, launchId }) {
      return traceMetrics(fields, keysOf(some(fields, "experiment_ids"), launchId), read);
    },
    async "POST 3.0/traces/calculate-filter-correlation"({ fields, launchId }) {
      const ids = keysOf(some(fields, "experiment_ids"), launchId);
      const base = fields.anyText("base_filter");
      const among = (name: string): Promise<ReadonlySet<number>> => tracesFound(read, ids, base === "" ? fields.text(name) : `${base} and ${fields.text(name)}`);
      const one = await among("filter_string1");
      const other = await among("filter_string2");
      return correlation(one, other, (await tracesFound(read, ids, base)).size);
    },

    "GET 3.0/traces/:trace_id": ({ fields }) => ({ trace: { trace_info: traceInfo(existing(fields.text("trace_id")), read) } }),

    "POST 3.0/traces/delete-traces": remove,
    "POST traces/delete-traces": remove,
    "PATCH 3.0/traces/:trace_id/tags": setTag,
    "PATCH traces/:trace_id/tags": setTag,
    "DELETE 3.0/traces/:trace_id/tags": deleteTag,
    "DELETE traces/:trace_id/tags": deleteTag,

    async "POST traces/link-to-run"({ fields }) {
      const traceIds = some(fields, "trace_ids");
      const runId = fields.text("run_id");
      if (traceIds.length > MAX_LINKS) throw invalid(`Cannot link more than ${MAX_LINKS} traces to a run in a single request. Provided ${traceIds.length} traces.`);
      await store.write("trace.link", { traceIds, kind: "run", targets: [runId] });
      return {};
    },
    async "POST traces/link-prompts"({ fields }) {
      const traceId = fields.text("trace_id");
      const targets = fields.list("prompt_versions", (one) => `${one.anyText("name")}/${one.integer("version")}`);
      if (targets.length > 0) await store.write("trace.link", { traceIds: [existing(traceId).traceId], kind: "prompt", targets });
      return {};
    },

    async "POST traces"({ fields, launchId, digest, response }) {
      const request = digest();
      const experimentId = target(fields.anyText("experiment_id"));
      const values = { tags: pairs(fields, "tags"), metadata: metadataAsKept(pairs(fields, "request_metadata")) };
      const trace = await retries.once(request, response, () => unheard(read.traces.byRequest(request)), async () => {
        const traceId = randomUUID().replaceAll("-", "");
        await store.write("trace.start", {
          traceId,
          experimentId,
          ...(launchId === undefined ? {} : { launchId }),
          time: fields.optionalInteger("timestamp_ms") ?? 0,
          duration: null,
          state: "IN_PROGRESS",
          clientRequestId: null,
          requestPreview: null,
          responsePreview: null,
          ...values,
          assessments: [],
          request,
        });
        return existing(traceId);
      });
      return { trace_info: traceInfoV2(trace, read) };
    },

    async "GET traces"(call) {
      const { items, next } = await search(call, some(call.fields, "experiment_ids"));
      return pageOf("traces", items, (trace) => traceInfoV2(trace, read), next);
    },

    async "PATCH traces/:trace_id"({ fields }) {
      const { traceId } = existing(fields.text("trace_id"));
      const status = fields.enumeration("status");
      await store.write("trace.update", {
        traceId,
        end: fields.optionalInteger("timestamp_ms") ?? 0,
        state: states.find((name, number) => status === name || status === String(number)) ?? "STATE_UNSPECIFIED",
        setTags: pairs(fields, "tags"),
        setMetadata: metadataAsKept(pairs(fields, "request_metadata")),
      });
      return { trace_info: traceInfoV2(existing(traceId), read) };
    },

    "GET traces/:trace_id/info": ({ fields }) => ({ trace_info: traceInfoV2(existing(fields.text("trace_id")), read) }),
  };
}

/** Texts that must be there. */
/** A trace that an earlier call with these words made, whose client never heard of it: it did not end it. */
function unheard(found: TraceRecord | undefined): TraceRecord | undefined {
  return found?.state === "IN_PROGRESS" && found.duration === null ? found : undefined;
}

function some(fields: Fields, name: string): string[] {
  const texts = fields.texts(name);
  return texts.length > 0 ? texts : [fields.text(name)];
}

function pairs(fields: Fields, name: string): TagValue[] {
  return fields.list(name, (pair) => ({ key: pair.text("key"), value: pair.anyText("value") }));
}
