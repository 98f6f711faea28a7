import { type Call, type Case, anExperiment, del, get, patch, post } from "../case.ts";

const aTrace: readonly Call[] = [
  ...anExperiment,
  post(
    "3.0/traces",
    { trace: { trace_info: { trace_id: "$new:trace", trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "$exp" } }, request_time: "2025-01-31T12:00:00Z", state: "OK" } } },
    { keep: { trace: "trace.trace_info.trace_id" } },
  ),
];
const source = { source_type: "HUMAN", source_id: "me" };
const time = { create_time: "2025-02-01T00:00:00Z", last_update_time: "2025-02-01T00:00:01.500Z" };
const add = (assessment: object, keep = "a"): Call => post("3.0/traces/$trace/assessments", { assessment: { source, ...time, ...assessment } }, { keep: { [keep]: "assessment.assessment_id" } });
const refused = (assessment: object): Call => post("3.0/traces/$trace/assessments", { assessment });
const read = (id = "a"): Call => get(`3.0/traces/$trace/assessments/$${id}`);
const change = (mask: string, assessment: object): Call => patch("3.0/traces/$trace/assessments/$a", { assessment, update_mask: mask });
const found = (filter: string): Call => post("3.0/traces/search", { locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "$exp" } }], filter });

export const cases: readonly Case[] = [
  {
    name: "feedback of every kind is kept as it was said",
    calls: [
      ...aTrace,
      ...[true, 0.5, 3, "yes", ["a", 1, null], { deep: { er: [1.5, false] } }].flatMap((value, at) => [add({ assessment_name: `f${at}`, feedback: { value } }), read()]),
      add({ assessment_name: "failed", feedback: { error: { error_code: "E", error_message: "why", stack_trace: "at" } } }),
      add({ assessment_name: "whole", feedback: { value: "x" }, rationale: "because", metadata: { k: "v" }, span_id: "s1" }),
      read(),
      add({ assessment_name: "judged", feedback: { value: 1 }, source: { source_type: "LLM_JUDGE", source_id: "j" } }),
      get("3.0/traces/$trace"),
    ],
  },
  {
    name: "expectations and issues",
    calls: [
      ...aTrace,
      add({ assessment_name: "e1", expectation: { value: "x" } }),
      add({ assessment_name: "e2", expectation: { value: 2.5 } }),
      add({ assessment_name: "e3", expectation: { serialized_value: { serialization_format: "JSON_FORMAT", value: '{"a": [1, 2.0, "ü"]}' } } }),
      read(),
      add({ assessment_name: "iss-1", issue: { issue_name: "slow" } }),
      refused({ assessment_name: "e4", source, expectation: {} }),
      refused({ assessment_name: "e5", source, expectation: { serialized_value: { serialization_format: "XML", value: "<a/>" } } }),
      refused({ assessment_name: "nothing", source }),
      post("3.0/traces/$trace/assessments", {}),
      post("3.0/traces/nothing/assessments", { assessment: { assessment_name: "f", source, feedback: { value: 1 } } }),
      get("3.0/traces/$trace/assessments/nothing"),
      get("3.0/traces/nothing/assessments/nothing"),
    ],
  },
  {
    name: "an assessment is changed",
    calls: [
      ...aTrace,
      add({ assessment_name: "f", feedback: { value: 1 }, metadata: { k: "v", w: "x" } }),
      change("feedback", { feedback: { value: "two" } }),
      change("assessment_name,rationale", { assessment_name: "g", rationale: "r" }),
      change("metadata", { metadata: { k: "z", n: "m" } }),
      change("assessmentName", { assessment_name: "h", rationale: "not this" }),
      read(),
      change("expectation", { expectation: { value: 1 } }),
      change("", { rationale: "r" }),
      patch("3.0/traces/$trace/assessments/$a", { assessment: { rationale: "r" } }),
      patch("3.0/traces/$trace/assessments/$a", { update_mask: "rationale" }),
      patch("3.0/traces/$trace/assessments/nothing", { assessment: { rationale: "r" }, update_mask: "rationale" }),
      patch("3.0/traces/nothing/assessments/nothing", { assessment: { rationale: "r" }, update_mask: "rationale" }),
      add({ assessment_name: "e", expectation: { value: 1 } }),
      change("expectation", { expectation: { value: 2 } }),
      change("feedback", { feedback: { value: 2 } }),
    ],
  },
  {
    name: "one overrides another",
    calls: [
      ...aTrace,
      add({ assessment_name: "f", feedback: { value: false } }, "first"),
      add({ assessment_name: "f", feedback: { value: true }, overrides: "$first" }, "second"),
      read("first"),
      read("second"),
      found("feedback.f = 'false'"),
      found("feedback.f = 'true'"),
      del("3.0/traces/$trace/assessments/$second"),
      read("first"),
      read("second"),
      del("3.0/traces/$trace/assessments/$second"),
      del("3.0/traces/nothing/assessments/$second"),
      refused({ assessment_name: "f", source, feedback: { value: 1 }, overrides: "a-nothing" }),
    ],
  },
  {
    name: "traces are found by what is said of them",
    calls: [
      ...aTrace,
      add({ assessment_name: "grade", feedback: { value: "good" } }),
      add({ assessment_name: "grade", feedback: { value: "bad" } }),
      add({ assessment_name: "score", feedback: { value: 0.8 } }),
      add({ assessment_name: "ok", feedback: { value: true } }),
      add({ assessment_name: "want", expectation: { value: "x" } }),
      add({ assessment_name: "iss-9", issue: { issue_name: "slow" } }),
      ...["feedback.grade = 'good'", "feedback.grade = 'bad'", "feedback.grade = 'none'", "feedback.grade != 'good'", "feedback.score > 0.5", "feedback.score > 0.9", "feedback.ok = 'true'"].map(found),
      ...["feedback.other IS NULL", "feedback.grade IS NULL", "feedback.grade IS NOT NULL", "expectation.want = 'x'", "expectation.grade = 'good'", "feedback.grade LIKE '%oo%'", "issue.id = 'iss-9'", "feedback.grade = 'good' AND feedback.score > 0.5"].map(found),
    ],
  },
];
