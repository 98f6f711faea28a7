"""Eight processes that log at once, each into a run of its own with two children; what each reads back is compared here, value by value."""
import json
import multiprocessing
import os
import sys

import mlflow
from mlflow.entities import Metric, Param, RunTag

COUNT, STEPS = 8, 50


def expected(rank):
    return [[step, rank + step / 64, 1_700_000_000_000 + step] for step in range(STEPS)]


def work(rank, barrier, results):
    client = mlflow.MlflowClient()
    barrier.wait()
    wrong = []
    with mlflow.start_run(run_name="rank %d" % rank) as run:
        run_id = run.info.run_id
        for step in range(STEPS):
            client.log_metric(run_id, "loss", rank + step / 64, timestamp=1_700_000_000_000 + step, step=step)
        client.log_batch(run_id, metrics=[Metric("b/%d" % i, rank * i / 8, 1_700_000_000_000, i) for i in range(200)], params=[Param("p%d" % i, "%d %d" % (rank, i)) for i in range(40)], tags=[RunTag("t", str(rank))])
        mlflow.log_text("text of %d" % rank, "text.txt")
        children = []
        for number in range(2):
            with mlflow.start_run(run_name="child %d" % number, nested=True) as child:
                mlflow.log_metric("inner", rank * 10 + number)
                children.append(child.info.run_id)
    history = [[m.step, m.value, m.timestamp] for m in client.get_metric_history(run_id, "loss")]
    if history != expected(rank):
        wrong.append(["loss", history])
    read = client.get_run(run_id)
    for i in range(200):
        if read.data.metrics.get("b/%d" % i) != rank * i / 8:
            wrong.append(["b/%d" % i, read.data.metrics.get("b/%d" % i)])
    for i in range(40):
        if read.data.params.get("p%d" % i) != "%d %d" % (rank, i):
            wrong.append(["p%d" % i, read.data.params.get("p%d" % i)])
    if mlflow.artifacts.load_text("runs:/%s/text.txt" % run_id) != "text of %d" % rank or read.data.tags["t"] != str(rank):
        wrong.append("text or tag")
    found = mlflow.search_runs([read.info.experiment_id], filter_string="tags.mlflow.parentRunId = '%s'" % run_id, output_format="list")
    if sorted(r.info.run_id for r in found) != sorted(children) or sorted(r.data.metrics["inner"] for r in found) != [rank * 10, rank * 10 + 1]:
        wrong.append(["children", len(found)])
    results.put([rank, run_id, children, wrong])


if __name__ == "__main__":
    mlflow.set_experiment("eight at once")
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    barrier, results = context.Barrier(COUNT), context.Queue()
    workers = [context.Process(target=work, args=(rank, barrier, results)) for rank in range(COUNT)]
    for worker in workers:
        worker.start()
    found = sorted(results.get(timeout=180) for _ in workers)
    for worker in workers:
        worker.join()
    print("RESULT " + json.dumps({"version": mlflow.__version__, "ranks": [rank for rank, _, _, _ in found], "ids": len({i for _, run, children, _ in found for i in [run, *children]}), "wrong": [wrong for *_, wrong in found if wrong]}))
    sys.exit(max(worker.exitcode for worker in workers))
