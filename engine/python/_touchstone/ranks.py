"""The processes of one distributed job are one run: what tells them apart, and what counts of those that are not the first.

torchrun, accelerate, MPI and SLURM give each process its number in variables. Of all ranks the system metrics and the output are
kept, under the rank's name; params, tags and the run's life are rank 0's.
"""
import json
import os
import sys
import time

_SKIPPED = ("POST runs/log-parameter", "POST runs/set-tag", "POST runs/delete-tag", "POST runs/log-inputs", "POST runs/outputs", "POST runs/log-model", "POST runs/update")
#: Rank 0 makes an experiment first: MLflow's client loses the experiment where another process makes it in the same moment.
_PATIENCE = 5.0
#: A short job has samples, a long one not too many.
_OFTEN = 10


def begin(process, rank):
    """Begins to keep what this rank uses and prints, in its first process that is the person's script."""
    if not process._is_script() or not _claim(process.launch_folder, rank):
        return
    if os.environ.get("TOUCHSTONE_RANK_LOG") != "0":
        target = os.open(os.path.join(process.launch_folder, "ranks", "%d.log" % rank), os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        sys.stdout, sys.stderr = _Tee(sys.stdout, target), _Tee(sys.stderr, target)
    import atexit
    import threading

    sampler = _Sampler(process, rank)
    threading.Thread(target=sampler.work, daemon=True).start()
    atexit.register(sampler.take)


def _claim(folder, rank):
    """True in one process of a rank; one that was started again takes over from the one that is gone."""
    os.makedirs(os.path.join(folder, "ranks"), exist_ok=True)
    path = os.path.join(folder, "ranks", "%d.pid" % rank)
    try:
        with open(path) as file:
            holder = int(file.read() or 0)
        os.kill(holder, 0)
        return False
    except (OSError, ValueError):
        pass
    with open("%s.%d" % (path, os.getpid()), "w") as file:
        file.write(str(os.getpid()))
    os.replace("%s.%d" % (path, os.getpid()), path)
    return True


class _Tee:
    """A text stream whose words go to the rank's own log as well."""

    def __init__(self, stream, target):
        self._stream, self._target = stream, target

    def write(self, text):
        try:
            os.write(self._target, text.encode("utf-8", "replace"))
        except (OSError, AttributeError):
            pass
        return self._stream.write(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def __iter__(self):
        return iter(self._stream)

    def __getattr__(self, name):
        return getattr(self._stream, name)


class _Sampler:
    """Processor time and memory of this process as metrics, named as MLflow names a machine's."""

    def __init__(self, process, rank):
        self.process, self.prefix = process, "system/rank_%d/" % rank
        self.at, self.used, self.pid = time.monotonic(), self._cpu(), os.getpid()

    def work(self):
        count = 0
        while True:
            time.sleep(1 if count < _OFTEN else 5)
            count += 1
            self.take()

    def take(self):
        if os.getpid() != self.pid:  # A fork of it ends.
            return
        now, used = time.monotonic(), self._cpu()
        # Right after a sample the rest says little.
        if now - self.at < 0.05:
            return
        self._say("process_cpu_percentage", 100 * (used - self.used) / (now - self.at))
        self.at, self.used = now, used
        try:
            with open("/proc/self/statm") as file:
                self._say("process_memory_megabytes", int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6)
        except OSError:  # Elsewhere than on Linux a process does not know it.
            pass

    def _say(self, name, value):
        self.process._events._append('{"k":"metric","t":%d,"key":"%s%s","value":%.3f,"step":null}\n' % (time.time() * 1000, self.prefix, name, value))

    @staticmethod
    def _cpu():
        times = os.times()
        return times.user + times.system + times.children_user + times.children_system


def named(rank, key):
    """The name of a rank's metric beside rank 0's."""
    return "system/rank_%d/%s" % (rank, key[7:]) if key.startswith("system/") else "rank_%d/%s" % (rank, key)


class Later:
    """Calls of MLflow's client in a rank that is not the first: turned into what counts of them."""

    def __init__(self, rank, answers):
        self.rank, self.answers = rank, answers
        #: Runs that this process made itself (children): they are its own business.
        self.own = set()

    def turned(self, call, base):
        """The answer where the call goes nowhere; None where it goes on, changed or as it is."""
        if call.artifact:
            parts = call.path.split("/artifacts/", 2)
            if len(parts) == 3 and parts[1].split("/")[-1] not in self.own and "/models/" not in call.path and call.method == "PUT":
                changed = "%s/artifacts/%s/artifacts/rank_%d/%s" % (parts[0], parts[1], self.rank, parts[2])
                call.request.url = base + changed
                call.path = changed
            return None
        fields = call.fields()
        if call.route == "POST runs/create":
            if any(tag.get("key") == "mlflow.parentRunId" for tag in fields.get("tags") or []):
                return None
            return self._first(call, base, fields)
        run = fields.get("run_id") or fields.get("run_uuid")
        if run is None or run in self.own:
            return None
        if call.route in _SKIPPED:
            known = self.answers.runs.get(run, {}).get("info", {"run_id": run, "run_uuid": run, "status": "RUNNING", "lifecycle_stage": "active"})
            return {"run_info": known} if call.route == "POST runs/update" else {}
        if call.route == "POST runs/log-metric":
            self._body(call, dict(fields, key=named(self.rank, fields.get("key") or "")))
        elif call.route == "POST runs/log-batch":
            metrics = [dict(metric, key=named(self.rank, metric.get("key") or "")) for metric in fields.get("metrics") or []]
            if not metrics:
                return {}
            self._body(call, dict(fields, metrics=metrics, params=[], tags=[]))
        return None

    def _first(self, call, base, fields):
        """The run of the job instead of one more; where nobody can be asked, by its id alone."""
        run = os.environ.get("TOUCHSTONE_RUN")
        if not run:
            return None
        call.instead = {"run": self.answers.stand_in(run, fields)}
        if os.environ.get("TOUCHSTONE_OFFLINE"):
            return call.instead
        call.request.method = call.method = "GET"
        call.request.url = "%s/api/2.0/mlflow/runs/get?run_id=%s" % (base, run)
        call.route, call.query = "GET runs/get", "run_id=" + run
        call.request.body = None
        for name in ("Content-Length", "Content-Type"):
            call.request.headers.pop(name, None)
        return None

    def made(self, call, base, send):
        """The answer to `experiments/create` once rank 0 has made it; None where it does not. `send` asks the engine."""
        if call.route != "POST experiments/create" or os.environ.get("TOUCHSTONE_OFFLINE"):
            return None
        from urllib.parse import urlencode

        ask = call.request.copy()
        ask.method, ask.body = "GET", None
        ask.url = "%s/api/2.0/mlflow/experiments/get-by-name?%s" % (base, urlencode({"experiment_name": call.fields().get("name") or ""}))
        for name in ("Content-Length", "Content-Type"):
            ask.headers.pop(name, None)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                found = send(ask)
            except OSError:  # The engine is away: what is done then is decided with the call itself.
                return None
            if found.status_code == 200:
                return {"experiment_id": found.json()["experiment"]["experiment_id"]}
            time.sleep(0.05)
        return None

    @staticmethod
    def _body(call, fields):
        call.request.body = json.dumps(fields).encode("utf-8")
        call.request.headers["Content-Length"] = str(len(call.request.body))
