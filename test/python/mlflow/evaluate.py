"""A scikit-learn model evaluated by MLflow, its metrics, tables and artifacts read back."""
import json
import os
import tempfile

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import make_metric
from sklearn.datasets import load_iris, make_regression
from sklearn.linear_model import LinearRegression, LogisticRegression

mlflow.set_experiment("evaluated")
client = mlflow.MlflowClient()

def walk(run_id, path=None):
    found = {}
    for entry in client.list_artifacts(run_id, path):
        if entry.is_dir:
            found.update(walk(run_id, entry.path))
        else:
            found[entry.path] = entry.file_size
    return found

def stored(run_id):
    return client.get_run(run_id).data.metrics

x, y = load_iris(return_X_y=True)
x, y = x[y != 2], y[y != 2]
rows = pd.DataFrame(x, columns=["a", "b", "c", "d"])
rows["label"] = y
classifier = LogisticRegression(max_iter=200).fit(rows[["a", "b", "c", "d"]].values, y)

with mlflow.start_run(run_name="classifier") as run:
    info = mlflow.sklearn.log_model(classifier, name="model", pip_requirements=["scikit-learn"])
    evaluated = mlflow.models.evaluate(info.model_uri, rows, targets="label", model_type="classifier", evaluators="default", evaluator_config={"log_explainer": False})
    metrics = stored(run.info.run_id)
    files = walk(run.info.run_id)

    classes = {
        "metrics": evaluated.metrics == {key: metrics.get(key) for key in evaluated.metrics},
        "names": sorted(evaluated.metrics),
        "accuracy": metrics["accuracy_score"],
        "artifacts": sorted(evaluated.artifacts),
        "files": sorted(files),
        "sizes": all(size > 0 for size in files.values()),
        "uris": all(artifact.uri.startswith(f"mlflow-artifacts:/{run.info.experiment_id}/{run.info.run_id}/artifacts/") for artifact in evaluated.artifacts.values()),
        "model_metrics": {metric.key: metric.value for metric in mlflow.get_logged_model(info.model_id).metrics or []} == evaluated.metrics,
        "dataset": [[i.dataset.name, i.dataset.source_type, sorted([tag.key, tag.value] for tag in i.tags)] for i in client.get_run(run.info.run_id).inputs.dataset_inputs],
    }

features, target = make_regression(n_samples=50, n_features=2, random_state=1)
table = pd.DataFrame(features, columns=["p", "q"])
table["y"] = target
table["prediction"] = LinearRegression().fit(features, target).predict(features) + 0.5

def off(predictions, targets, metrics):
    return float(np.mean(predictions - targets))

def kept(eval_df, builtin_metrics, artifacts_dir):
    eval_df.head(3).to_csv(os.path.join(artifacts_dir, "head.csv"), index=False)
    return {"head": os.path.join(artifacts_dir, "head.csv"), "words": {"a": [1, 2]}}

with mlflow.start_run(run_name="table") as second:
    result = mlflow.models.evaluate(
        data=table, targets="y", predictions="prediction", model_type="regressor",
        extra_metrics=[make_metric(eval_fn=lambda predictions, targets: off(predictions, targets, None), greater_is_better=False, name="off")],
        custom_artifacts=[kept],
    )
    mlflow.log_table({"question": ["why", "whö"], "score": [0.5, 1.0]}, "answers.json")
    mlflow.log_table(pd.DataFrame({"question": ["more"], "score": [2.0]}), "answers.json")
    loaded = mlflow.load_table("answers.json", run_ids=[second.info.run_id], extra_columns=["run_id"])
    mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), key="image", step=3)
    with tempfile.TemporaryDirectory() as folder:
        head = pd.read_csv(mlflow.artifacts.download_artifacts(artifact_uri=result.artifacts["head"].uri, dst_path=folder))
    regressed = {
        "metrics": result.metrics == {key: stored(second.info.run_id).get(key) for key in result.metrics},
        "off": round(stored(second.info.run_id)["off"], 9),
        "exact": stored(second.info.run_id)["mean_squared_error"] == result.metrics["mean_squared_error"],
        "head": head[["prediction"]].equals(table[["prediction"]].head(3)) or np.allclose(head["prediction"], table["prediction"].head(3), rtol=0, atol=1e-12),
        "words": result.artifacts["words"].content,
        "table": [[row.question, row.score, row.run_id == second.info.run_id] for row in loaded.itertuples()],
        "files": sorted(path for path in walk(second.info.run_id) if not path.startswith("images/")),
        "images": sorted(path.rsplit(".", 1)[-1] for path in walk(second.info.run_id, "images")),
        "tag": json.loads(client.get_run(second.info.run_id).data.tags["mlflow.loggedArtifacts"]),
    }

print("RESULT " + json.dumps({"classes": classes, "regressed": regressed}))
