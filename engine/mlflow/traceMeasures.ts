import type { TraceRecord } from "../store/read/traces.ts";
import type { Readers } from "../store/store.ts";
import { traceKeys } from "../traces/keys.ts";
import { pythonLoadsOr } from "../traces/pythonJson.ts";

/** Which figures and groups a metric has (mlflow/store/tracking/utils/sql_trace_metrics_utils.py). */
interface MetricRules {
  readonly aggregations: readonly string[];
  readonly dimensions: readonly string[];
}

const count = ["COUNT"];
const spread = ["AVG", "MIN", "MAX", "PERCENTILE"];
const all = ["SUM", ...spread];
const tokens: MetricRules = { aggregations: all, dimensions: ["trace_name"] };
const costs: MetricRules = { aggregations: all, dimensions: ["span_model_name", "span_model_provider"] };

export const views: Readonly<Record<"TRACES" | "SPANS" | "ASSESSMENTS", Readonly<Record<string, MetricRules>>>> = {
  TRACES: {
    trace_count: { aggregations: count, dimensions: ["trace_name", "trace_status"] },
    session_count: { aggregations: count, dimensions: [] },
    latency: { aggregations: spread, dimensions: ["trace_name"] },
    input_tokens: tokens,
    output_tokens: tokens,
    total_tokens: tokens,
    cache_read_input_tokens: tokens,
    cache_creation_input_tokens: tokens,
  },
  SPANS: {
    span_count: { aggregations: count, dimensions: ["span_name", "span_type", "span_status", "span_model_name", "span_model_provider"] },
    latency: { aggregations: spread, dimensions: ["span_name", "span_status"] },
    input_cost: costs,
    output_cost: costs,
    total_cost: costs,
  },
  ASSESSMENTS: {
    assessment_count: { aggregations: count, dimensions: ["assessment_name", "assessment_value"] },
    assessment_value: { aggregations: spread, dimensions: ["assessment_name"] },
  },
};

/** One trace, span or assessment with what is measured of it. */
export interface Measured {
  /** UTC ms: what buckets go by. */
  readonly time: number;
  /** UTC ms: what a range of time goes by. */
  readonly range: number;
  /** Null: it has none, and is not counted. */
  readonly value: number | null;
  /** What a count of different ones goes by. */
  readonly label: string;
  readonly dimensions: Readonly<Record<string, string | null>>;
  /** A tag or metadata of its trace. */
  valueOf(kind: "tag" | "metadata", key: string): string | undefined;
  /** Runs that its trace is linked to. */
  runs(): readonly string[];
}

export function measuredOf(view: keyof typeof views, metric: string, experimentIds: readonly number[], read: Readers): Measured[] {
  const traces = new Map(read.traces.ofExperiments(experimentIds).map((trace) => [trace.traceKey, trace]));
  const names = read.traces.valuesOf(experimentIds, "tag", traceKeys.name);
  const usage = view === "TRACES" ? read.traces.valuesOf(experimentIds, "metadata", traceKeys.tokenUsage) : new Map<number, string>();
  const sessions = view === "TRACES" ? read.traces.valuesOf(experimentIds, "metadata", traceKeys.session) : new Map<number, string>();
  const filtered = new Filtered(experimentIds, read);
  const base = (trace: TraceRecord) => ({
    time: trace.time,
    range: trace.time,
    label: trace.traceId,
    valueOf: (kind: "tag" | "metadata", key: string) => filtered.value(trace.traceKey, kind, key),
    runs: () => filtered.runs(trace.traceKey),
  });
  const own = (trace: TraceRecord) => ({ trace_name: names.get(trace.traceKey) ?? null, trace_status: trace.state });

  if (view === "TRACES") {
    return [...traces.values()].map((trace): Measured => {
      const session = sessions.get(trace.traceKey);
      const value = metric === "trace_count" ? 1 : metric === "session_count" ? (session === undefined ? null : 1) : metric === "latency" ? trace.duration : numberIn(usage.get(trace.traceKey), metric);
      return { ...base(trace), value, label: metric === "session_count" ? (session ?? "") : trace.traceId, dimensions: own(trace) };
    });
  }
  if (view === "SPANS") {
    return read.traces.spanMeasures(experimentIds).flatMap((span): Measured[] => {
      const trace = traces.get(span.traceKey);
      if (!trace) return [];
      const value = metric === "span_count" ? 1 : metric === "latency" ? span.latency : numberIn(span.cost ?? undefined, metric);
      const dimensions = { ...own(trace), span_name: span.name, span_type: span.type, span_status: span.status, span_model_name: textIn(span.model), span_model_provider: textIn(span.provider) };
      return [{ ...base(trace), time: span.start, range: metric.endsWith("_cost") ? span.start : trace.time, value, dimensions }];
    });
  }
  return read.traces.assessmentsOf(experimentIds).flatMap((row): Measured[] => {
    const trace = traces.get(row.traceKey);
    if (!trace || !row.valid) return [];
    return [{ ...base(trace), value: metric === "assessment_count" ? 1 : worth(row.value), dimensions: { ...own(trace), assessment_name: row.name, assessment_type: row.kind, assessment_value: row.value } }];
  });
}

/** What filters ask of traces: read when the first of them is asked, for all of them in one query each. */
class Filtered {
  readonly #experimentIds: readonly number[];
  readonly #read: Readers;
  readonly #values = new Map<string, ReadonlyMap<number, string>>();
  #runs: Map<number, string[]> | null = null;

  constructor(experimentIds: readonly number[], read: Readers) {
    this.#experimentIds = experimentIds;
    this.#read = read;
  }

  value(traceKey: number, kind: "tag" | "metadata", key: string): string | undefined {
    const place = `${kind} ${key}`;
    const values = this.#values.get(place) ?? this.#read.traces.valuesOf(this.#experimentIds, kind, key);
    this.#values.set(place, values);
    return values.get(traceKey);
  }

  runs(traceKey: number): readonly string[] {
    this.#runs ??= this.#linked();
    return this.#runs.get(traceKey) ?? [];
  }

  #linked(): Map<number, string[]> {
    const runs = new Map<number, string[]>();
    for (const { traceKey, target } of this.#read.traces.linksOf(this.#experimentIds, "run")) {
      const list = runs.get(traceKey);
      if (list) list.push(target);
      else runs.set(traceKey, [target]);
    }
    return runs;
  }
}

function numberIn(json: string | undefined, key: string): number | null {
  if (json === undefined) return null;
  const value: unknown = JSON.parse(json)[key];
  return typeof value === "number" ? value : null;
}

/** A text that stands as JSON in a span's attribute. */
function textIn(json: string | null): string | null {
  const value = json === null ? null : pythonLoadsOr(json);
  return typeof value === "string" ? value : null;
}

/** What an assessment is worth as a number: yes and no count as 1 and 0. */
function worth(json: string): number | null {
  const value = pythonLoadsOr(json);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number" || typeof value === "bigint") return Number.isFinite(Number(value)) ? Number(value) : null;
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  return word === "yes" ? 1 : word === "no" ? 0 : null;
}
