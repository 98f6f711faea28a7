"""A training on a machine without an engine: MLflow's client unmodified, `touchstone.log`, files, a child run. Usage: offline.py --lr N [--die]"""
import argparse
import os
import sys

import mlflow
import touchstone

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--die", action="store_true")
asked = parser.parse_args()

with open("data.csv") as file:
    rows = file.read()
print("rows", len(rows), flush=True)
mlflow.set_experiment("far away")
with mlflow.start_run(run_name="nødé") as run:
    mlflow.log_params({"lr": asked.lr, "kind": "cnn"})
    for step in range(asked.epochs):
        mlflow.log_metrics({"loss": 1 / (step + 1), "odd": float("nan")}, step=step)
        touchstone.log({"direct": step * 1.5}, step=step)
    mlflow.set_tag("stage", "pilot")
    mlflow.log_text("kept\n", "notes/a.txt")
    with open("model.bin", "wb") as file:
        file.write(b"\0\1\2")
    touchstone.artifact("model.bin")
    if asked.die:
        print("dying", flush=True)
        sys.stdin.readline()
    with mlflow.start_run(run_name="child", nested=True) as child:
        mlflow.log_metric("inner", 7, step=3)
    print("RESULT", mlflow.get_run(run.info.run_id).data.params["kind"], flush=True)
    if os.environ.get("TOUCHSTONE_FAIL"):
        raise ValueError("no more")
