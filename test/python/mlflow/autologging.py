"""Autologging of one framework. What the client sent is written down where it is sent, and compared with what it reads back."""
import collections
import hashlib
import json
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import mlflow
import numpy
from mlflow import MlflowClient
from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository
from mlflow.store.tracking.rest_store import RestStore

framework = sys.argv[1]
rng = numpy.random.default_rng(7)
X = rng.normal(size=(120, 4)).astype("float32")
y = (X[:, 0] + X[:, 1] > 0).astype("int64")

sent = collections.defaultdict(lambda: {"metrics": collections.Counter(), "params": {}, "tags": {}, "datasets": set()})
models = {}
files = {}


def text(value):
    return repr(float(value))


def metric(run_id, m):
    sent[run_id]["metrics"][(m.key, text(m.value), m.step, m.timestamp)] = 1
    if m.model_id:
        models[m.model_id]["metrics"].add((m.key, text(m.value), m.step, m.timestamp, m.dataset_name, m.dataset_digest))


def spy(cls, name, note):
    original = getattr(cls, name)

    def spied(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        note(result, *args, **kwargs)
        return result

    setattr(cls, name, spied)


def batch(_, run_id, metrics=(), params=(), tags=()):
    for m in metrics:
        metric(run_id, m)
    sent[run_id]["params"].update({p.key: p.value for p in params})
    sent[run_id]["tags"].update({t.key: t.value for t in tags})


def inputs(_, run_id, datasets=None, models=None):
    for d in datasets or []:
        context = {t.key: t.value for t in d.tags}
        sent[run_id]["datasets"].add((d.dataset.name, d.dataset.digest, d.dataset.source_type, d.dataset.source, d.dataset.schema, d.dataset.profile, json.dumps(context, sort_keys=True)))


def made(result, experiment_id, name=None, source_run_id=None, tags=None, params=None, model_type=None):
    models[result.model_id] = {
        "name": name, "run": source_run_id, "type": model_type or "", "params": {p.key: p.value for p in params or []}, "tags": {t.key: t.value for t in tags or []}, "metrics": set(),
    }


spy(RestStore, "log_batch", batch)
spy(RestStore, "log_metric", lambda _, run_id, m: metric(run_id, m))
spy(RestStore, "log_param", lambda _, run_id, p: sent[run_id]["params"].update({p.key: p.value}))
spy(RestStore, "set_tag", lambda _, run_id, t: sent[run_id]["tags"].update({t.key: t.value}))
spy(RestStore, "log_inputs", inputs)
spy(RestStore, "create_logged_model", made)
spy(RestStore, "log_logged_model_params", lambda _, model_id, params: models[model_id]["params"].update({p.key: p.value for p in params}))
spy(RestStore, "set_logged_model_tags", lambda _, model_id, tags: models[model_id]["tags"].update({t.key: t.value for t in tags}))


def put(self, local_file, artifact_path=None):
    with open(local_file, "rb") as file:
        files["/".join([self.artifact_uri, *([artifact_path] if artifact_path else []), os.path.basename(local_file)])] = hashlib.sha256(file.read()).hexdigest()
    return original_put(self, local_file, artifact_path)


original_put = HttpArtifactRepository.log_artifact
HttpArtifactRepository.log_artifact = put

mlflow.set_experiment(framework)
if framework == "sklearn":
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    mlflow.sklearn.autolog(max_tuning_runs=3)
    search = GridSearchCV(LogisticRegression(max_iter=200), {"C": [0.1, 1.0, 10.0]}, cv=3).fit(X, y)
    search.score(X, y)
    predict = search.predict
elif framework == "xgboost":
    import xgboost

    mlflow.xgboost.autolog()
    data = xgboost.DMatrix(X, label=y)
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 3, "eta": 0.3}, data, num_boost_round=7, evals=[(data, "train")], verbose_eval=False)
    predict = lambda rows: booster.predict(xgboost.DMatrix(rows))
elif framework == "lightgbm":
    import lightgbm

    mlflow.lightgbm.autolog()
    data = lightgbm.Dataset(X, label=y)
    booster = lightgbm.train({"objective": "binary", "num_leaves": 7, "verbosity": -1}, data, num_boost_round=7, valid_sets=[data], valid_names=["train"])
    predict = booster.predict
else:
    import keras

    mlflow.keras.autolog()
    keras.utils.set_random_seed(7)
    net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
    net.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    net.fit(X, y, epochs=3, batch_size=40, validation_split=0.25, verbose=0)
    predict = lambda rows: net.predict(rows, verbose=0)

client = MlflowClient()
experiment = mlflow.get_experiment_by_name(framework)
runs = client.search_runs([experiment.experiment_id])
wrong = []


def check(what, got, wanted):
    if got != wanted:
        wrong.append([what, str(got)[:500], str(wanted)[:500]])


points = 0
for run in runs:
    was = sent[run.info.run_id]
    check("params", run.data.params, was["params"])
    check("tags", {k: v for k, v in run.data.tags.items() if k in was["tags"]}, was["tags"])
    history = collections.Counter((m.key, text(m.value), m.step, m.timestamp) for key in run.data.metrics for m in client.get_metric_history(run.info.run_id, key))
    check("metrics", history, was["metrics"])
    points += sum(history.values())
    latest = {}
    for key, value, step, time in sorted(was["metrics"], key=lambda m: (m[2], m[3], float(m[1]))):
        latest[key] = value
    check("latest", {k: text(v) for k, v in run.data.metrics.items()}, latest)
    read = {(d.dataset.name, d.dataset.digest, d.dataset.source_type, d.dataset.source, d.dataset.schema, d.dataset.profile, json.dumps({t.key: t.value for t in d.tags}, sort_keys=True)) for d in run.inputs.dataset_inputs}
    check("datasets", read, was["datasets"])
    check("status", run.info.status, "FINISHED")
check("runs", set(sent), {run.info.run_id for run in runs})
for model_id, was in models.items():
    model = client.get_logged_model(model_id)
    check("model", [model.name, model.source_run_id, model.model_type, model.status.value], [was["name"], was["run"], was["type"], "READY"])
    check("model params", model.params, was["params"])
    check("model tags", {k: v for k, v in model.tags.items() if k in was["tags"]}, was["tags"])
    check("model metrics", {(m.key, text(m.value), m.step, m.timestamp, m.dataset_name, m.dataset_digest) for m in model.metrics or []}, was["metrics"])
for uri, digest in files.items():
    with open(mlflow.artifacts.download_artifacts(artifact_uri=uri), "rb") as file:
        check(uri, hashlib.sha256(file.read()).hexdigest(), digest)

logged = mlflow.search_logged_models(experiment_ids=[experiment.experiment_id], output_format="list")
loader = getattr(mlflow, framework)
loaded = loader.load_model(f"models:/{logged[0].model_id}")
again = loaded.predict(xgboost.DMatrix(X)) if framework == "xgboost" else loaded.predict(X)
print("RESULT " + json.dumps({
    "wrong": wrong,
    "runs": len(runs),
    "models": len(models),
    "found": sorted(m.model_id for m in logged) == sorted(models),
    "points": points,
    "params": sum(len(one["params"]) for one in sent.values()),
    "datasets": sum(len(one["datasets"]) for one in sent.values()),
    "files": len(files),
    "same": bool(numpy.allclose(again, predict(X))),
}))
