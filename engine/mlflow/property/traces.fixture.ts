import assert from "node:assert/strict";
import type { Draw } from "../model.fixture.ts";
import { type Aggregate, at, first, listAt, now, pages, type Said, sortedBy, type Speaker, type Step } from "./sequence.fixture.ts";

interface Assessment {
  readonly id: string;
  name: string;
  readonly kind: "feedback" | "expectation";
  value: unknown;
  readonly source: object;
  readonly created: string;
  updated: string;
  rationale: string | null;
  readonly metadata: Map<string, string>;
  readonly overrides: string | null;
  valid: boolean;
}

interface Trace {
  readonly id: string;
  experiment: string;
  time: number;
  duration: number | null;
  state: string;
  client: string | null;
  request: string | null;
  response: string | null;
  readonly tags: Map<string, string>;
  readonly metadata: Map<string, string>;
  readonly runs: Set<string>;
  assessments: Assessment[];
}

class Traces {
  readonly experiments: string[] = [];
  readonly runs: string[] = [];
  readonly traces = new Map<string, Trace>();
  readonly gone: string[] = [];

  get all(): Trace[] {
    return [...this.traces.values()];
  }

  of(experiment: string): Trace[] {
    return sortedBy(this.all.filter((trace) => trace.experiment === experiment), ({ time, id }) => `${1e15 - time} ${id}`);
  }

  remove(id: string): void {
    this.traces.delete(id);
    this.gone.push(id);
  }
}

const keys = ["team", "val/acc", "a b", "größe", "x.y-z:1"];
const texts = ["", "1", "täxt", "a\nb", "'\"\\", "😀".repeat(5), "x".repeat(9_000)];
const states = ["OK", "ERROR", "IN_PROGRESS"];
const said = [true, false, 0, 1, 0.5, "yes", "", "täxt", [1, "a"], { a: [null, 1] }, 1e300];

/** Of long values a server says the beginning. */
const shown = (map: ReadonlyMap<string, string>, most: number): [string, string][] => [...map].map(([key, value]) => [key, value.slice(0, most)]);
const located = (trace: Trace): Map<string, string> => new Map([...trace.tags, ["mlflow.artifactLocation", `mlflow-artifacts:/${trace.experiment}/traces/${trace.id}/artifacts`]]);
const pairs = (entries: readonly (readonly [string, string])[]): object[] => sortedBy(entries.map(([key, value]) => ({ key, value })), ({ key }) => key);

function assessmentSaid(assessment: Assessment, trace: string): object {
  const { id, name, kind, value, source, created, updated, rationale, metadata, overrides, valid } = assessment;
  const whole = typeof value === "object" && value !== null;
  const expected = whole ? { serialized_value: { serialization_format: "JSON_FORMAT", value: pythonText(value) } } : { value };
  return {
    assessment_id: id,
    assessment_name: name,
    trace_id: trace,
    source,
    create_time: created,
    last_update_time: updated,
    ...(kind === "feedback" ? { feedback: { value } } : { expectation: expected }),
    ...(rationale === null ? {} : { rationale }),
    ...(metadata.size === 0 ? {} : { metadata: Object.fromEntries(metadata) }),
    ...(overrides === null ? {} : { overrides }),
    valid,
  };
}

/** JSON as Python writes it; whole numbers of a protobuf value are doubles there. */
function pythonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonText).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonText(item)}`).join(", ")}}`;
  return typeof value === "number" && Number.isInteger(value) ? `${value}.0` : (JSON.stringify(value) ?? "null");
}

function infoSaid(trace: Trace): object {
  const { duration } = trace;
  return {
    trace_id: trace.id,
    ...(trace.client === null ? {} : { client_request_id: trace.client }),
    trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: trace.experiment } },
    ...(trace.request === null ? {} : { request_preview: trace.request }),
    ...(trace.response === null ? {} : { response_preview: trace.response }),
    request_time: new Date(trace.time).toISOString().replace(".000Z", "Z"),
    ...(duration === null ? {} : { execution_duration: duration % 1000 === 0 ? `${duration / 1000}s` : `${(duration / 1000).toFixed(3)}s` }),
    state: trace.state,
    ...(trace.metadata.size === 0 ? {} : { trace_metadata: Object.fromEntries(shown(trace.metadata, 250)) }),
    ...(trace.assessments.length === 0 ? {} : { assessments: trace.assessments.map((one) => assessmentSaid(one, trace.id)) }),
    tags: Object.fromEntries(shown(located(trace), 4096)),
  };
}

