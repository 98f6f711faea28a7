"""One distributed job as torchrun or mpirun starts it: this file is the launcher, and with --rank each of its processes.

Usage: ranks.py {torchrun,mpirun} COUNT. The variables are those that torch.distributed.run 2.x and Open MPI 4 set. A real launcher
starts each process as `ranks.py --rank --lr LR`; where it is one of MPI or torch, the ranks add up their numbers.
"""
import argparse
import importlib.util
import os
import subprocess
import sys
import time


def launcher(kind, count):
    processes = []
    for rank in range(count):
        env = dict(os.environ)
        if kind == "torchrun":
            env.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(count), LOCAL_WORLD_SIZE=str(count), MASTER_ADDR="127.0.0.1", MASTER_PORT="29500", TORCHELASTIC_RUN_ID="none")
        else:
            env.update(OMPI_COMM_WORLD_RANK=str(rank), OMPI_COMM_WORLD_LOCAL_RANK=str(rank), OMPI_COMM_WORLD_SIZE=str(count))
        processes.append(subprocess.Popen([sys.executable, __file__, "--rank", "--lr", str(rank + 0.5)], env=env))
    return max(process.wait() for process in processes)


def worker():
    import mlflow
    import touchstone

    parser = argparse.ArgumentParser()
    parser.add_argument("--rank", action="store_true")
    parser.add_argument("--lr", type=float)
    asked = parser.parse_args()
    rank = int(next(os.environ[name] for name in ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK") if name in os.environ))
    if "MPI4PY_LIBMPI" in os.environ:
        from mpi4py import MPI

        world = MPI.COMM_WORLD
        assert (world.rank, world.size, world.allreduce(rank + 1)) == (rank, 3, 6)
    if "TORCHELASTIC_RUN_ID" in os.environ and importlib.util.find_spec("torch"):
        import torch

        torch.distributed.init_process_group("gloo")
        number = torch.tensor([rank + 1])
        torch.distributed.all_reduce(number)
        assert number.item() == 6
    print("rank", rank, "says hello", flush=True)
    mlflow.set_experiment("distributed")
    with mlflow.start_run(run_name="name of %d" % rank) as run:
        mlflow.log_param("client_lr", asked.lr)
        mlflow.set_tag("who", str(rank))
        touchstone.params(direct=rank)
        for step in range(3):
            mlflow.log_metric("loss", rank + step / 4, step=step)
            mlflow.log_metrics({"acc": rank * 10 + step, "system/own": rank}, step=step)
            touchstone.log({"direct": rank * 100 + step})
        mlflow.log_text("by %d" % rank, "who.txt")
        end = time.monotonic() + 1.3
        while time.monotonic() < end:
            sum(range(1000))
    print("RUN", rank, run.info.run_id, flush=True)


if __name__ == "__main__":
    sys.exit(worker() if "--rank" in sys.argv else launcher(sys.argv[1], int(sys.argv[2])))
