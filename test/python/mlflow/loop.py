"""Three runs one after the other, without an experiment of their own; each logs the argument as its own value."""
import sys

import mlflow

for lr in (0.1, 0.2, 0.3):
    with mlflow.start_run():
        mlflow.log_params({"lr": lr, "epochs": sys.argv[2]})
        mlflow.log_metric("loss", lr * 2)
