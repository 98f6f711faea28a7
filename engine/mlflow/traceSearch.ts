import type { AssessmentRow } from "../store/operations/traces.ts";
import type { SpanFacts, TraceRecord } from "../store/read/traces.ts";
import type { Readers } from "../store/store.ts";
import { traceKeys } from "../traces/keys.ts";
import { isMap, pythonLoadsOr } from "../traces/pythonJson.ts";
import { findItems } from "./find.ts";

/**
 * What a filter tests at once: a trace, one of its spans and one of several values of the same name (two judges may both have said
 * `feedback.quality`). A trace passes where one of its candidates does, so that all tests of `span` mean the same span.
 */
interface Candidate {
  readonly trace: TraceRecord;
  readonly span: SpanFacts | null;
  readonly slot: number;
}

/** Traces of some experiments that pass the filter, in order: the newest first where nothing else is asked. Throws `EXPRESSION`. */
export function findTraces(read: Readers, experimentIds: readonly number[], { filter, orderBy }: { filter: string; orderBy: readonly string[] }): TraceRecord[] {
  const all = read.traces.ofExperiments(experimentIds);
  if (filter.trim() === "" && orderBy.length === 0) return all;
  const facts = new Facts(read, experimentIds, `${filter} ${orderBy.join(" ")}`);
  const candidates = all.flatMap((trace) => {
    const spans = facts.spans.get(trace.traceKey) ?? [null];
    const slots = Math.max(1, facts.slots(trace.traceKey));
    return spans.flatMap((span) => Array.from({ length: slots }, (_, slot): Candidate => ({ trace, span, slot })));
  });
  const found = findItems(candidates, scopeOf(facts), { filter, orderBy });
  return [...new Set(found.map(({ trace }) => trace))];
}

function scopeOf(facts: Facts): Parameters<typeof findItems<Candidate>>[1] {
  const text = (get: (candidate: Candidate) => string | null | undefined) => ({ kind: "string" as const, get: (candidate: Candidate) => get(candidate) ?? null });
  const time = (get: (trace: TraceRecord) => number | null) => ({ kind: "time" as const, get: ({ trace }: Candidate) => get(trace) });
  const duration = { kind: "number" as const, get: ({ trace }: Candidate) => trace.duration };
  const began = time(({ time: start }) => start);
  const ended = time((trace) => trace.time + (trace.duration ?? 0));
  const metadata = { kind: "text" as const, get: ({ trace }: Candidate, key: string) => facts.value(trace, "metadata", key) };
  return {
    what: "A trace",
    attributes: {
      request_id: text(({ trace }) => trace.traceId),
      trace_id: text(({ trace }) => trace.traceId),
      experiment_id: { ...text(({ trace }) => facts.experimentId(trace)), unfiltered: true },
      timestamp: began,
      timestamp_ms: began,
      execution_time: duration,
      execution_time_ms: duration,
      end_time: ended,
      end_time_ms: ended,
      status: text(({ trace }) => (trace.state === "STATE_UNSPECIFIED" ? "TRACE_STATUS_UNSPECIFIED" : trace.state)),
      client_request_id: { ...text(({ trace }) => trace.clientRequestId), unordered: true },
      name: text(({ trace }) => facts.value(trace, "tag", traceKeys.name)),
      run_id: text((candidate) => facts.oneOf(facts.runs, candidate) ?? facts.value(candidate.trace, "metadata", traceKeys.sourceRun)),
      prompt: { ...text((candidate) => facts.oneOf(facts.prompts, candidate)), unordered: true },
      text: { ...text(({ span }) => span?.content), unordered: true },
    },
    entities: {
      tag: { kind: "text", get: ({ trace }, key) => facts.value(trace, "tag", key) },
      request_metadata: metadata,
      span: { kind: "text", get: ({ span }, key) => spanValue(span, key), unordered: true },
      feedback: { kind: "text", get: (candidate, key) => facts.said("feedback", key, candidate), unordered: true },
      expectation: { kind: "text", get: (candidate, key) => facts.said("expectation", key, candidate), unordered: true },
      issue: { kind: "text", get: (candidate) => facts.issue(candidate), keys: ["id"], unordered: true },
    },
    aliases: { tags: "tag", metadata: "request_metadata", attribute: "attributes", trace: "attributes" },
    order: ["timestamp_ms DESC", "request_id ASC"],
  };
}

