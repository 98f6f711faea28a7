"""Ends as its first argument says, with a run open."""
import os
import sys

import mlflow

mlflow.start_run()
mlflow.log_metric("loss", 0.5)
if sys.argv[1] == "raise":
    raise ValueError("loss is NaN")
if sys.argv[1] == "with":
    with mlflow.start_run(nested=True):
        raise KeyError("inner")
if sys.argv[1] == "exit":
    os._exit(7)
