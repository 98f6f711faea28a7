"""A training that can be resumed. Usage: resume.py [--resume CHECKPOINT] [--run-id RUN] --epochs N [--fail]"""
import argparse
import os

import mlflow
import touchstone

parser = argparse.ArgumentParser()
parser.add_argument("--resume")
parser.add_argument("--run-id")
parser.add_argument("--epochs", type=int)
parser.add_argument("--fail", action="store_true")
asked = parser.parse_args()

first = int(open(asked.resume).read()) if asked.resume else 0
print("begins at", first, flush=True)
touchstone.log({"warm": first})
with mlflow.start_run(run_id=asked.run_id) as run:
    if not asked.run_id:
        mlflow.log_param("epochs", asked.epochs)
    for step in range(first, asked.epochs):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
        touchstone.log({"direct": step})
        with open("checkpoint", "w") as file:
            file.write(str(step + 1))
    if asked.fail:
        raise RuntimeError("preempted")
print("RUN", run.info.run_id, flush=True)