function oldSaid(trace: Trace): object {
  return {
    request_id: trace.id,
    experiment_id: trace.experiment,
    timestamp_ms: trace.time,
    execution_time_ms: trace.duration ?? 0,
    status: trace.state,
    ...(trace.metadata.size === 0 ? {} : { request_metadata: pairs(shown(trace.metadata, 250)) }),
    tags: pairs(shown(located(trace), 4096)),
  };
}

const some = (draw: Draw): [string, string][] => Array.from({ length: draw.below(3) }, () => [draw.of(keys), draw.of(texts)]);

function put(map: Map<string, string>, entries: readonly (readonly [string, string])[]): void {
  for (const [key, value] of entries) map.set(key, value);
}

const start: Step<Traces> = async (traces, draw, door) => {
  // Now and then one that is there already: clients send the whole again when it ends.
  const before = traces.all.length > 0 && draw.chance(0.3) ? draw.of(traces.all) : undefined;
  const id = before?.id ?? `tr-${String(traces.all.length + traces.gone.length).padStart(4, "0")}${String(draw.below(1e9)).padStart(28, "0")}`;
  const experiment = draw.of(traces.experiments);
  const time = 1.7e12 + draw.below(40);
  const seconds = draw.of(["1.5", "2", "0", "0.001", "3600"]);
  const [tags, metadata] = [Object.fromEntries(some(draw)), Object.fromEntries(some(draw))];
  const [client, request, response] = [draw.of([null, "c1"]), draw.of([null, "täxt", ""]), draw.of([null, "x".repeat(1000)])];
  const [timed, state] = [draw.chance(0.7), draw.of(states)];
  const info = {
    trace_id: id,
    trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } },
    request_time: new Date(time).toISOString(),
    ...(timed ? { execution_duration: `${seconds}s` } : {}),
    state,
    ...(client === null ? {} : { client_request_id: client }),
    ...(request === null ? {} : { request_preview: request }),
    ...(response === null ? {} : { response_preview: response }),
    tags,
    trace_metadata: metadata,
  };
  const answer = await door.say("POST", "3.0/traces", { trace: { trace_info: info } });
  const trace: Trace = before ?? { id, experiment, time, duration: null, state, client: null, request: null, response: null, tags: new Map(), metadata: new Map(), runs: new Set(), assessments: [] };
  Object.assign(trace, { experiment, time, duration: timed ? Math.round(Number(seconds) * 1000) : null, state, client, request: request ?? trace.request, response: response ?? trace.response });
  put(trace.tags, Object.entries(tags));
  put(trace.metadata, [...Object.entries(metadata), ["mlflow.trace.infoFinalized", "true"]]);
  traces.traces.set(id, trace);
  assert.deepEqual(at(answer, "trace.trace_info"), infoSaid(trace));
};

const assess: Step<Traces> = async (traces, draw, door) => {
  // Most of them of one trace, so that they meet.
  const trace = draw.chance(0.5) ? draw.of(traces.all) : first.of(traces.all);
  const kind = draw.of(["feedback", "expectation"] as const);
  const value = draw.of(said);
  const overrides = trace.assessments.length > 0 && draw.chance(0.5) ? draw.of(trace.assessments).id : null;
  const source = { source_type: draw.of(["HUMAN", "LLM_JUDGE", "CODE"]), source_id: draw.of(["ada", "bob"]) };
  const rationale = draw.of([null, "becäuse"]);
  const metadata = new Map(some(draw));
  const serialized = kind === "expectation" && typeof value === "object" ? { serialized_value: { serialization_format: "JSON_FORMAT", value: pythonText(value) } } : { value };
  const since = Math.floor(Date.now());
  const name = draw.of(["quality", "größe"]);
  const answer = await door.say("POST", `3.0/traces/${trace.id}/assessments`, {
    assessment: { assessment_name: name, trace_id: trace.id, source, [kind]: serialized, ...(rationale === null ? {} : { rationale }), ...(metadata.size === 0 ? {} : { metadata: Object.fromEntries(metadata) }), ...(overrides === null ? {} : { overrides }) },
  });
  const created = String(at(answer, "assessment.create_time"));
  now(Date.parse(created), since);
  const made: Assessment = { id: String(at(answer, "assessment.assessment_id")), name, kind, value, source, created, updated: created, rationale, metadata, overrides, valid: true };
  const replaced = trace.assessments.find(({ id }) => id === overrides);
  if (replaced) replaced.valid = false;
  trace.assessments.push(made);
  assert.deepEqual(answer["assessment"], assessmentSaid(made, trace.id));
};

