"""A traced program, read back. `python tracing.py spans` as the client does it; `python tracing.py json` as against a server before 3.4."""
import json
import sys
import time

import mlflow
from mlflow.entities import AssessmentError, AssessmentSource, SpanEvent
from mlflow.exceptions import MlflowException

if sys.argv[1] == "json":
    from packaging.version import Version

    from mlflow.store.tracking.rest_store import RestStore

    RestStore._get_server_version = classmethod(lambda cls, creds: Version("3.3.2"))

client = mlflow.MlflowClient()
mlflow.set_experiment("traced " + sys.argv[1])


@mlflow.trace(span_type="RETRIEVER", attributes={"k": 3, "ratio": 1.0, "big": 2**60, "nothing": None, "list": [1, 2.5, "x", {"deep": True}], "text": "ünï \"quoted\" 'x'\n"})
def retrieve(query, k=3):
    return [{"id": i, "score": 1 / (i + 1), "text": f"{query} {i}"} for i in range(k)]


@mlflow.trace(span_type="TOOL", name="breaks")
def breaks():
    raise ValueError("böse")


@mlflow.trace(span_type="CHAIN")
def answer(question, style=None):
    mlflow.update_current_trace(tags={"team": "blue"}, metadata={"mlflow.trace.session": "s-1", "mlflow.trace.user": "ann"}, client_request_id="c-" + sys.argv[1])
    found = retrieve(question)
    try:
        breaks()
    except ValueError:
        pass
    with mlflow.start_span("llm", span_type="CHAT_MODEL") as span:
        span.set_inputs({"messages": [{"role": "user", "content": question}]})
        span.add_event(SpanEvent("token", attributes={"i": 1, "p": 0.5, "w": "hi", "all": [1, 2]}))
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15})
        span.set_outputs({"role": "assistant", "content": "42"})
    return {"answer": "42", "sources": len(found), "style": style, "pi": 3.0}


def plain(trace):
    names = {span.span_id: span.name for span in trace.data.spans}
    return [
        {
            "name": span.name,
            "parent": names.get(span.parent_id),
            "type": span.span_type,
            "status": [span.status.status_code.value, span.status.description],
            "inputs": span.inputs,
            "outputs": span.outputs,
            "attributes": {key: value for key, value in span.attributes.items() if key != "mlflow.traceRequestId"},
            "events": [[event.name, event.timestamp, {k: v for k, v in event.attributes.items() if k != "exception.stacktrace"}] for event in span.events],
            "start": span.start_time_ns,
            "end": span.end_time_ns,
        }
        for span in sorted(trace.data.spans, key=lambda span: span.start_time_ns)
    ]


