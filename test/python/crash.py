"""Two clients that log as fast as they can while somebody kills the engine: MLflow's, and `touchstone` in a process of its own.

Usage: crash.py FOLDER. What was acknowledged stands in FOLDER/<client>.acks, 16 bytes a line, synced to the disk by a thread beside the
calls: all that waits shares one sync. Ends when FOLDER/stop exists; FOLDER/<client>.json says how much was sent.
"""
import hashlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time

# The engine is gone for a second at a time; the calls are to go on at once when it is back.
os.environ["MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR"] = "0"
os.environ["MLFLOW_HTTP_REQUEST_BACKOFF_JITTER"] = "0.1"
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "9"

folder = sys.argv[1]
sent = {}
digests = {}
acknowledged = queue.SimpleQueue()


def stopped():
    return os.path.exists(os.path.join(folder, "stop"))


def sync(client, over):
    file = os.open(os.path.join(folder, client + ".acks"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while True:
        last = over.is_set()
        lines = []
        while not acknowledged.empty():
            lines.append(acknowledged.get())
        if lines:
            os.write(file, "".join(lines).encode())
            os.fsync(file)
        elif last:
            return
        else:
            time.sleep(0.001)


def worker(name, send):
    number = 0
    while not stopped():
        sent[name] = number + 1
        try:
            send(name, number)
        except Exception as error:
            # The same call again, as MLflow's own client does it: only that it gives up sooner.
            print(name, number, type(error).__name__, str(error)[:200])
            continue
        acknowledged.put(f"{name:<7}{number:>8}\n")
        number += 1


def run(client, work):
    over = threading.Event()
    syncing = threading.Thread(target=sync, args=(client, over))
    threads = [threading.Thread(target=worker, args=pair) for pair in work]
    for thread in [syncing, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    syncing.join()
    with open(os.path.join(folder, client + ".json"), "w") as file:
        json.dump({"sent": sent, "digests": digests}, file)


def log_with_touchstone():
    import touchstone

    def point(name, number):
        touchstone.log({name: number / 4}, step=number)
        # A thousand a second, also where a busy machine sleeps longer than it is told.
        if number % 10 == 0:
            time.sleep(0.01)

    run("touchstone", [("events", point)])


def log_with_mlflow():
    import mlflow
    from mlflow.entities import Metric

    client = mlflow.MlflowClient()
    run_id = mlflow.start_run().info.run_id
    with open(os.path.join(folder, "run"), "w") as file:
        file.write(run_id)

    def single(name, number):
        client.log_metric(run_id, name, number / 8, timestamp=1_700_000_000_000 + number, step=number)

    def batch(name, number):
        client.log_batch(run_id, metrics=[Metric(f"{name}/{i}", number + i / 8, 1_700_000_000_000 + number, number) for i in range(20)])

    def upload(name, number):
        content = os.urandom(4096) * 4096
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, f"{number}.bin")
            with open(path, "wb") as file:
                file.write(content)
            digests[number] = hashlib.sha256(content).hexdigest()
            client.log_artifact(run_id, path, "uploads")
        # Mixing 16 MB twice leaves little of two cores for the calls that are counted.
        time.sleep(0.5)

    run("mlflow", [("one", single), ("two", single), ("three", single), ("batch", batch), ("upload", upload)])


if len(sys.argv) > 2:
    log_with_touchstone()
else:
    other = subprocess.Popen([sys.executable, __file__, folder, "touchstone"])
    log_with_mlflow()
    sys.exit(other.wait())
