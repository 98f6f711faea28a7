"""Calls a second of the real MLflow client against MLFLOW_TRACKING_URI: ingest.py SECONDS CONNECTIONS. Prints one line of JSON."""
import json
import multiprocessing
import sys
import time

import mlflow
from mlflow.entities import Metric


def rate(seconds, call):
    for number in range(5):
        call(number)
    start = time.perf_counter()
    number = 5
    while time.perf_counter() - start < seconds:
        call(number)
        number += 1
    return (number - 5) / (time.perf_counter() - start)


def work(seconds, barrier, results):
    client = mlflow.MlflowClient()
    run_id = client.create_run("0").info.run_id
    now = int(time.time() * 1000)
    calls = {
        "single": lambda n: client.log_metric(run_id, "loss", n / 8, timestamp=now, step=n),
        "batch": lambda n: client.log_batch(run_id, metrics=[Metric(f"m{i}", n + i / 8, now, n) for i in range(1000)]),
    }
    for name, call in calls.items():
        barrier.wait()
        results.put((name, rate(seconds, call)))


if __name__ == "__main__":
    seconds, connections = float(sys.argv[1]), int(sys.argv[2])
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(connections), context.Queue()
    workers = [context.Process(target=work, args=(seconds, barrier, results)) for _ in range(connections)]
    for worker in workers:
        worker.start()
    found = {"single": 0.0, "batch": 0.0}
    for _ in range(2 * connections):
        name, value = results.get()
        found[name] += value
    for worker in workers:
        worker.join()
    print(json.dumps(found))