const steps: readonly Step<Traces>[] = [
  start,
  start,
  start,
  assess,
  assess,
  async (traces, draw, door) => {
    const experiment = draw.of(traces.experiments);
    const time = 1.7e12 + draw.below(40);
    const [tags, metadata] = [some(draw), some(draw)];
    const list = (entries: readonly [string, string][]) => entries.map(([key, value]) => ({ key, value }));
    const answer = await door.say("POST", "traces", { experiment_id: experiment, timestamp_ms: draw.chance(0.5) ? time : String(time), tags: list(tags), request_metadata: list(metadata) });
    const id = String(at(answer, "trace_info.request_id"));
    assert.equal(traces.traces.has(id), false);
    const made: Trace = { id, experiment, time, duration: null, state: "IN_PROGRESS", client: null, request: null, response: null, tags: new Map(tags), metadata: new Map(metadata), runs: new Set(), assessments: [] };
    traces.traces.set(id, made);
    assert.deepEqual(answer["trace_info"], oldSaid(made));
  },
  async (traces, draw, door) => {
    const trace = draw.of(traces.all);
    const [tags, metadata] = [some(draw), some(draw)];
    trace.duration = draw.below(5_000);
    trace.state = draw.of(["OK", "ERROR"]);
    const list = (entries: readonly [string, string][]) => entries.map(([key, value]) => ({ key, value }));
    const answer = await door.say("PATCH", `traces/${trace.id}`, { timestamp_ms: trace.time + trace.duration, status: trace.state, tags: list(tags), request_metadata: list(metadata) });
    put(trace.tags, tags);
    put(trace.metadata, metadata);
    assert.deepEqual(answer["trace_info"], oldSaid(trace));
  },
  async (traces, draw, door) => {
    const { id, tags } = draw.of(traces.all);
    const version = draw.of(["", "3.0/"]);
    const [gone] = [...tags.keys()];
    if (gone !== undefined && draw.chance(0.4)) {
      await door.say("DELETE", `${version}traces/${id}/tags`, { key: gone });
      tags.delete(gone);
    } else {
      const [key, value] = [draw.of(keys), draw.of(texts)];
      await door.say("PATCH", `${version}traces/${id}/tags`, { key, value });
      tags.set(key, value);
    }
  },
  async (traces, draw, door) => {
    const judged = traces.all.filter(({ assessments }) => assessments.length > 0);
    if (judged.length === 0) return;
    const trace = draw.of(judged);
    const one = draw.of(trace.assessments);
    if (draw.chance(0.5)) {
      await door.say("DELETE", `3.0/traces/${trace.id}/assessments/${one.id}`);
      trace.assessments = trace.assessments.filter((other) => other !== one);
      const replaced = trace.assessments.find(({ id }) => id === one.overrides);
      if (replaced) replaced.valid = true;
      return;
    }
    const [rationale, metadata, value] = [draw.of(["neü", "b"]), some(draw), draw.of(said)];
    const mask = ["rationale", "metadata", one.kind].filter(() => draw.chance(0.6));
    if (mask.length === 0) return;
    const sent = one.kind === "expectation" && typeof value === "object" ? { serialized_value: { serialization_format: "JSON_FORMAT", value: pythonText(value) } } : { value };
    const since = Date.now();
    const answer = await door.say("PATCH", `3.0/traces/${trace.id}/assessments/${one.id}`, { assessment: { rationale, metadata: Object.fromEntries(metadata), [one.kind]: sent }, update_mask: mask.join(",") });
    if (mask.includes("rationale")) one.rationale = rationale;
    if (mask.includes("metadata")) put(one.metadata, metadata);
    if (mask.includes(one.kind)) one.value = value;
    one.updated = String(at(answer, "assessment.last_update_time"));
    now(Date.parse(one.updated), since);
    assert.deepEqual(answer["assessment"], assessmentSaid(one, trace.id));
  },
  async (traces, draw, door) => {
    const some = [...new Set([draw.of(traces.all), draw.of(traces.all)])];
    const run = draw.of(traces.runs);
    await door.say("POST", "traces/link-to-run", { trace_ids: some.map(({ id }) => id), run_id: run });
    for (const { runs } of some) runs.add(run);
  },
  async (traces, draw, door) => {
    if (traces.all.length < 8) return;
    const experiment = draw.of(traces.experiments);
    const there = traces.of(experiment);
    const ids = [...new Set([draw.of(traces.all).id, draw.of(traces.all).id])];
    const [until, most] = [1.7e12 + draw.below(20), 1 + draw.below(3)];
    const byId = draw.chance(0.5);
    const leaving = byId ? there.filter(({ id }) => ids.includes(id)) : sortedBy(there.filter(({ time }) => time <= until), ({ time, id }) => `${time} ${id}`).slice(0, most);
    const body = byId ? { experiment_id: experiment, request_ids: ids } : { experiment_id: experiment, max_timestamp_millis: until, max_traces: most };
    assert.deepEqual(await door.say("POST", draw.of(["traces/delete-traces", "3.0/traces/delete-traces"]), body), { traces_deleted: leaving.length });
    for (const { id } of leaving) traces.remove(id);
  },
];

