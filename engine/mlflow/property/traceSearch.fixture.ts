import type { Draw } from "../model.fixture.ts";
import { type Field, keyed, keys, nullSigns, numbers, numberSigns, type Order, type SearchKind, texts, textSigns } from "./search.fixture.ts";
import { at, listAt, type Speaker, withQuery } from "./sequence.fixture.ts";

type Texts = Readonly<Record<string, string>>;

const someTexts = (draw: Draw): Record<string, string> => Object.fromEntries(keys.filter(() => draw.chance(0.6)).map((key) => [key, draw.of(texts)]));
const pairs = (record: Texts): object[] => Object.entries(record).map(([key, value]) => ({ key, value }));
const asked = <T>(orders: readonly Order<T>[]): string[] => orders.map(({ name, descending }, i) => `${name}${descending ? " DESC" : i % 2 === 0 ? "" : " ASC"}`);
const one = <T>(value: T | undefined | null): T[] => (value === undefined || value === null ? [] : [value]);
async function twoRuns(door: Speaker, name: string): Promise<{ readonly experiment: string; readonly runs: readonly string[] }> {
  const experiment = String((await door.say("POST", "experiments/create", { name }))["experiment_id"]);
  const runs: string[] = [];
  for (let i = 0; i < 2; i++) runs.push(String(at(await door.say("POST", "runs/create", { experiment_id: experiment, start_time: i }), "run.info.run_id")));
  return { experiment, runs };
}

interface Logged {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly run: string;
  readonly created: number;
  readonly params: Texts;
  readonly tags: Texts;
  readonly metrics: Readonly<Record<string, number>>;
}

const attribute = (name: string, more: Pick<Field<Logged>, "kind" | "signs" | "values" | "ordered">): Field<Logged> => ({ names: [name, `attributes.${name}`], orderName: name, ...more });
const modelTexts = (entity: "params" | "tags"): Field<Logged>[] => keys.map((key) => ({ names: keyed([entity], key), kind: "text", signs: [...textSigns, "IN", "NOT IN"], values: (model) => one(model[entity][key]) }));

export const loggedModelSearch: SearchKind<Logged> = {
  name: "logged models",
  idOf: ({ id }) => id,
  fields: [
    attribute("name", { kind: "text", signs: [...textSigns, "IN", "NOT IN"], ordered: true, values: ({ name }) => [name] }),
    attribute("model_type", { kind: "text", signs: textSigns, values: ({ type }) => [type] }),
    attribute("status", { kind: "text", signs: ["=", "!="], values: ({ status }) => [status] }),
    attribute("source_run_id", { kind: "text", signs: ["=", "!=", "IN"], values: ({ run }) => [run] }),
    { names: ["creation_timestamp", "creation_time"], orderName: "creation_timestamp", kind: "number", whole: true, signs: numberSigns, ordered: true, values: ({ created }) => [created] },
    ...modelTexts("params"),
    ...modelTexts("tags"),
    ...keys.map((key): Field<Logged> => ({ names: keyed(["metrics"], key), orderName: `metrics.${key}`, kind: "number", signs: numberSigns, ordered: true, values: ({ metrics }) => one(metrics[key]) })),
  ],
  ties: (a, b) => b.created - a.created || (a.id < b.id ? -1 : 1),
  async fill(draw, door, mark) {
    const { experiment, runs } = await twoRuns(door, `models ${mark}`);
    const things: Logged[] = [];
    for (let i = 0; i < 16; i++) {
      const [name, type, status, run] = [draw.of(["net", "Net", "a b", "käse"]), draw.of(["agent", "x y"]), draw.of(["READY", "PENDING", "UPLOAD_FAILED"]), draw.of(runs)];
      const [params, tags] = [someTexts(draw), someTexts(draw)];
      const metrics = Object.fromEntries(keys.filter(() => draw.chance(0.6)).map((key) => [key, draw.of(numbers)]));
      const made = await door.say("POST", "logged-models", { experiment_id: experiment, name, model_type: type, source_run_id: run, params: pairs(params), tags: pairs(tags) });
      const id = String(at(made, "model.info.model_id"));
      await door.say("POST", "runs/log-batch", { run_id: run, metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 1, step: 0, model_id: id })) });
      if (status !== "PENDING") await door.say("PATCH", `logged-models/${id}`, { model_id: id, status: `LOGGED_MODEL_${status}` });
      things.push({ id, name, type, status, run, created: Number(at(made, "model.info.creation_timestamp_ms")), params, tags, metrics });
    }
    return {
      things,
      async find(filter, orders, token) {
        const order = orders.map((field) => ({ field_name: field.name, ascending: !field.descending }));
        const answer = await door.say("POST", "logged-models/search", { experiment_ids: [experiment], filter, order_by: order, max_results: 5, ...(token === "" ? {} : { page_token: token }) });
        return { ids: listAt(answer, "models").map((model) => String(at(model, "info.model_id"))), next: answer["next_page_token"] };
      },
    };
  },
};

interface Span {
  readonly name: string;
  readonly type: string;
  readonly status: string;
}

interface Trace {
  readonly id: string;
  readonly time: number;
  readonly duration: number;
  readonly state: string;
  readonly title: string | null;
  readonly tags: Texts;
  readonly metadata: Texts;
  readonly runs: readonly string[];
  readonly feedback: Readonly<Record<string, readonly string[]>>;
  readonly expectation: Readonly<Record<string, readonly string[]>>;
  readonly spans: readonly Span[];
  /** The span that tests of spans mean. */
  readonly span: Span | null;
}

