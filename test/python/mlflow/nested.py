"""A search: a parent run with two children, metrics on all."""
import mlflow

mlflow.set_experiment("search")
with mlflow.start_run(run_name="search"):
    for depth in (3, 5):
        with mlflow.start_run(run_name=f"depth {depth}", nested=True):
            mlflow.log_param("depth", depth)
            mlflow.log_metric("loss", 1 / depth)
    mlflow.log_metric("best", 0.2)
