"""Artifacts whose names need care on their way: logged, listed, and downloaded one by one and as a whole."""
import json
import os
import tempfile

import mlflow

NAMES = ["a b.txt", "c%20d.txt", "e+f.txt", "100%.txt", "50%25 sure.txt", "täst ü 語.txt", "empty.bin", "con.txt", "aux"]

client = mlflow.MlflowClient()
with mlflow.start_run() as run:
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write("" if name == "empty.bin" else name)
        mlflow.log_artifacts(folder, "näme d")
        for name in NAMES:
            mlflow.log_artifact(os.path.join(folder, name))


def content(name):
    with open(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=name), encoding="utf-8") as file:
        return file.read()


whole = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="näme d")
print("RESULT " + json.dumps({
    "run_id": run.info.run_id,
    "wrong": [name for name in NAMES for at in (name, f"näme d/{name}") if content(at) != ("" if name == "empty.bin" else name)],
    "listed": sorted(f.path for f in client.list_artifacts(run.info.run_id) if not f.is_dir),
    "sizes": sorted([os.path.basename(f.path), f.file_size] for f in client.list_artifacts(run.info.run_id, "näme d")),
    "whole": sorted(os.listdir(whole)),
    "local": sorted(f.path for f in client.list_artifacts("by-touchstone")),
    "kept": open(mlflow.artifacts.download_artifacts(run_id="by-touchstone", artifact_path="g%20h.txt")).read(),
}))