const judged = ["quality", "top 5"];
const said = ["yes", "no", "käse", "x y"];
const traceTexts = (part: "tags" | "metadata", entities: readonly string[]): Field<Trace>[] => keys.map((key) => ({ names: keyed(entities, key), kind: "text", signs: nullSigns, ordered: true, values: (trace) => one(trace[part][key]) }));
const assessed = (part: "feedback" | "expectation"): Field<Trace>[] => judged.map((key) => ({ names: keyed([part], key), kind: "text", signs: ["=", "!=", "IS NULL", "IS NOT NULL"], values: (trace) => trace[part][key] ?? [] }));
const ofSpan = (part: keyof Span): Field<Trace> => ({ names: [`span.${part}`], kind: "text", signs: [...textSigns, "IN", "NOT IN"], values: ({ span }) => (span === null ? [] : [span[part]]) });

export const traceSearch: SearchKind<Trace> = {
  name: "traces",
  idOf: ({ id }) => id,
  views: (trace) => (trace.spans.length === 0 ? [trace] : trace.spans.map((span) => ({ ...trace, span }))),
  fields: [
    { names: ["status", "attributes.status", "trace.status"], kind: "text", signs: [...textSigns, "IN", "NOT IN"], ordered: true, values: ({ state }) => [state] },
    { names: ["timestamp_ms", "timestamp", "trace.timestamp_ms"], whole: true, kind: "number", signs: numberSigns, ordered: true, values: ({ time }) => [time] },
    { names: ["execution_time_ms", "execution_time"], whole: true, kind: "number", signs: numberSigns, ordered: true, values: ({ duration }) => [duration] },
    { names: ["name", "trace.name"], kind: "text", signs: textSigns, ordered: true, values: ({ title }) => one(title) },
    { names: ["run_id"], kind: "text", signs: ["="], values: ({ runs }) => runs },
    ...traceTexts("tags", ["tag", "tags"]),
    ...traceTexts("metadata", ["metadata", "request_metadata"]),
    ...assessed("feedback"),
    ...assessed("expectation"),
    ofSpan("name"),
    ofSpan("type"),
    ofSpan("status"),
  ],
  ties: (a, b) => b.time - a.time || (a.id < b.id ? -1 : 1),
  async fill(draw, door, mark) {
    const { experiment, runs } = await twoRuns(door, `traces ${mark}`);
    const things: Trace[] = [];
    for (let i = 0; i < 18; i++) {
      const hex = Buffer.from(`${mark} ${i}`.padEnd(16, "·")).toString("hex").slice(0, 32);
      const title = draw.chance(0.7) ? draw.of(texts) : null;
      const spans = Array.from({ length: draw.below(4) }, (): Span => ({ name: draw.of(["ask", "Look", "x y"]), type: draw.of(["TOOL", "LLM", "CHAIN"]), status: draw.of(["OK", "ERROR"]) }));
      const trace = { id: `tr-${hex}`, time: 1_700_000_000_000 + draw.below(6) * 1000, duration: draw.below(5) * 250, state: draw.of(["OK", "ERROR", "IN_PROGRESS"]), title, tags: someTexts(draw), metadata: someTexts(draw), spans, span: null };
      const judgements = { feedback: judgement(draw), expectation: judgement(draw) };
      const linked = runs.filter(() => draw.chance(0.3));
      await sendSpans(door, experiment, hex, trace);
      await door.say("POST", "3.0/traces", { trace: { trace_info: {
        trace_id: trace.id,
        trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } },
        request_time: new Date(trace.time).toISOString(),
        execution_duration: `${trace.duration / 1000}s`,
        state: trace.state,
        tags: { ...trace.tags, ...(title === null ? {} : { "mlflow.traceName": title }) },
        trace_metadata: trace.metadata,
      } } });
      for (const kind of ["feedback", "expectation"] as const) {
        for (const [name, values] of Object.entries(judgements[kind])) {
          for (const value of values) await door.say("POST", `3.0/traces/${trace.id}/assessments`, { assessment: { assessment_name: name, trace_id: trace.id, source: { source_type: "HUMAN", source_id: "ada" }, [kind]: { value } } });
        }
      }
      for (const run of linked) await door.say("POST", "traces/link-to-run", { trace_ids: [trace.id], run_id: run });
      things.push({ ...trace, ...judgements, runs: linked });
    }
    return {
      things,
      async find(filter, orders, token) {
        const answer = await door.say("POST", "3.0/traces/search", { locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } }], filter, order_by: asked(orders), max_results: 5, page_token: token });
        return { ids: listAt(answer, "traces").map((trace) => String(at(trace, "trace_id"))), next: answer["next_page_token"] };
      },
    };
  },
};

/** What was said under a name: by several people now and then. */
function judgement(draw: Draw): Record<string, string[]> {
  return Object.fromEntries(judged.filter(() => draw.chance(0.5)).map((name) => [name, Array.from({ length: 1 + draw.below(2) }, () => draw.of(said))]));
}

/** As OpenTelemetry's exporters send them. */
async function sendSpans(door: Speaker, experiment: string, hex: string, { time, duration, spans }: Pick<Trace, "time" | "duration" | "spans">): Promise<void> {
  if (spans.length === 0) return;
  const nano = (ms: number): string => `${ms}000000`;
  const wire = spans.map(({ name, type, status }, i) => ({
    traceId: hex,
    spanId: String(i + 1).padStart(16, "0"),
    ...(i === 0 ? {} : { parentSpanId: "1".padStart(16, "0") }),
    name,
    startTimeUnixNano: nano(time),
    endTimeUnixNano: nano(time + duration),
    attributes: [{ key: "mlflow.spanType", value: { stringValue: type } }],
    status: { code: status === "OK" ? 1 : 2 },
  }));
  await door.say("POST", withQuery("/v1/traces", {}), { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans: wire }] }] }, { "x-mlflow-experiment-id": experiment });
}
