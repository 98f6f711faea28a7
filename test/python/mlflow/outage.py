"""A training whose engine goes away in the middle. Usage: outage.py FOLDER MODE STEPS.

Writes FOLDER/begun once a run is there and waits for FOLDER/go; then logs STEPS steps, a child run, an artifact and the end. MODE
`ask` asks at the end for something that only an engine knows; `held` waits for FOLDER/back-20 and FOLDER/back-40 after these steps. The last line says how long the part after `go` took.
"""
import os
import sys
import time

import mlflow

folder, mode, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])


def said(name, text=""):
    with open(os.path.join(folder, name + ".new"), "w") as file:
        file.write(text)
    os.replace(os.path.join(folder, name + ".new"), os.path.join(folder, name))


mlflow.set_experiment("outages")
with mlflow.start_run(run_name="parent") as parent:
    mlflow.log_param("lr", 0.1)
    mlflow.log_metric("loss", 1.0, step=0)
    mlflow.set_tag("phase", "before")
    said("begun", parent.info.run_id)
    while not os.path.exists(os.path.join(folder, "go")):
        time.sleep(0.01)
    begin = time.monotonic()
    for step in range(1, steps + 1):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"acc": step / 8, "nan": float("nan")}, step=step)
        said("step", str(step))
        time.sleep(0.02)
        while mode == "held" and step in (20, 40) and not os.path.exists(os.path.join(folder, "back-%d" % step)):
            time.sleep(0.01)
    mlflow.log_params({"epochs": steps, "late": True})
    mlflow.set_tag("phase", "after")
    mlflow.log_text("kept\n", "notes/outage.txt")
    mlflow.log_input(mlflow.data.from_numpy(__import__("numpy").arange(4.0), name="four"), context="training")
    with mlflow.start_run(run_name="child", nested=True) as child:
        mlflow.log_metric("inner", 7, step=3)
    if mode == "ask":
        try:
            mlflow.search_runs()
            said("asked", "answered")
        except Exception as error:
            said("asked", str(error))
took = time.monotonic() - begin
said("done", "%s %.3f" % (child.info.run_id, took))
