"""Four processes that start at once, each with a run of its own."""
import multiprocessing
import os

import mlflow


def work(rank, barrier):
    # One after the other: of two that create an experiment at once, the client leaves the later one in its old experiment.
    if rank == 0:
        mlflow.set_experiment("parallel")
    barrier.wait()
    if rank != 0:
        mlflow.set_experiment("parallel")
    barrier.wait()
    with mlflow.start_run():
        mlflow.log_param("rank", rank)
        for step in range(5):
            mlflow.log_metric("loss", rank + step / 10, step=step)


if __name__ == "__main__":
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    barrier = context.Barrier(4)
    workers = [context.Process(target=work, args=(rank, barrier)) for rank in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
