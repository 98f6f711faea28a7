import type { Listed } from "../differences.ts";

/** Traces and assessments. */
export const differences: readonly Listed[] = [
  { case: "otlp: links of a span as JSON", call: 3, at: ["body.trace.spans.0.links"], reason: "Ids of links are hex in OTLP's JSON, as all ids are; the reference reads them as base64, finds them too long and drops the link." },
  { case: "traces: a trace is started and read back", call: 6, at: ["body.trace.trace_info.tags.u"], reason: "The answer to a second start has the tags that it brought; the reference's has those from before, and the next read has both." },
  { case: "traces: tags of a trace", call: 21, at: ["status", "body.error_code", "body.message"], reason: "A trace that is not there is not found (404); the reference lets its database say that a foreign key failed." },
  {
    case: "traces: traces are searched",
    call: 18,
    at: ["status", "body.traces", "body.error_code", "body.message"],
    reason: "`name IN (…)` is answered: the reference means to (it is in its list of attributes with IN), but reads the name as a tag, which has none.",
  },
  ...[7, 8, 9, 11].map((call) => ({ case: "traces: a search that cannot be", call, at: ["body.message"], reason: "The one grammar's words name the token and the keys there are, in one order; the reference's set prints in another one each time." })),
  { case: "traces: a search that cannot be", call: 10, at: ["status", "body.error_code", "body.message"], reason: "What a client did wrong is no 5xx, which it would repeat." },
  ...[5, 6, 7, 8].map((call) => ({
    case: "assessments: an assessment is changed",
    call,
    at: ["body.assessment.assessment_name", "body.assessment.rationale"],
    reason: "A mask is also read with the names of the .proto file; the reference's JSON reader knows camelCase only, drops the mask and changes nothing.",
  })),
  ...[7, 8, 10, 12].map((call) => ({ case: "traces: how two filters go together", call, at: ["body.npmi", "body.npmi_smoothed"], reason: "The last digit or two: JavaScript's logarithms and those of C differ in their last bit." })),
];