function wrong(traces: Traces, draw: Draw): Said {
  const { id, assessments } = draw.of(traces.all);
  const experiment = draw.of(traces.experiments);
  const nobody = draw.of(["nobody", "tr-0123456789abcdef0123456789abcdef", ...traces.gone]);
  const info = { trace_id: "tr-new", trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } }, request_time: "2026-01-01T00:00:00Z", state: "OK" };
  const good = { assessment_name: "a", source: { source_type: "HUMAN", source_id: "a" }, feedback: { value: 1 } };
  const [one] = assessments;
  const traced = (more: object): object => ({ trace: { trace_info: { ...info, ...more } } });
  const all: readonly (readonly [string, string, object])[] = [
    ["POST", "3.0/traces", draw.of([{}, { trace: 5 }, { trace: {} }, { trace: { trace_info: 5 } }])],
    ["POST", "3.0/traces", traced({ trace_id: draw.of(["", null, 5, "a/b", "x".repeat(300), []]) })],
    ["POST", "3.0/traces", traced({ trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: draw.of(["999999999", "x", "", 5]) } } })],
    ["POST", "3.0/traces", traced({ request_time: draw.of(["x", 5, "2026-13-01T00:00:00Z", "2026-01-01"]) })],
    ["POST", "3.0/traces", traced({ execution_duration: draw.of(["x", 5, "1", "1m"]) })],
    ["POST", "3.0/traces", traced({ tags: draw.of([5, [], { a: 5 }]) })],
    ["POST", "3.0/traces", traced({ trace_metadata: draw.of(["a", { a: null }, { a: {} }]) })],
    ["POST", "3.0/traces", traced({ assessments: draw.of([5, [5], [{}]]) })],
    ["POST", "traces", { experiment_id: draw.of(["999999999", "x", "", 5, null]), timestamp_ms: 1 }],
    ["POST", "traces", { experiment_id: experiment, timestamp_ms: draw.of(["x", 1.5, [], {}]) }],
    ["POST", "traces", { experiment_id: experiment, timestamp_ms: 1, tags: draw.of([5, [5], [{ key: "a", value: 5 }], [{ value: "a" }]]) }],
    ["PATCH", `traces/${nobody}`, { timestamp_ms: 1, status: "OK" }],
    ["PATCH", `traces/${id}`, { timestamp_ms: draw.of(["x", 1.5, {}]), status: "OK" }],
    ["PATCH", `traces/${id}`, { timestamp_ms: 1, status: draw.of([[], {}, true]) }],
    ["PATCH", `traces/${id}/tags`, { key: draw.of(["", null, "a&b", "../x", "x".repeat(251), 5, "mlflow.trace.spansLocation"]), value: "1" }],
    ["PATCH", `3.0/traces/${id}/tags`, { key: "a", value: draw.of([5, [], {}]) }],
    ["PATCH", `traces/${nobody}/tags`, { key: "a", value: "1" }],
    ["DELETE", `traces/${id}/tags`, { key: draw.of(["none", "", 5, null]) }],
    ["POST", "traces/delete-traces", { experiment_id: experiment, ...draw.of([{}, { max_traces: 5 }, { max_timestamp_millis: 2e12, max_traces: draw.of([0, -1, "x"]) }, { max_timestamp_millis: 2e12, request_ids: [id] }, { request_ids: [id], max_traces: 1 }, { request_ids: draw.of([5, [5], "x"]) }]) }],
    ["POST", "traces/delete-traces", { max_timestamp_millis: 2e12 }],
    ["POST", "traces/link-to-run", draw.of([{}, { trace_ids: [id] }, { trace_ids: [], run_id: "a" }, { trace_ids: 5, run_id: "a" }, { trace_ids: Array.from({ length: 101 }, () => "a"), run_id: "a" }])],
    ["POST", `3.0/traces/${id}/assessments`, { assessment: draw.of([null, 5, {}, { ...good, feedback: undefined }, { ...good, create_time: "x" }, { ...good, source: 5 }, { ...good, metadata: { a: 5 } }, { ...good, overrides: "nobody" }, { ...good, feedback: undefined, expectation: {} }]) }],
    ["POST", `3.0/traces/${nobody}/assessments`, { assessment: good }],
    ["PATCH", `3.0/traces/${id}/assessments/nobody`, { assessment: good, update_mask: "rationale" }],
    ...(one === undefined ? [] : [["PATCH", `3.0/traces/${id}/assessments/${one.id}`, draw.of([{ assessment: good }, { update_mask: "rationale" }, { assessment: good, update_mask: one.kind === "feedback" ? "expectation" : "feedback" }, { assessment: { rationale: 5 }, update_mask: "rationale" }])] as const]),
    ["POST", "3.0/traces/search", draw.of([{}, { locations: 5 }, { locations: [5] }])],
    ["POST", "3.0/traces/search", { locations: [{ mlflow_experiment: { experiment_id: experiment } }], ...draw.of([{ max_results: draw.of([0, -1, 501, "x"]) }, { filter: draw.of(["nam = 'a'", "status =", "(", 5, "timestamp_ms > 'x'"]) }, { order_by: draw.of([5, ["text"], ["timestamp_ms UP"]]) }, { page_token: draw.of(["x", "bm90", 5]) }]) }],
    ["POST", "3.0/traces/batchGetInfos", draw.of([{}, { trace_ids: 5 }, { trace_ids: [] }])],
    ["GET", `3.0/traces/${nobody}`, {}],
    ["GET", `traces/${nobody}/info`, {}],
    ["GET", `3.0/traces/get?trace_id=${nobody}`, {}],
    ["GET", `3.0/traces/${id}/assessments/nobody`, {}],
    ["GET", "traces", {}],
  ];
  const [method, path, body] = draw.of(all);
  return method === "GET" ? { method, path } : { method, path, body };
}

