import type { TraceSource } from "../../importers/records.ts";
import { isId } from "../../importers/valid.ts";
import { Fields } from "../../mlflow/fields.ts";
import { assessmentOf } from "../../mlflow/assessments.ts";
import { IN_STORE, traceKeys } from "../../traces/keys.ts";
import { metadataAsKept } from "../../traces/metadata.ts";
import { spansOfTraceData } from "../../traces/traceData.ts";
import type { AssessmentRow, SpanRow } from "../operations/traces.ts";
import type { TraceWrites } from "./traces.ts";

/** Traces of sources, with their own ids and times. */
export function importedTraces(traces: TraceWrites) {
  return {
    put(source: TraceSource, experimentId: number, isExact = false): void {
      if (!isId(source.trace)) throw new RangeError(`${JSON.stringify(source.trace)} is no id of a trace.`);
      const spans = spansOf(source.spans);
      const own = source.tags.filter(({ key }) => key !== traceKeys.spansLocation);
      traces.takeOver(
        {
          traceId: source.trace,
          time: source.time,
          duration: source.duration,
          state: source.state,
          clientRequestId: source.clientRequestId,
          requestPreview: source.requestPreview,
          responsePreview: source.responsePreview,
          tags: spans.length === 0 ? own : [...own, { key: traceKeys.spansLocation, value: IN_STORE }],
          metadata: metadataAsKept(source.metadata),
          assessments: source.assessments.flatMap((one) => rowOf(one, source.time)),
        },
        experimentId,
        spans,
        isExact,
      );
    },
  };
}

function spansOf(text: string | null): SpanRow[] {
  try {
    return text === null ? [] : spansOfTraceData(text);
  } catch {
    return [];
  }
}

/** None of what is no assessment: one broken file must not cost the trace. */
function rowOf(json: Readonly<Record<string, unknown>>, time: number): AssessmentRow[] {
  try {
    return [assessmentOf(new Fields(json), time)];
  } catch {
    return [];
  }
}
