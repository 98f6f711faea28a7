"""Values logged without waiting for the server, read back."""
import json

import mlflow

mlflow.set_experiment("asynchronous")
client = mlflow.MlflowClient()

with mlflow.start_run() as run:
    pending = [mlflow.log_metric("loss", 1 / (step + 1), step=step, synchronous=False) for step in range(300)]
    pending.append(mlflow.log_metrics({"a": 0.1 + 0.2, "b": float("inf"), "c": float("nan")}, step=7, synchronous=False))
    pending.append(mlflow.log_param("lr", "1e-3", synchronous=False))
    pending.append(mlflow.log_params({f"p{i}": i for i in range(120)}, synchronous=False))
    pending.append(mlflow.set_tag("one", "ü", synchronous=False))
    pending.append(mlflow.set_tags({"two": "2", "three": "3"}, synchronous=False))
    for operation in pending:
        operation.wait()
    read = client.get_run(run.info.run_id).data
    history = client.get_metric_history(run.info.run_id, "loss")
    single = {
        "history": [[point.step, point.value] for point in sorted(history, key=lambda point: point.step)] == [[step, 1 / (step + 1)] for step in range(300)],
        "metrics": {key: str(value) for key, value in sorted(read.metrics.items())},
        "params": [len(read.params), read.params["lr"], read.params["p119"]],
        "tags": {key: read.tags[key] for key in ["one", "two", "three"]},
    }

mlflow.config.enable_async_logging(True)
with mlflow.start_run() as second:
    for step in range(1000):
        mlflow.log_metric("m", step * 0.5, step=step)
    mlflow.log_param("x", 1)
    mlflow.set_tag("t", "v")
    mlflow.flush_async_logging()
    read = client.get_run(second.info.run_id).data
    points = client.get_metric_history(second.info.run_id, "m")
    everywhere = {"points": sorted((point.step, point.value) for point in points) == [(step, step * 0.5) for step in range(1000)], "last": read.metrics["m"], "params": read.params, "tag": read.tags["t"]}

# A value that is refused is told where it is waited for, and spoils nothing of the others.
mlflow.config.enable_async_logging(False)
with mlflow.start_run() as third:
    mlflow.log_param("fixed", "1")
    refused = mlflow.log_param("fixed", "2", synchronous=False)
    after = mlflow.log_metric("later", 1.0, synchronous=False)
    try:
        refused.wait()
        told = None
    except Exception as error:
        told = "Changing param values is not allowed" in str(error)
    try:
        after.wait()
    except Exception:
        pass
    read = client.get_run(third.info.run_id).data
    failing = {"told": told, "fixed": read.params["fixed"]}

print("RESULT " + json.dumps({"single": single, "everywhere": everywhere, "failing": failing}))
