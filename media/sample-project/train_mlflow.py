"""The same task with scikit-learn; MLflow's autologging does the logging.

Needs `pip install mlflow scikit-learn pandas`. Nothing in here knows Touchstone.
"""
import argparse
from pathlib import Path

import mlflow
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import f1_score, log_loss
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent


def main(args):
    mlflow.set_experiment("adult-income")
    mlflow.sklearn.autolog(log_models=False)
    table = pd.read_csv(HERE / "data" / "adult.csv", index_col="id")
    labels = table.pop("income")
    for name in table.select_dtypes(exclude="number"):
        table[name] = table[name].astype("category")
    x_train, x_valid, y_train, y_valid = train_test_split(table, labels, test_size=1 / 3, random_state=args.seed)

    with mlflow.start_run(run_name=f"gbm {args.learning_rate}"):
        model = HistGradientBoostingClassifier(learning_rate=args.learning_rate, max_iter=args.rounds, categorical_features="from_dtype", random_state=args.seed)
        model.fit(x_train, y_train)
        for step, probabilities in enumerate(model.staged_predict_proba(x_valid), start=1):
            mlflow.log_metric("val_loss", log_loss(y_valid, probabilities), step=step)
        predicted = model.predict(x_valid)
        mlflow.log_metric("val_f1", f1_score(y_valid, predicted, pos_label=">50K"))

        out = x_valid.assign(label=y_valid, prediction=predicted)
        out["p_>50K"] = model.predict_proba(x_valid)[:, list(model.classes_).index(">50K")].round(5)
        out.to_csv(HERE / "predictions_gbm.csv")
        mlflow.log_artifact(str(HERE / "predictions_gbm.csv"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    main(parser.parse_args())
