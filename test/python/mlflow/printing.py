"""Logs a metric and prints the same one rounded, with another that it only prints."""
import mlflow

with mlflow.start_run():
    for epoch in range(3):
        loss = 1 / (epoch + 3)
        mlflow.log_metric("loss", loss, step=epoch)
        print(f"epoch {epoch} loss={loss:.2f} accuracy={(5 + epoch) / 8}")
