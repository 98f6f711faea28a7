"""The real MLflow client against MLFLOW_TRACKING_URI: client.py PART SECONDS. Prints `[name, figure]` a line; names that end in `, ms` are milliseconds, others calls a second.

What was written is read back and compared; what was seeded is compared with the formulas of seed.ts.
"""
import json
import multiprocessing
import sys
import time

import mlflow
import requests
from mlflow.entities import Metric, Param

RUNS, METRICS, PARAMS, CURVE = 10_000, 50, 30, 100_000
MODELS = ["gbm", "linear", "forest", "mlp"]


def metric_value(run, key):
    return ((run * 7919 + key * 104_729) % 100_003) / 100_003


def param_value(run, key):
    return MODELS[run % 4] if key == 0 else f"{((run * 31 + key * 17) % 97) / 8:g}"


def rate(seconds, call):
    call(0)
    start = time.perf_counter()
    number = 1
    while time.perf_counter() - start < seconds:
        call(number)
        number += 1
    return (number - 1) / (time.perf_counter() - start), number


def log(part, seconds, barrier, results):
    client = mlflow.MlflowClient()
    run_id = client.create_run("0").info.run_id
    if part.startswith("log_metric"):
        call = lambda n: client.log_metric(run_id, "m0", n / 8, timestamp=1000 + n, step=n)
    else:
        call = lambda n: client.log_batch(run_id, metrics=[Metric(f"m{i}", n / 8 + i, 1000 + n, n) for i in range(1000)])
    barrier.wait()
    found, calls = rate(seconds, call)
    if not part.endswith("-unchecked"):
        history = client.get_metric_history(run_id, "m0")
        assert sorted((point.step, point.value) for point in history) == [(n, n / 8) for n in range(calls)]
    results.put(found)


def logged(part, seconds):
    # Each process would read the libraries anew otherwise, which takes longer than what is measured.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    for connections in (1, 8):
        barrier, results = context.Barrier(connections), context.Queue()
        workers = [context.Process(target=log, args=(part, seconds, barrier, results)) for _ in range(connections)]
        for worker in workers:
            worker.start()
        found = sum(results.get(timeout=300) for _ in workers)
        for worker in workers:
            worker.join()
        name = part.removesuffix("-unchecked")
        yield f"{name}{' of 1,000' if name == 'log_batch' else ''}, {connections} connection{'' if connections == 1 else 's'}", found


def sweep(seconds):
    client = mlflow.MlflowClient()
    made = []

    def call(n):
        run_id = client.create_run("0").info.run_id
        client.log_batch(run_id, params=[Param(f"p{k}", str(k + n)) for k in range(PARAMS)])
        client.log_batch(run_id, metrics=[Metric(f"m{k}", k / 4 + n, 5, 0) for k in range(METRICS)])
        client.set_terminated(run_id)
        made.append(run_id)

    found, calls = rate(seconds, call)
    data = client.get_run(made[-1]).data
    assert data.metrics == {f"m{k}": k / 4 + calls - 1 for k in range(METRICS)}
    assert data.params == {f"p{k}": str(k + calls - 1) for k in range(PARAMS)}
    yield "a run of a sweep", found


def search(seconds):
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("seeded").experiment_id

    def check(run):
        number = int(run.info.run_id, 16) - 1
        assert all(run.data.metrics[f"metric_{k}"] == metric_value(number, k) for k in range(METRICS))
        assert run.data.params == {f"param_{k}": param_value(number, k) for k in range(PARAMS)}

    start = time.perf_counter()
    page = client.search_runs([experiment], "metrics.metric_3 > 0.25 AND params.param_0 = 'gbm'", order_by=["metrics.metric_7 DESC"], max_results=1000)
    found = (time.perf_counter() - start) * 1000
    wanted = sorted((run for run in range(RUNS) if metric_value(run, 3) > 0.25 and run % 4 == 0), key=lambda run: (-metric_value(run, 7), -run))[:1000]
    assert [int(run.info.run_id, 16) - 1 for run in page] == wanted
    for run in page:
        check(run)
    yield "search of 10,000 runs, filter and order, first 1,000, ms", found


def history(seconds):
    client = mlflow.MlflowClient()
    start = time.perf_counter()
    points = client.get_metric_history(f"{1:032x}", "curve")
    found = (time.perf_counter() - start) * 1000
    assert sorted((point.step, point.value) for point in points) == [(step, (step * 37) % 1009 / 1009) for step in range(CURVE)]
    yield "history of 100,000 points, ms", found


def sklearn(seconds):
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    mlflow.sklearn.autolog(silent=True)
    features, labels = load_iris(return_X_y=True)
    # Most of a fit is the client's own: seconds for the packages that a model needs. What is left to a server is what it lets wait.
    waits = []
    send = requests.Session.send

    def timed(*args, **options):
        start = time.perf_counter()
        try:
            return send(*args, **options)
        finally:
            waits.append((time.perf_counter() - start) * 1000)

    requests.Session.send = timed
    times = []
    for _ in range(3):
        waits.clear()
        start = time.perf_counter()
        with mlflow.start_run() as run:
            LogisticRegression(max_iter=200, C=0.5).fit(features, labels)
        times.append((time.perf_counter() - start) * 1000)
    requests.Session.send = send
    data = mlflow.MlflowClient().get_run(run.info.run_id).data
    assert data.params["C"] == "0.5" and data.metrics["training_score"] > 0.9
    yield "one scikit-learn autologged fit, third of three, ms", times[-1]
    yield "its requests alone, ms", sum(waits)


if __name__ == "__main__":
    part, seconds = sys.argv[1], float(sys.argv[2])
    parts = {"sweep": sweep, "search": search, "history": history, "sklearn": sklearn}
    for figure in parts[part](seconds) if part in parts else logged(part, seconds):
        print(json.dumps(figure), flush=True)
