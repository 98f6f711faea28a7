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


def begin(process):
    """Begins to keep what this rank uses and prints, in its first process that is the person's script."""
    job = process.job
    if not job.is_rank:
        return
    if os.environ.get("TOUCHSTONE_RANK_LOG") != "0":
        target = os.open(os.path.join(job.folder, "%d.log" % job.rank), os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        sys.stdout, sys.stderr = _Tee(sys.stdout, target), _Tee(sys.stderr, target)
    import atexit
    import threading

    sampler = _Sampler(process)
    threading.Thread(target=sampler.work, daemon=True).start()
    atexit.register(sampler.end)


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

    def __init__(self, process):
        self.process, self.prefix = process, "system/rank_%d/" % process.rank
        #: Samples of before it is known which run they belong to.
        self.early = []
        self.at, self.used, self.pid = time.monotonic(), self._cpu(), os.getpid()

    def work(self):
        count = 0
        while True:
            time.sleep(1 if count < _OFTEN else 5)
            count += 1
            self.take()

    def end(self):
        if os.getpid() != self.pid:  # A fork of it ends.
            return
        self.take()
        self._append(self.early, None)

    def take(self):
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
        said = '{"k":"metric","t":%d,"key":"%s%s","value":%.3f,"step":null' % (time.time() * 1000, self.prefix, name, value)
        job = self.process.job
        # The launch's own run is that of its first job.
        run = None if job.number == 1 else job.run(0)
        if job.number == 1 or run is not None:
            self._append(self.early + [said], run)
            self.early = []
        else:
            self.early.append(said)

    def _append(self, lines, run):
        end = "}\n" if run is None else ',"run":"%s"}\n' % run
        if lines:
            self.process._events._append("".join(line + end for line in lines))

    @staticmethod
    def _cpu():
        times = os.times()
        return times.user + times.system + times.children_user + times.children_system


def named(rank, key):
    """The name of a rank's metric beside rank 0's."""
    return "system/rank_%d/%s" % (rank, key[7:]) if key.startswith("system/") else "rank_%d/%s" % (rank, key)


class First:
    """Calls of MLflow's client in rank 0: the runs that it begins are the job's."""

    def __init__(self, process, answers):
        self.job, self.answers = process.job, answers
        #: How many runs this process began.
        self.count = 0

    def turned(self, call, base, send):
        """A rank 0 that was started again goes on with the runs of the one before."""
        if not _begins(call) or not self.job.is_rank:
            return None
        call.turn = self.count
        run = self.job.run(self.count)
        if run is None:
            return None
        open_again = _question(call, "POST", base + "/api/2.0/mlflow/runs/update", json.dumps({"run_id": run, "status": "RUNNING"}))
        try:
            send(open_again)
        except OSError:  # The engine is away; the run's end will be told.
            pass
        return _joined(call, base, run, self.answers)

    def began(self, call, run):
        """What `turned` let pass, or changed, was answered with this run."""
        if call.turn is None:
            return
        self.count = call.turn + 1
        if self.job.run(call.turn) is None:
            self.job.began(run)


class Later:
    """Calls of MLflow's client in a rank that is not the first: turned into what counts of them."""

    def __init__(self, process, answers):
        self.rank, self.job, self.answers, self.launch_folder = process.rank, process.job, answers, process.launch_folder
        #: Runs that this process made itself (children, and what rank 0 has none for): they are its own business.
        self.own = set()
        self.count = 0

    def turned(self, call, base, send):
        """The answer where the call goes nowhere; None where it goes on, changed or as it is. `send` asks the engine."""
        if call.artifact:
            parts = call.path.split("/artifacts/", 2)
            if len(parts) == 3 and parts[1].split("/")[-1] not in self.own and "/models/" not in call.path and call.method == "PUT":
                changed = "%s/artifacts/%s/artifacts/rank_%d/%s" % (parts[0], parts[1], self.rank, parts[2])
                call.request.url = base + changed
                call.path = changed
            return None
        if call.route == "POST experiments/create":
            return self._made(call, base, send)
        if call.route == "POST runs/create":
            run = self._run() if _begins(call) else None
            if run is None:
                return None
            call.turn = self.count
            return _joined(call, base, run, self.answers)
        fields = call.fields()
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

    def began(self, call, run):
        """A call that begins a run was answered with this one."""
        if call.turn is None:
            self.own.add(run)
        else:
            self.count = call.turn + 1

    def _run(self):
        """The run that rank 0 began in its turn, for which it is waited a little; of the launch's own the id is known before."""
        own = os.environ.get("TOUCHSTONE_RUN") if self.job.number == 1 and self.count == 0 else None
        end = time.monotonic() + _PATIENCE
        while True:
            run = self.job.run(self.count)
            if run is None and own and not os.path.exists(os.path.join(self.launch_folder, "adopted")):
                return own
            if run is not None or time.monotonic() >= end:
                return run or own
            time.sleep(0.05)

    def _made(self, call, base, send):
        """The answer to `experiments/create` once rank 0 has made it; None where it does not."""
        if os.environ.get("TOUCHSTONE_OFFLINE"):
            return None
        from urllib.parse import urlencode

        ask = _question(call, "GET", "%s/api/2.0/mlflow/experiments/get-by-name?%s" % (base, urlencode({"experiment_name": call.fields().get("name") or ""})))
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
        _rewrite(call.request, json.dumps(fields))


def _begins(call):
    """True where the call begins a run that lies in no other one."""
    return call.route == "POST runs/create" and not any(tag.get("key") == "mlflow.parentRunId" for tag in call.fields().get("tags") or [])


def _joined(call, base, run, answers):
    """The job's run instead of one more; where nobody can be asked, by its id alone."""
    call.instead = {"run": answers.stand_in(run, call.fields())}
    if os.environ.get("TOUCHSTONE_OFFLINE"):
        return call.instead
    call.method = call.request.method = "GET"
    call.request.url = "%s/api/2.0/mlflow/runs/get?run_id=%s" % (base, run)
    call.route, call.query = "GET runs/get", "run_id=" + run
    _rewrite(call.request, None)
    return None


def _question(call, method, url, body=None):
    """Another request to the engine, with what this one shows it."""
    ask = call.request.copy()
    ask.method, ask.url = method, url
    _rewrite(ask, body)
    return ask


def _rewrite(request, body):
    request.body = None if body is None else body.encode("utf-8")
    if body is None:
        for name in ("Content-Length", "Content-Type"):
            request.headers.pop(name, None)
    else:
        request.headers["Content-Length"] = str(len(request.body))