def typed(value):
    """With the type of each number, which == does not see."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [typed(item) for item in value]
    return [type(value).__name__, value]


# What the program itself holds of the trace, taken as the exporter gets it.
logged = {}
from mlflow.tracing.export.mlflow_v3 import MlflowV3SpanExporter

export = MlflowV3SpanExporter._log_trace


def keep(self, trace, prompts, workspace=None):
    logged[trace.info.trace_id] = (plain(trace), trace.info)
    return export(self, trace, prompts, workspace)


MlflowV3SpanExporter._log_trace = keep

with mlflow.start_run() as run:
    answer("why?", style="short")
first = mlflow.get_last_active_trace_id()
try:
    breaks()
except ValueError:
    pass
failed = mlflow.get_last_active_trace_id()
mlflow.flush_trace_async_logging()

trace = mlflow.get_trace(first)
spans, info = logged[first]
mlflow.set_trace_tag(first, "later", "ja")
mlflow.set_trace_tag(first, "gone", "x")
mlflow.delete_trace_tag(first, "gone")

human = AssessmentSource(source_type="HUMAN", source_id="ann@example.com")
values = {"bool": True, "float": 0.5, "text": "ü", "list": [1.5, "a", None], "dict": {"a": {"b": [True]}}}
for name, value in values.items():
    mlflow.log_feedback(trace_id=first, name=name, value=value, source=human, rationale="because " + name, metadata={"k": name})
mlflow.log_feedback(trace_id=first, name="failed", error=AssessmentError(error_code="LIMIT", error_message="too much", stack_trace="at x"))
mlflow.log_expectation(trace_id=first, name="want", value={"facts": ["a", 1, 2.5]}, source=human)
old = mlflow.log_feedback(trace_id=first, name="quality", value="bad", source=human)
new = mlflow.override_feedback(trace_id=first, assessment_id=old.assessment_id, value="good", rationale="looked again", source=human)
changed = mlflow.log_expectation(trace_id=first, name="limit", value=1, source=human)
mlflow.update_assessment(trace_id=first, assessment_id=changed.assessment_id, assessment=mlflow.entities.Expectation(name="limit", value=2, metadata={"why": "more"}))
dropped = mlflow.log_feedback(trace_id=first, name="dropped", value=1)
mlflow.delete_assessment(trace_id=first, assessment_id=dropped.assessment_id)

client.link_traces_to_run([failed], run.info.run_id)
read = mlflow.get_trace(first)
experiment = run.info.experiment_id


def search(filter_string, **more):
    names = {first: "answer", failed: "breaks"}
    return [names[found.info.trace_id] for found in mlflow.search_traces(locations=[experiment], filter_string=filter_string, return_type="list", **more)]


frame = mlflow.search_traces(locations=[experiment])
everything = mlflow.search_traces(locations=[experiment], return_type="list")
result = {
    "spans": typed(plain(trace)) == typed(spans),
    "count": len(trace.data.spans),
    "differs": [key for a, b in zip(plain(trace), spans) for key in a if typed(a[key]) != typed(b[key])],
    "tree": [[span["name"], span["parent"], span["type"], span["status"][0]] for span in plain(trace)],
    "times": [read.info.request_time == info.request_time, read.info.execution_duration == info.execution_duration],
    "state": [str(read.info.state), str(mlflow.get_trace(failed).info.state)],
    "previews": [read.info.request_preview, read.info.response_preview],
    "tags": {key: read.info.tags.get(key) for key in ["team", "later", "gone", "mlflow.traceName"]},
    "metadata": {key: read.info.trace_metadata.get(key) for key in ["mlflow.trace.session", "mlflow.trace.user", "mlflow.sourceRun"]},
    "run": run.info.run_id,
    "usage": read.info.token_usage,
    "client": read.info.client_request_id,
    "assessments": [
        [a.name, type(a).__name__, typed(a.value), a.source.source_type, a.source.source_id, a.rationale, a.metadata, a.valid, a.overrides == old.assessment_id]
        for a in sorted(read.info.assessments, key=lambda a: (a.name, a.create_time_ms, a.valid))
    ],
    "error": [a.feedback.error.to_dictionary() for a in read.info.assessments if a.name == "failed"],
    "exception": [event[2] for span in plain(trace) if span["name"] == "breaks" for event in span["events"]],
    "found": {
        text: search(text)
        for text in [
            "status = 'OK'", "status = 'ERROR'", f"run_id = '{run.info.run_id}'", "name = 'answer'", "tag.team = 'blue'", "metadata.`mlflow.trace.session` = 's-1'",
            f"client_request_id = 'c-{sys.argv[1]}'", "feedback.quality = 'good'", "feedback.quality = 'bad'", "feedback.float > 0.4", "expectation.limit = '2'", "timestamp_ms > 0", "execution_time_ms < 0",
            "name RLIKE '^ans'", "name ILIKE 'BRE%'",
        ]
        + (["span.name = 'llm'", "span.type = 'RETRIEVER' AND span.name = 'retrieve'", "span.type = 'RETRIEVER' AND span.name = 'llm'", "span.attributes.text LIKE '%quoted%'", "trace.text LIKE '%why?%'"] if sys.argv[1] == "spans" else [])
    },
    "order": [search("", order_by=["timestamp_ms ASC"]), search("", order_by=["timestamp_ms DESC"]), search("", max_results=1)],
    "searched": [len(found.data.spans) for found in everything],
    "frame": [len(frame), sorted(frame["state"].astype(str))],
    "deleted": client.delete_traces(experiment_id=experiment, trace_ids=[failed]),
    "left": search(""),
}
try:
    mlflow.MlflowClient().get_trace(failed)
except MlflowException as error:
    result["missing"] = error.error_code
print("RESULT " + json.dumps(result).replace(run.info.run_id, "<run>"))
