"""What most scripts do: an experiment of their own, params, metrics, tags, artifacts, inputs, and reading it back."""
import json
import math
import os
import tempfile

import mlflow
from mlflow.entities import Metric, Param, RunTag

mlflow.set_experiment("churn")
with mlflow.start_run(run_name="baseline") as run:
    mlflow.log_param("lr", 0.1)
    mlflow.log_params({"depth": 6, "model": "gbm"})
    mlflow.log_param("lr", 0.1)
    for step, loss in enumerate([0.9, 0.5, float("nan"), float("inf"), 0.25]):
        mlflow.log_metric("loss", loss, step=step)
    mlflow.log_metrics({"val_f1": 0.75, "val/auc": 0.5}, step=3)
    mlflow.set_tag("team", "blue")
    mlflow.set_tags({"gone": "soon", "note": "ünïcödé"})
    mlflow.delete_tag("gone")
    client = mlflow.MlflowClient()
    client.log_batch(
        run.info.run_id,
        metrics=[Metric("batch", i / 4, 1_700_000_000_000 + i, i) for i in range(1000)],
        params=[Param(f"p{i}", str(i)) for i in range(50)],
        tags=[RunTag(f"t{i}", str(i)) for i in range(3)],
    )
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "confusion+matrix ü.txt")
        with open(path, "w") as file:
            file.write("1 2\n3 4\n")
        mlflow.log_artifact(path, "plots")
        open(os.path.join(folder, "empty.bin"), "w").close()
        mlflow.log_artifacts(folder, "all")
    mlflow.log_dict({"a": [1, 2]}, "config/values.json")
    mlflow.log_text("hello", "hello.txt")

    import numpy
    dataset = mlflow.data.from_numpy(numpy.arange(6.0).reshape(3, 2), targets=numpy.array([0, 1, 0]), name="train")
    mlflow.log_input(dataset, context="training")

run_id = run.info.run_id
read = mlflow.get_run(run_id)
history = client.get_metric_history(run_id, "loss")
changed = None
try:
    client.log_param(run_id, "lr", 0.2)
except mlflow.MlflowException as error:
    changed = [error.error_code, error.message.split("\n")[0]]
missing = None
try:
    mlflow.get_run("f" * 32)
except mlflow.MlflowException as error:
    missing = [error.error_code, error.message]
found = mlflow.search_runs(filter_string="metrics.val_f1 > 0.7 and params.model = 'gbm'", order_by=["metrics.loss DESC"], output_format="list")
none = mlflow.search_runs(filter_string="params.model = 'linear'", output_format="list")
downloaded = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="plots/confusion+matrix ü.txt")
print("RESULT " + json.dumps({
    "run_id": run_id,
    "experiment": mlflow.get_experiment(read.info.experiment_id).name,
    "by_name": mlflow.get_experiment_by_name("nothing"),
    "name": read.info.run_name,
    "status": read.info.status,
    "params": {key: read.data.params[key] for key in ("lr", "depth", "model", "p49")},
    "tags": {key: read.data.tags.get(key) for key in ("team", "gone", "note", "t2", "mlflow.runName")},
    "metrics": {key: read.data.metrics[key] for key in ("val_f1", "val/auc", "loss", "batch")},
    "history": [[m.step, "nan" if math.isnan(m.value) else m.value if math.isfinite(m.value) else "inf"] for m in history],
    "dataset": [[i.dataset.name, i.dataset.source_type, {t.key: t.value for t in i.tags}] for i in read.inputs.dataset_inputs],
    "artifacts": sorted(f.path for f in client.list_artifacts(run_id)),
    "plots": [[f.path, f.file_size] for f in client.list_artifacts(run_id, "plots")],
    "downloaded": open(downloaded).read(),
    "values": mlflow.artifacts.load_dict(f"runs:/{run_id}/config/values.json"),
    "changed": changed,
    "missing": missing,
    "found": [r.info.run_id for r in found],
    "none": len(none),
}))
