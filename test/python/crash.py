"""Two clients that log as fast as they can while somebody kills the engine. What was acknowledged goes to a file of its own at once.

Usage: crash.py FOLDER. Ends when FOLDER/stop exists; prints how much each thread sent.
"""
import hashlib
import json
import os
import sys
import tempfile
import threading
import time

# The engine is gone for a second or two at a time; a training would wait longer than a test may.
os.environ["MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR"] = "0"
os.environ["MLFLOW_HTTP_REQUEST_BACKOFF_JITTER"] = "0.8"
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "9"

import mlflow
from mlflow.entities import Metric

import touchstone

folder = sys.argv[1]
client = mlflow.MlflowClient()
run_id = mlflow.start_run().info.run_id
sent = {}


def stopped():
    return os.path.exists(os.path.join(folder, "stop"))


def acknowledge(file, text):
    os.write(file, (text + "\n").encode())
    os.fsync(file)


def worker(name, send):
    file = os.open(os.path.join(folder, name + ".acks"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    number = 0
    while not stopped():
        sent[name] = number + 1
        try:
            send(name, number)
        except Exception as error:
            print(name, number, type(error).__name__, str(error)[:200])
        else:
            acknowledge(file, str(number))
        number += 1


def single(name, number):
    client.log_metric(run_id, name, number / 8, timestamp=1_700_000_000_000 + number, step=number)


def batch(name, number):
    client.log_batch(run_id, metrics=[Metric(f"{name}/{i}", number + i / 8, 1_700_000_000_000 + number, number) for i in range(20)])


def point(name, number):
    touchstone.log({name: number / 4}, step=number)
    time.sleep(0.002)


def upload(name, number):
    content = os.urandom(4096) * 4096
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, f"{number}.bin")
        with open(path, "wb") as file:
            file.write(content)
        digests[number] = hashlib.sha256(content).hexdigest()
        client.log_artifact(run_id, path, "uploads")


digests = {}
threads = [threading.Thread(target=worker, args=pair) for pair in (("one", single), ("two", single), ("batch", batch), ("events", point), ("upload", upload))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with open(os.path.join(folder, "sent.json"), "w") as file:
    json.dump({"run_id": run_id, "sent": sent, "digests": digests}, file)
