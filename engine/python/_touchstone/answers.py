"""What MLflow's client is answered where no engine can be asked: about runs, experiments and models that this process knows."""
import json
import os
import random
import time
import uuid
from urllib.parse import parse_qs, unquote

#: What is logged: it needs no answer but that it was heard.
_LOGGED = frozenset([
    "POST runs/log-metric", "POST runs/log-batch", "POST runs/log-parameter", "POST runs/set-tag", "POST runs/delete-tag", "POST runs/update",
    "POST runs/log-inputs", "POST runs/outputs", "POST runs/log-model", "POST experiments/set-experiment-tag",
])  # fmt: skip
#: Answers that hold for as long as the engine is away.
_LASTING = ("GET runs/get", "GET experiments/get", "GET experiments/get-by-name", "GET logged-models/")
_MOST = 500
_STATUSES = ("", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
_MODEL_STATUSES = ("", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED")


class Refused(Exception):
    """What the reference answers with an error of its own."""

    def __init__(self, status, code, message):
        Exception.__init__(self, message)
        self.status = status
        self.code = code


class Answers:
    """Runs, experiments and logged models as this process has seen or made them."""

    def __init__(self, process):
        self.process = process
        self.runs = {}
        self.models = {}
        self.experiments = {}
        #: Path as in the artifact's URI → the file that holds it.
        self.artifacts = {}

    # ---- with an engine: what it said

    def remember(self, call, response):
        """Keeps what an answer says of a run, an experiment or a model."""
        if not call.route.startswith(_LASTING) and call.route not in ("POST runs/create", "POST runs/update", "POST logged-models"):
            return
        try:
            found = json.loads(response.content)
        except ValueError:
            return
        if call.route == "POST runs/update" and "run_info" in found:
            run = self.runs.get(found["run_info"].get("run_id"))
            if run is not None:
                run["info"] = found["run_info"]
        for kind, known in (("run", self.runs), ("experiment", self.experiments), ("model", self.models)):
            value = found.get(kind)
            if isinstance(value, dict) and len(known) < _MOST:
                info = value.get("info", value)
                known[info.get("run_id") or info.get("model_id") or info.get("experiment_id")] = value
        if call.route == "POST runs/create" and found.get("run", {}).get("info", {}).get("run_id") == os.environ.get("TOUCHSTONE_RUN"):
            self._claim()

    # ---- without one: what is kept

    def can_keep(self, call):
        """True for what logs to something that exists."""
        method, _, path = call.route.partition(" ")
        parts = path.split("/")
        model = parts[0] == "logged-models" and len(parts) > 1 and parts[1] != "search"
        return call.route in _LOGGED or model and method in ("PATCH", "POST")

    def can_begin(self, call):
        """True for what begins something that can be known by an id made here."""
        return call.route in ("POST runs/create", "POST logged-models") or bool(os.environ.get("TOUCHSTONE_OFFLINE")) and call.route == "POST experiments/create"

    def kept(self, call, line):
        """The answer to a call that is being kept; ids made here go into the spool's line."""
        fields = call.fields()
        if call.route == "POST runs/create":
            return self._begin_run(call, fields, line)
        if call.route == "POST logged-models":
            return self._begin_model(call, fields, line)
        if call.route == "POST experiments/create":
            return self._begin_experiment(fields, line)
        if call.route.startswith(("PATCH logged-models/", "POST logged-models/")):
            return self._change_model(call, fields)
        run = self.runs.get(fields.get("run_id") or fields.get("run_uuid"))
        if run is not None:
            self._fold(run, call.route, fields)
        if call.route == "POST runs/update":
            if run is None:
                run = {"info": {"run_id": fields.get("run_id"), "run_uuid": fields.get("run_id"), "status": _named(fields.get("status"), _STATUSES), "lifecycle_stage": "active"}}
            return {"run_info": run["info"]}
        return {}

    def stand_in(self, run_id, fields):
        """A run of which only the id is known."""
        experiment = fields.get("experiment_id") or "0"
        info = {
            "run_id": run_id, "run_uuid": run_id, "run_name": fields.get("run_name") or "run-" + run_id[:8], "experiment_id": experiment, "user_id": fields.get("user_id") or "", "status": "RUNNING",
            "start_time": fields.get("start_time") or int(time.time() * 1000), "artifact_uri": "mlflow-artifacts:/%s/%s/artifacts" % (experiment, run_id), "lifecycle_stage": "active",
        }  # fmt: skip
        return self.runs.setdefault(run_id, {"info": info, "data": {"metrics": [], "params": [], "tags": [{"key": "mlflow.runName", "value": info["run_name"]}]}, "inputs": {}})

    def _begin_run(self, call, fields, line):
        tags = {tag.get("key"): tag.get("value") for tag in fields.get("tags") or []}
        run_id = call.made_id or uuid.uuid4().hex
        if "mlflow.parentRunId" not in tags and os.environ.get("TOUCHSTONE_RUN") and self._claim():
            run_id = os.environ["TOUCHSTONE_RUN"]
        name = fields.get("run_name") or tags.get("mlflow.runName") or "run-" + run_id[:8]
        tags.setdefault("mlflow.runName", name)
        self.runs.pop(run_id, None)
        run = self.stand_in(run_id, dict(fields, run_name=name))
        run["data"]["tags"] = [{"key": key, "value": value} for key, value in tags.items()]
        line["id"] = run_id
        return {"run": run}

    def _begin_model(self, call, fields, line):
        model_id = call.made_id or "m-" + uuid.uuid4().hex
        now = int(time.time() * 1000)
        experiment = fields.get("experiment_id") or "0"
        info = {
            "model_id": model_id, "experiment_id": experiment, "name": fields.get("name") or "model-" + model_id[2:10], "creation_timestamp_ms": now, "last_updated_timestamp_ms": now,
            "artifact_uri": "mlflow-artifacts:/%s/models/%s/artifacts" % (experiment, model_id), "status": "LOGGED_MODEL_PENDING", "model_type": fields.get("model_type"),
            "source_run_id": fields.get("source_run_id"), "tags": fields.get("tags") or [],
        }  # fmt: skip
        model = {"info": info, "data": {"params": fields.get("params") or [], "metrics": []}}
        self.models[model_id] = model
        line["id"] = model_id
        return {"model": model}

    def _begin_experiment(self, fields, line):
        name = fields.get("name") or ""
        if any(known.get("name") == name for known in self.experiments.values()):
            raise Refused(400, "RESOURCE_ALREADY_EXISTS", "Experiment(name=%s) already exists." % name)
        made = str(random.SystemRandom().randrange(10**17, 10**18))
        now = int(time.time() * 1000)
        self.experiments[made] = {
            "experiment_id": made, "name": name, "artifact_location": "mlflow-artifacts:/" + made, "lifecycle_stage": "active", "creation_time": now, "last_update_time": now, "tags": fields.get("tags") or [],
        }  # fmt: skip
        line["id"] = made
        return {"experiment_id": made}

    def _change_model(self, call, fields):
        model_id = unquote(call.route.split("/")[1])
        model = self.models.setdefault(model_id, {"info": {"model_id": model_id, "tags": []}, "data": {"params": [], "metrics": []}})
        if call.route.endswith("/tags"):
            _put(model["info"].setdefault("tags", []), fields.get("tags") or [])
        elif call.route.endswith("/params"):
            _put(model["data"].setdefault("params", []), fields.get("params") or [])
            return {}
        else:
            model["info"]["status"] = _named(fields.get("status"), _MODEL_STATUSES)
        return {"model": model}

    def _fold(self, run, route, fields):
        data = run.setdefault("data", {})
        if route == "POST runs/update":
            for name in ("end_time", "run_name"):
                if fields.get(name):
                    run["info"][name] = fields[name]
            if fields.get("status"):
                run["info"]["status"] = _named(fields["status"], _STATUSES)
        one = {"key": fields.get("key"), "value": fields.get("value")}
        if route == "POST runs/log-metric":
            _put(data.setdefault("metrics", []), [dict(one, timestamp=fields.get("timestamp"), step=fields.get("step") or 0)])
        _put(data.setdefault("metrics", []), fields.get("metrics") or [])
        _put(data.setdefault("params", []), [one] if route == "POST runs/log-parameter" else fields.get("params") or [])
        _put(data.setdefault("tags", []), [one] if route == "POST runs/set-tag" else fields.get("tags") or [])
        if route == "POST runs/delete-tag":
            data["tags"] = [tag for tag in data["tags"] if tag.get("key") != fields.get("key")]

    # ---- what is asked

    def heard(self, call):
        """What is known of what is asked; None where nothing is."""
        asked = {key: values[-1] for key, values in parse_qs(call.query).items()}
        offline = bool(os.environ.get("TOUCHSTONE_OFFLINE"))
        if call.route == "GET runs/get":
            run = self.runs.get(asked.get("run_id") or asked.get("run_uuid"))
            if run is None and offline:
                raise Refused(404, "RESOURCE_DOES_NOT_EXIST", "Run with id=%s not found" % asked.get("run_id"))
            return None if run is None else {"run": run}
        if call.route == "GET experiments/get":
            found = self.experiments.get(asked.get("experiment_id"))
            if found is None and offline:
                found = _experiment(asked.get("experiment_id"), "Default" if asked.get("experiment_id") == "0" else "")
            return None if found is None else {"experiment": found}
        if call.route == "GET experiments/get-by-name":
            name = asked.get("experiment_name")
            for found in self.experiments.values():
                if found.get("name") == name:
                    return {"experiment": found}
            if offline and name == "Default":
                return {"experiment": _experiment("0", name)}
            if offline:
                raise Refused(404, "RESOURCE_DOES_NOT_EXIST", "Could not find experiment with name '%s'" % name)
            return None
        if call.method == "GET" and call.route.startswith("GET logged-models/") and call.route.count("/") == 1:
            model = self.models.get(unquote(call.route.split("/")[1]))
            return None if model is None else {"model": model}
        if call.method == "GET" and offline and call.artifact:
            path = self.artifacts.get(unquote(call.path.split("/artifacts/", 1)[1]))
            if path is None:
                raise Refused(404, "RESOURCE_DOES_NOT_EXIST", "No such artifact")
            with open(path, "rb") as file:
                return file.read()
        if offline and call.path.endswith("/mlflow-artifacts/artifacts"):
            return {"files": self._listed(asked.get("path", ""))}
        return None

    def _listed(self, folder):
        folder = folder.strip("/") + "/"
        files = {}
        for path, file in self.artifacts.items():
            if path.startswith(folder):
                name, _, more = path[len(folder):].partition("/")
                files[name] = {"path": name, "is_dir": True} if more else {"path": name, "is_dir": False, "file_size": os.path.getsize(file)}
        return list(files.values())

    def _claim(self):
        """True for the one process of the launch whose run is the one that the launch began with."""
        try:
            os.close(os.open(os.path.join(self.process.launch_folder, "adopted"), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            return True
        except OSError:
            return False


def _experiment(number, name):
    return {"experiment_id": number, "name": name, "artifact_location": "mlflow-artifacts:/%s" % number, "lifecycle_stage": "active", "tags": []}


def _named(value, names):
    if isinstance(value, int) or isinstance(value, str) and value.isdigit():
        return names[int(value)] if 0 < int(value) < len(names) else names[1]
    return value


def _put(into, values):
    """Later values of a key replace earlier ones."""
    for value in values:
        for index, known in enumerate(into):
            if known.get("key") == value.get("key"):
                into[index] = value
                break
        else:
            into.append(value)