function spanValue(span: SpanFacts | null, key: string): string | null {
  if (span === null) return null;
  if (key === "name" || key === "type" || key === "status" || key === "content") return span[key];
  if (!key.startsWith("attributes.")) return null;
  const whole = pythonLoadsOr(span.content);
  const attributes = isMap(whole) ? whole.get("attributes") : null;
  const json = isMap(attributes) ? attributes.get(key.slice("attributes.".length)) : undefined;
  if (typeof json !== "string") return null;
  const value = pythonLoadsOr(json);
  return typeof value === "string" ? value : json;
}

/** What hangs on the traces of some experiments, read only as far as the filter names it, each kind in one go. */
class Facts {
  readonly #read: Readers;
  readonly #experimentIds: readonly number[];
  readonly #values = new Map<string, Map<number, string>>();
  readonly #assessments: ReadonlyMap<number, readonly AssessmentRow[]>;
  readonly spans: ReadonlyMap<number, readonly SpanFacts[]>;
  readonly runs: ReadonlyMap<number, readonly string[]>;
  readonly prompts: ReadonlyMap<number, readonly string[]>;

  constructor(read: Readers, experimentIds: readonly number[], words: string) {
    this.#read = read;
    this.#experimentIds = experimentIds;
    const content = /content|attributes|text/i.test(words);
    this.spans = /span|text/i.test(words) ? byTrace(read.traces.spansOf(experimentIds, content)) : new Map();
    this.#assessments = /feedback|expectation|issue/i.test(words) ? byTrace(read.traces.assessmentsOf(experimentIds).filter(({ valid }) => valid)) : new Map();
    const links = (kind: "run" | "prompt") => new Map(Array.from(byTrace(read.traces.linksOf(experimentIds, kind)), ([key, list]) => [key, list.map(({ target }) => target)]));
    this.runs = /run_id/i.test(words) ? links("run") : new Map();
    this.prompts = /prompt/i.test(words) ? links("prompt") : new Map();
  }

  experimentId(trace: TraceRecord): string {
    return this.#read.experiments.idOf(trace.experimentId);
  }

  value(trace: TraceRecord, kind: "tag" | "metadata", key: string): string | null {
    const place = `${kind} ${key}`;
    let values = this.#values.get(place);
    if (values === undefined) {
      values = this.#read.traces.valuesOf(this.#experimentIds, kind, key);
      this.#values.set(place, values);
    }
    return values.get(trace.traceKey) ?? null;
  }

  /** How many values of one name a trace has at most. A trace's own run counts beside those it is linked to. */
  slots(traceKey: number): number {
    const counts = new Map<string, number>();
    for (const { kind, name } of this.#assessments.get(traceKey) ?? []) {
      const place = kind === "issue" ? kind : `${kind} ${name}`;
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    const runs = this.runs.get(traceKey)?.length ?? 0;
    return Math.max(...counts.values(), runs === 0 ? 0 : runs + 1, this.prompts.get(traceKey)?.length ?? 0, 0);
  }

  /** Null in the slot behind the last one, for what stands there otherwise. */
  oneOf(lists: ReadonlyMap<number, readonly string[]>, { trace, slot }: Candidate): string | null {
    return lists.get(trace.traceKey)?.[slot] ?? null;
  }

  /** An issue's id is the name of the assessment. */
  issue({ trace, slot }: Candidate): string | null {
    const all = (this.#assessments.get(trace.traceKey) ?? []).filter(({ kind }) => kind === "issue");
    return all[slot % Math.max(1, all.length)]?.name ?? null;
  }

  said(kind: AssessmentRow["kind"], name: string, { trace, slot }: Candidate): string | null {
    const all = (this.#assessments.get(trace.traceKey) ?? []).filter((row) => row.kind === kind && row.name === name);
    const row = all[slot % Math.max(1, all.length)];
    if (row === undefined) return null;
    const value = pythonLoadsOr(row.value);
    return typeof value === "string" ? value : row.value;
  }
}

function byTrace<T extends { readonly traceKey: number }>(rows: readonly T[]): Map<number, T[]> {
  const lists = new Map<number, T[]>();
  for (const row of rows) {
    const list = lists.get(row.traceKey);
    if (list) list.push(row);
    else lists.set(row.traceKey, [row]);
  }
  return lists;
}
