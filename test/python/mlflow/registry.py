"""log_model, registered, aliased and staged; loaded back by every name that a version has; searched by every operator."""
import json
import tempfile

import mlflow
import numpy
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

client = MlflowClient()
mlflow.set_experiment("flowers")
X, y = load_iris(return_X_y=True)
models = [LogisticRegression(C=C, max_iter=500).fit(X, y) for C in (0.01, 1.0, 10.0)]
wanted = [model.predict(X) for model in models]

# 1: log_model with a name of the registry. 2: a logged model by its id. 3: artifacts of a run, as older clients register.
with mlflow.start_run(run_name="first") as run:
    first = mlflow.sklearn.log_model(models[0], name="iris", registered_model_name="flowers", pip_requirements=["scikit-learn"])
with mlflow.start_run(run_name="second") as second_run:
    second = mlflow.sklearn.log_model(models[1], name="iris", pip_requirements=["scikit-learn"])
    mlflow.log_metric("acc", 0.9, model_id=second.model_id)
registered = mlflow.register_model(f"models:/{second.model_id}", "flowers", tags={"from": "id"})
with mlflow.start_run(run_name="third") as third_run:
    with tempfile.TemporaryDirectory() as folder:
        mlflow.sklearn.save_model(models[2], folder + "/model", pip_requirements=["scikit-learn"])
        mlflow.log_artifacts(folder + "/model", "model")
of_run = mlflow.register_model(f"runs:/{third_run.info.run_id}/model", "flowers")

client.set_registered_model_alias("flowers", "champion", 2)
client.set_registered_model_alias("flowers", "challenger", "3")
client.transition_model_version_stage("flowers", 1, "Production")
client.transition_model_version_stage("flowers", 2, "Production", archive_existing_versions=True)
client.update_registered_model("flowers", "Which flower it is")
client.update_model_version("flowers", 1, "the first öne")
client.set_model_version_tag("flowers", 1, "checked", "no")
client.set_registered_model_tag("flowers", "team", "blue")
client.create_registered_model("trees", tags={"team": "Blue"}, description="none yet")
copied = client.copy_model_version("models:/flowers@champion", "copies")


def same(uri, of):
    plain = numpy.array_equal(mlflow.sklearn.load_model(uri).predict(X), wanted[of])
    return bool(plain and numpy.array_equal(mlflow.pyfunc.load_model(uri).predict(X), wanted[of]))


loaded = {uri: same(uri, of) for uri, of in {
    "models:/flowers/1": 0, "models:/flowers/2": 1, "models:/flowers/3": 2, "models:/flowers@champion": 1, "models:/flowers@challenger": 2,
    "models:/flowers/Production": 1, "models:/flowers/latest": 2, "models:/copies/1": 1, f"models:/{first.model_id}": 0,
}.items()}


def versions(filter_string, **more):
    return [f"{v.name}/{v.version}" for v in client.search_model_versions(filter_string, **more)]


def registered_models(filter_string, **more):
    return [m.name for m in client.search_registered_models(filter_string, **more)]


searched = {text: versions(text) for text in [
    "name = 'flowers'", "name != 'flowers'", "name LIKE 'flow%'", "name ILIKE 'FLOW%'", "name IN ('copies')", "version_number = 1 and name = 'flowers'",
    "version_number != 1 and name = 'flowers'", "version_number > 2", "version_number >= 2", "version_number < 2 and name = 'flowers'", "version_number <= 1 and name = 'flowers'",
    "tags.checked = 'no'", "tags.checked != 'no'", "tags.`from` ILIKE 'ID'", "tag.`from` LIKE 'i%'", "source_path LIKE 'models:/%' and name = 'flowers'",
]}
searched["run"] = versions(f"run_id = '{run.info.run_id}'")
searched["not the run"] = versions(f"run_id != '{run.info.run_id}' and name = 'flowers'")
searched["runs"] = versions(f"run_id IN ('{run.info.run_id}', '{third_run.info.run_id}')")
searched["source"] = versions(f"source_path = 'models:/{second.model_id}'")
ordered = {order: versions("name = 'flowers'", order_by=[order]) for order in ["version_number ASC", "version_number DESC", "creation_timestamp ASC", "last_updated_timestamp DESC"]}
pages = []
token = None
while token or not pages:
    page = client.search_model_versions("name = 'flowers'", max_results=2, order_by=["version_number ASC"], page_token=token)
    pages.append([v.version for v in page])
    token = page.token
names = {text: registered_models(text) for text in [
    "", "name = 'trees'", "name != 'trees'", "name LIKE 't%'", "name ILIKE 'T%'", "name IN ('trees', 'copies')", "tags.team = 'blue'", "tags.team != 'blue'", "tags.team ILIKE 'BLUE'", "tag.team LIKE 'B%'",
]}
backwards = registered_models(None, order_by=["name DESC"])

one = client.get_model_version("flowers", 1)
whole = client.get_registered_model("flowers")
tagged = json.loads(client.get_logged_model(second.model_id).tags["mlflow.modelVersions"])


def refused(call, *arguments):
    try:
        call(*arguments)
        return None
    except MlflowException as error:
        return [error.error_code, error.message]


client.delete_registered_model_alias("flowers", "challenger")
client.delete_model_version("flowers", 3)
errors = {
    "deleted": refused(client.get_model_version, "flowers", 3),
    "alias": refused(client.get_model_version_by_alias, "flowers", "challenger"),
    "taken": refused(client.create_registered_model, "trees"),
    "stage": refused(client.transition_model_version_stage, "flowers", 1, "Best"),
    "reserved": refused(client.set_registered_model_alias, "flowers", "latest", 1),
}
client.rename_registered_model("trees", "woods")
client.delete_registered_model("copies")

print("RESULT " + json.dumps({
    "versions": [registered.version, of_run.version, copied.version],
    "first": first.registered_model_version,
    "run_ids": [one.run_id == run.info.run_id, registered.run_id == second_run.info.run_id, of_run.run_id == third_run.info.run_id],
    "loaded": loaded,
    "searched": searched,
    "ordered": ordered,
    "pages": pages,
    "names": names,
    "backwards": backwards,
    "one": [one.description, one.current_stage, one.status, one.tags, one.aliases],
    "whole": [whole.description, whole.tags, whole.aliases, [[v.version, v.current_stage] for v in whole.latest_versions]],
    "tagged": tagged,
    "errors": errors,
    "left": registered_models(None),
}))
