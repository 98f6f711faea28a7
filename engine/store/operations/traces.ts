import type { TagValue } from "../operations.ts";

export type TraceState = "STATE_UNSPECIFIED" | "OK" | "ERROR" | "IN_PROGRESS";

/** A whole trace without its spans. What is there of it already is kept, and replaced where this has a value. */
export interface TraceStart {
  readonly traceId: string;
  readonly experimentId: string;
  /** Experiment 0 of a launch's call means the launch's own experiment. */
  readonly launchId?: string;
  readonly time: number;
  readonly duration: number | null;
  readonly state: TraceState;
  readonly clientRequestId: string | null;
  readonly requestPreview: string | null;
  readonly responsePreview: string | null;
  readonly tags: readonly TagValue[];
  readonly metadata: readonly TagValue[];
  readonly assessments: readonly AssessmentRow[];
  readonly request?: string;
}

export interface SpanRow {
  readonly spanId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: string | null;
  readonly status: "OK" | "ERROR" | "UNSET";
  /** UTC nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  readonly content: string;
  /** JSON objects of numbers. */
  readonly usage: string | null;
  readonly cost: string | null;
}

/** Spans of one trace that ended; those that are there already are replaced. The trace is made where there is none. */
export interface TraceSpans {
  readonly traceId: string;
  readonly spans: readonly SpanRow[];
  /** Of the root, where it is among them. */
  readonly root: { readonly state: TraceState; readonly requestPreview: string | null; readonly responsePreview: string | null } | null;
  readonly tags: readonly TagValue[];
  /** Kept where the trace has no value of the key yet. */
  readonly metadata: readonly TagValue[];
}

/** What is absent stays as it is. */
export interface TraceUpdate {
  readonly traceId: string;
  readonly setTags?: readonly TagValue[];
  readonly deleteTags?: readonly string[];
  readonly setMetadata?: readonly TagValue[];
  /** UTC ms. */
  readonly end?: number;
  readonly state?: TraceState;
}

export interface AssessmentRow {
  readonly assessmentId: string;
  readonly name: string;
  readonly kind: "feedback" | "expectation" | "issue";
  /** JSON. */
  readonly value: string;
  readonly error: string | null;
  readonly sourceType: string;
  readonly sourceId: string | null;
  readonly spanId: string | null;
  readonly rationale: string | null;
  readonly metadata: string | null;
  readonly overrides: string | null;
  readonly valid: boolean;
  readonly created: number;
  readonly updated: number;
}

/** Writes of traces. Throw `TRACE_NOT_FOUND`, `ASSESSMENT_NOT_FOUND`, `TAG_NOT_FOUND`. */
export interface TraceOperations {
  "trace.start": { input: TraceStart; output: null };
  "trace.spans": { input: { readonly experimentId: string; readonly launchId?: string; readonly traces: readonly TraceSpans[]; readonly runId?: string }; output: null };
  "trace.update": { input: TraceUpdate; output: null };
  /** The oldest first, at most `limit`; those after `until` (UTC ms) stay. Gives what went. */
  "trace.delete": { input: { readonly experimentId: string; readonly until?: number; readonly limit?: number; readonly traceIds?: readonly string[] }; output: { traceIds: readonly string[] } };
  /** Traces that are not there are left out. */
  "trace.link": { input: { readonly traceIds: readonly string[]; readonly kind: "run" | "prompt"; readonly targets: readonly string[] }; output: null };
  "assessment.create": { input: { readonly traceId: string; readonly row: AssessmentRow; readonly request: string }; output: null };
  "assessment.update": { input: { readonly traceId: string; readonly row: AssessmentRow }; output: null };
  "assessment.delete": { input: { readonly traceId: string; readonly assessmentId: string }; output: null };
}
