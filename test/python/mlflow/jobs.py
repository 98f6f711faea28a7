"""Two distributed jobs one after the other as torchrun starts them; the second one's ranks are started once more after rank 1 failed.

Usage: jobs.py starts both; jobs.py fail starts one whose rank 1 fails for good. `launcher` and `rank` are what these start: like
torchrun the launcher is none of the person's scripts, and the ranks are the copy of this file in the working folder, train.py. The
variables are those that torch.distributed.run 2.x sets.
"""
import os
import subprocess
import sys
import time


def launcher(name, fails, restarts):
    for attempt in range(restarts + 1):
        over = "%s-%d" % (name, attempt)
        processes = []
        for rank in (0, 1):
            env = dict(os.environ, RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2", GROUP_WORLD_SIZE="1", TORCHELASTIC_RUN_ID="none", TORCHELASTIC_RESTART_COUNT=str(attempt))
            processes.append(subprocess.Popen([sys.executable, "train.py", "rank", name, str(int(fails and attempt == 0)), over], env=env))
        failed = processes[1].wait() != 0
        open(over, "w").close()
        failed = processes[0].wait() != 0 or failed
        if not failed:
            return
    raise RuntimeError("train.py FAILED")


def rank(name, fails, over):
    import mlflow

    number, attempt = int(os.environ["RANK"]), int(os.environ["TORCHELASTIC_RESTART_COUNT"])
    print("rank", number, "of", name, "attempt", attempt, flush=True)
    mlflow.set_experiment("jobs")
    with mlflow.start_run(run_name=name) as run:
        mlflow.log_param("job", name)
        mlflow.log_metric("loss", number + attempt * 10, step=attempt)
        print("RUN", run.info.run_id, flush=True)
        end = time.monotonic() + 1.2
        while time.monotonic() < end:
            sum(range(1000))
        if fails == "1" and number == 1:
            raise ValueError("bad batch")
        while fails == "1" and not os.path.exists(over):
            time.sleep(0.01)
        if fails == "1":
            raise ConnectionError("closed by peer")


def both():
    for words in (["one", "0", "0"], ["two", "1", "1"]):
        subprocess.run([sys.executable, __file__, "launcher"] + words, check=True)


if __name__ == "__main__":
    kind, words = (sys.argv[1:2] or ["both"])[0], sys.argv[2:]
    if kind == "both":
        both()
    elif kind == "fail":
        launcher("three", 1, 0)
    elif kind == "launcher":
        launcher(words[0], int(words[1]), int(words[2]))
    else:
        rank(*words)
