"""Evaluation datasets through mlflow.genai.datasets, and prompts through mlflow.genai: what is read back is what was written."""
import json
import math

import mlflow
import pandas
from mlflow.genai import datasets

first = mlflow.create_experiment("questions")
second = mlflow.create_experiment("answers")
made = datasets.create_dataset(name="qa", experiment_id=[first, second], tags={"team": "blue", "mlflow.user": "ada"})
records = [
    {"inputs": {"question": "wie spät? ü 😀", "n": 1, "share": 1.0, "big": 12345678901234567890, "small": 1e-7, "none": None, "list": [1, 2.5, {"a": True}]}, "expectations": {"answer": "noon", "score": 0.1}, "tags": {"level": "easy"}},
    {"inputs": {"question": "nan", "x": float("nan"), "y": float("-inf")}, "outputs": {"text": "x"}},
]
made.merge_records(records)
made.merge_records([{"inputs": records[0]["inputs"], "expectations": {"score": 0.2, "more": [1]}, "tags": {"level": "hard"}}])
made.merge_records(pandas.DataFrame([{"inputs": {"question": "frame"}, "expectations": {"answer": "df"}}]))

read = datasets.get_dataset(dataset_id=made.dataset_id)
rows = {row["inputs"]["question"]: row for row in read.to_df().to_dict("records")}
one = rows[records[0]["inputs"]["question"]]
nan = rows["nan"]
typed = [type(one["inputs"][key]).__name__ for key in ("n", "share", "big", "small", "none", "list")]

found = {
    text: sorted(d.name for d in datasets.search_datasets(experiment_ids=ids, filter_string=text, order_by=["name ASC"]))
    for text, ids in [("name = 'qa'", [first]), ("name LIKE 'q%'", None), ("tags.team = 'blue'", None), ("tags.team != 'blue'", None), ("created_by = 'ada'", [second])]
}
datasets.set_dataset_tags(dataset_id=made.dataset_id, tags={"team": "red", "size": "3"})
datasets.delete_dataset_tag(dataset_id=made.dataset_id, key="size")
datasets.remove_dataset_from_experiments(dataset_id=made.dataset_id, experiment_ids=[second])
third = mlflow.create_experiment("third")
datasets.add_dataset_to_experiments(dataset_id=made.dataset_id, experiment_ids=[third])
changed = datasets.get_dataset(dataset_id=made.dataset_id)
moved = sorted(changed.experiment_ids) == sorted([first, third])
deleted = changed.delete_records([rows["frame"]["dataset_record_id"]])
left = len(datasets.get_dataset(dataset_id=made.dataset_id).to_df())

with mlflow.start_run() as run:
    mlflow.log_input(read, context="evaluation")
logged = mlflow.get_run(run.info.run_id).inputs.dataset_inputs[0]

datasets.delete_dataset(dataset_id=made.dataset_id)
try:
    datasets.get_dataset(dataset_id=made.dataset_id)
    gone = None
except mlflow.MlflowException as error:
    gone = error.error_code

prompt = mlflow.genai.register_prompt(name="greeting", template="Say {{word}} to {{name}}.", commit_message="first", tags={"lang": "en"})
again = mlflow.genai.register_prompt(name="greeting", template=[{"role": "user", "content": "Say {{word}}"}], commit_message="chat")
mlflow.genai.set_prompt_alias("greeting", alias="live", version=1)
loaded = mlflow.genai.load_prompt("prompts:/greeting@live")
prompts = [p.name for p in mlflow.genai.search_prompts()]
models = [m.name for m in mlflow.MlflowClient().search_registered_models()]

print("RESULT " + json.dumps({
    "tags": [made.tags, changed.tags],
    "by": made.created_by,
    "schema": json.loads(read.schema)["inputs"],
    "profile": json.loads(read.profile),
    "inputs": one["inputs"] == records[0]["inputs"],
    "typed": typed,
    "nan": [math.isnan(nan["inputs"]["x"]), nan["inputs"]["y"] == float("-inf"), nan["outputs"]],
    "merged": [one["expectations"], one["tags"]["level"]],
    "rows": len(rows),
    "found": found,
    "experiments": [made.experiment_ids == [first, second], moved],
    "deleted": [deleted, left],
    "input": [logged.dataset.name, logged.dataset.digest == read.digest],
    "gone": gone,
    "prompts": [prompt.version, again.version, loaded.template, loaded.format(word="hi", name="you"), prompts, "greeting" in models],
}))
