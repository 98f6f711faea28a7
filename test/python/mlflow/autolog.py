"""scikit-learn's autologging, without a run and with one; the model is loaded back."""
import json

import mlflow
import numpy
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

mlflow.sklearn.autolog()
X, y = load_iris(return_X_y=True)
LogisticRegression(C=0.5, max_iter=500).fit(X, y)
first = mlflow.last_active_run()
with mlflow.start_run(run_name="mine"):
    model = LogisticRegression(C=2.0, max_iter=500).fit(X, y)
    mlflow.log_metric("test_accuracy", model.score(X, y))
second = mlflow.last_active_run()
logged = mlflow.search_logged_models(output_format="list", experiment_ids=[second.info.experiment_id])
loaded = mlflow.sklearn.load_model(f"models:/{[m for m in logged if m.source_run_id == second.info.run_id][0].model_id}")
print("RESULT " + json.dumps({
    "runs": [first.info.run_id, second.info.run_id],
    "C": [first.data.params["C"], second.data.params["C"]],
    "metrics": second.data.metrics,
    "status": [m.status for m in logged],
    "same": bool(numpy.array_equal(loaded.predict(X), model.predict(X))),
    "inputs": len(second.inputs.dataset_inputs),
    "outputs": [o.model_id for o in second.outputs.model_outputs],
}))
