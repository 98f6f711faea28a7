"""Every way of MLflow's client to log a file and to get it back, under names that need care.

With `MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD` large files go in parts.
"""
import json
import os
import tempfile

import mlflow
import numpy
import pandas
import yaml
from matplotlib.figure import Figure
from PIL import Image

client = mlflow.MlflowClient()
wrong = []


def fetched(name):
    return mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=name)


def check(name, same):
    if not same:
        wrong.append(name)


def tree(path=None):
    entries = []
    for entry in client.list_artifacts(run_id, path):
        entries += tree(entry.path) if entry.is_dir else [[entry.path, entry.file_size]]
    return entries


with mlflow.start_run() as run:
    run_id = run.info.run_id
    mlflow.log_text("täxt\n", "nötes/a b+c.txt")
    check("text", mlflow.artifacts.load_text(f"runs:/{run_id}/nötes/a b+c.txt") == "täxt\n")
    config = {"lr": 0.1, "names": ["ü", "語"]}
    mlflow.log_dict(config, "config +1.json")
    check("json", mlflow.artifacts.load_dict(f"runs:/{run_id}/config +1.json") == config)
    mlflow.log_dict(config, "config.yaml")
    check("yaml", yaml.safe_load(mlflow.artifacts.load_text(f"runs:/{run_id}/config.yaml")) == config)
    pixels = (numpy.arange(12 * 8 * 3) % 256).astype("uint8").reshape(12, 8, 3)
    mlflow.log_image(pixels, "bild ü.png")
    check("image", numpy.array_equal(numpy.asarray(Image.open(fetched("bild ü.png"))), pixels))
    mlflow.log_image(pixels, key="img/val", step=3, synchronous=True)
    step = [path for path, _ in tree("images") if path.endswith(".png")]
    check("image of a step", len(step) == 1 and "+" in step[0] and numpy.array_equal(numpy.asarray(Image.open(fetched(step[0]))), pixels))
    figure = Figure()
    figure.subplots().plot([1, 2, 3])
    mlflow.log_figure(figure, "plots/figure 1.png")
    check("figure", Image.open(fetched("plots/figure 1.png")).size == (640, 480))
    table = pandas.DataFrame({"text": ["ä", "b"], "n": [1, 2]})
    mlflow.log_table(table, "tables/my table+1.json")
    mlflow.log_table(table, "tables/my table+1.json")
    check("table", mlflow.load_table("tables/my table+1.json", run_ids=[run_id]).values.tolist() == [["ä", 1], ["b", 2], ["ä", 1], ["b", 2]])

    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "in ner", "leer"))
        content = os.urandom(1024) * 1500 + b"the end"
        files = {"big model+1.bin": content, "in ner/zero": b"", "in ner/größe.bin": content[:700_001]}
        for name, data in files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        mlflow.log_artifacts(folder, "all files")
        mlflow.log_artifact(os.path.join(folder, "big model+1.bin"))
    for name, data in {**{f"all files/{name}": data for name, data in files.items()}, "big model+1.bin": content}.items():
        with open(fetched(name), "rb") as file:
            check(name, file.read() == data)
    whole = fetched("all files")
    check("folder", sorted(os.listdir(os.path.join(whole, "in ner"))) == ["größe.bin", "zero"])
    with tempfile.TemporaryDirectory() as folder:
        everything = mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=folder)
        here = sorted(os.path.relpath(os.path.join(at, name), everything) for at, _, names in os.walk(everything) for name in names)
        check("everything", here == sorted(path for path, _ in tree()))
    sizes = sorted([path, size] for path, size in tree() if "images/" not in path and not path.endswith(".png"))

print("RESULT " + json.dumps({"wrong": wrong, "sizes": sizes}))