async function check(traces: Traces, door: Speaker): Promise<void> {
  for (const trace of traces.all) {
    assert.deepEqual(await door.say("GET", `3.0/traces/${trace.id}`), { trace: { trace_info: infoSaid(trace) } });
    assert.deepEqual(await door.say("GET", `traces/${trace.id}/info`), { trace_info: oldSaid(trace) });
    for (const one of trace.assessments) assert.deepEqual(await door.say("GET", `3.0/traces/${trace.id}/assessments/${one.id}`), { assessment: assessmentSaid(one, trace.id) });
  }
  for (const id of traces.gone) assert.equal((await door.ask("GET", `3.0/traces/${id}`)).status, traces.traces.has(id) ? 200 : 404);
  const search = (experiment: string, filter: string) => pages("traces", (token) => door.say("POST", "3.0/traces/search", { locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } }], filter, max_results: 3, page_token: token }));
  for (const experiment of traces.experiments) {
    assert.deepEqual(await search(experiment, ""), traces.of(experiment).map(infoSaid));
    const old = await door.say("GET", `traces?experiment_ids=${experiment}&max_results=500`);
    assert.deepEqual(listAt(old, "traces"), traces.of(experiment).map(oldSaid));
    for (const run of traces.runs) assert.deepEqual((await search(experiment, `run_id = '${run}'`)).map((trace) => at(trace, "trace_id")), traces.of(experiment).filter(({ runs }) => runs.has(run)).map(({ id }) => id));
  }
  const ids = traces.all.map(({ id }) => id);
  if (ids.length > 0) assert.deepEqual(listAt(await door.say("POST", "3.0/traces/batchGetInfos", { trace_ids: ids }), "trace_infos"), traces.all.map(infoSaid));
}

export const traces: Aggregate<Traces> = {
  name: "traces",
  model: () => new Traces(),
  async begin(model, door) {
    for (const name of ["first", "second"]) model.experiments.push(String((await door.say("POST", "experiments/create", { name }))["experiment_id"]));
    for (let i = 0; i < 2; i++) model.runs.push(String(at(await door.say("POST", "runs/create", { experiment_id: model.experiments[0], start_time: i }), "run.info.run_id")));
    await start(model, first, door);
  },
  steps,
  wrong,
  check,
};
