"""Records runs into a folder where no engine is in reach: `touchstone run --offline`, and `run-start`, `log`, `finish` for shells.

Each run gets a folder of its own under the given one, named by its id; what stands in it is described in
engine/offline/FORMAT.md. Any engine takes it in, once, wherever it was copied: `touchstone take-in FOLDER`.
"""
import argparse
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid

from _touchstone import offline_state as state

_URI = "http://touchstone-offline.invalid"
_FOLDER = "touchstone-offline"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FORWARDED = ("SIGTERM", "SIGUSR1", "SIGUSR2", "SIGHUP")
_BLOCK = 1 << 16


def main(words):
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="touchstone", description="Records runs into a folder, without an engine.")
    commands = parser.add_subparsers(dest="verb")
    run = commands.add_parser("run", help="run a command and record it into a folder")
    begin = commands.add_parser("run-start", help="begin a run and print its folder")
    for one in (run, begin):
        one.add_argument("--offline", metavar="DIR", default=_FOLDER, help="where the run's folder is made (default: %s)" % _FOLDER)
        one.add_argument("--name", default="")
        one.add_argument("--experiment", default="")
        one.add_argument("--id", default="", help=argparse.SUPPRESS)
    run.add_argument("--resume", metavar="RUN", default="", help="go on with a run that was recorded before: its folder, or its id in DIR")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND…")
    log = commands.add_parser("log", help="log metrics (`loss=0.2`) and more to a run that run-start began")
    finish = commands.add_parser("finish", help="end a run that run-start began")
    for one in (log, finish):
        one.add_argument("--run", metavar="DIR", default=os.environ.get("TOUCHSTONE_OFFLINE_RUN", ""), help="what run-start printed (default: TOUCHSTONE_OFFLINE_RUN)")
    log.add_argument("metrics", nargs="*", metavar="KEY=NUMBER")
    log.add_argument("--step", type=int)
    for one in (begin, log):
        one.add_argument("--param", action="append", default=[], metavar="KEY=VALUE")
        one.add_argument("--tag", action="append", default=[], metavar="KEY=VALUE")
        for name in ("artifact", "input", "output"):
            one.add_argument("--" + name, action="append", default=[], metavar="FILE")
    finish.add_argument("--exit-code", type=int, default=0)
    asked = parser.parse_args(words)
    if asked.verb == "run":
        return _run(asked, [word for index, word in enumerate(asked.command) if index or word != "--"])
    if asked.verb == "run-start":
        return _begin(asked)
    if asked.verb in ("log", "finish"):
        if not os.path.exists(os.path.join(asked.run, "offline.json")):
            sys.stderr.write("touchstone: there is no run in %r. Give what `touchstone run-start` printed with --run.\n" % asked.run)
            return 2
        if asked.verb == "log" and os.path.exists(os.path.join(asked.run, "exit.json")):
            sys.stderr.write("touchstone log: the run in %s has ended: nothing was logged. Log before `touchstone finish`.\n" % asked.run)
            return 2
        return _log(asked, asked.run, asked.metrics, asked.step) if asked.verb == "log" else _finish(asked)
    parser.print_usage(sys.stderr)
    return 2


def make_folder(asked, command, origin):
    """Makes the folder of a run and writes down all that is known before it begins; returns its path and manifest."""
    cwd = os.getcwd()
    _, job = state.rank_and_job()
    launch = state.job_id(job) if job else asked.id or _launch_id()
    folder = os.path.join(os.path.abspath(asked.offline), launch)
    os.makedirs(folder, exist_ok=bool(job))
    root = state.root_of(cwd)
    script = state.script_of(command, cwd)
    manifest = {
        "format": "touchstone-offline", "version": 1, "id": launch, "runId": state.job_run(job) if job else uuid.uuid4().hex, "origin": origin, "command": state.masked_command(command), "cwd": cwd, "folder": root,
        "script": None if script is None else state.relative(script, root), "name": asked.name, "experiment": asked.experiment, "user": state.user(), "start": _now(),
        "host": socket.gethostname(), "pid": os.getpid(),
    }  # fmt: skip
    _write(os.path.join(folder, "offline.json"), manifest)
    _write(os.path.join(folder, "environment.json"), {"variables": state.environment(), "host": state.host()})
    for key, value in state.scheduler_tags().items():
        _event(folder, k="tag", key=key, value=value)
    return folder, manifest


def _run(asked, command):
    if not command:
        sys.stderr.write("touchstone: what is to be run is missing. For example: touchstone run --offline DIR -- python train.py\n")
        return 2
    program = _program(command)
    if shutil.which(program) is None:
        sys.stderr.write("touchstone: the program %s was not found, so nothing was recorded. Check its name and the PATH.\n" % program)
        return 127
    rank, job = state.rank_and_job()
    if job and rank > 0:
        return _run_rank(asked, command, rank, job)
    if asked.resume:
        folder, manifest = _resumed(asked)
        if folder is None:
            return 2
    else:
        folder, manifest = make_folder(asked, command, "run")
    for key, value in state.arguments(command, manifest["cwd"]):
        _event(folder, k="param", key=key, value=value, source="argument")
    try:
        child = subprocess.Popen([program] + command[1:], env=_environment(folder, manifest), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        _write(os.path.join(folder, "exit.json"), {"code": None, "signal": None, "end": _now(), "error": str(error)})
        sys.stderr.write("touchstone: %s could not be started: %s\n" % (program, error))
        return 127
    stopped = []
    _forward_signals(child, stopped)
    with open(os.path.join(folder, "log"), "ab", 0) as log:
        readers = [threading.Thread(target=_copy, args=pair + (log,)) for pair in ((child.stdout, sys.stdout), (child.stderr, sys.stderr))]
        watch = state.Sampler(child.pid, os.path.join(folder, "samples.jsonl"))
        for thread in readers:
            thread.start()
        # While the script runs: it does not wait for git.
        _write(os.path.join(folder, "code.json"), state.code(manifest["cwd"], folder))
        _write(os.path.join(folder, "environment.json"), dict({"variables": state.environment(), "host": state.host()}, **state.packages(program)))
        code = child.wait()
        for thread in readers:
            # What the script left behind may hold its output for ever.
            thread.join(2)
        watch.stop()
    found = _end(folder, code, bool(stopped))
    try:
        sys.stderr.write("touchstone: this run is recorded in %s\nTake it in where Touchstone is: touchstone take-in %s\n" % (folder, shlex.quote(os.path.dirname(folder))))
    except (OSError, ValueError):
        pass  # Whoever listened is gone; the exit code is still the script's.
    return found


def _resumed(asked):
    """The folder of an earlier run and its manifest, ready to go on; (None, None) where there is none."""
    for folder in (os.path.abspath(asked.resume), os.path.join(os.path.abspath(asked.offline), asked.resume)):
        if os.path.exists(os.path.join(folder, "offline.json")):
            break
    else:
        sys.stderr.write("touchstone: there is no run in %r to go on with.\n" % asked.resume)
        return None, None
    with open(os.path.join(folder, "offline.json")) as file:
        manifest = json.load(file)
    # The processes of last time are gone; these are new ones.
    for name in ("exit.json", "main", "adopted"):
        if os.path.exists(os.path.join(folder, name)):
            os.remove(os.path.join(folder, name))
    _write(os.path.join(folder, "steps.json"), state.next_steps(folder))
    return folder, dict(manifest, cwd=os.getcwd(), folder=state.root_of(os.getcwd()))


def _program(command):
    """Who types `python` where only python3 is means it."""
    if os.path.basename(command[0]) in ("python", "python3") and shutil.which(command[0]) is None:
        return sys.executable
    return command[0]


def _run_rank(asked, command, rank, job):
    """A process of a job whose first rank records it: what this one logs goes into the same folder."""
    folder = os.path.join(os.path.abspath(asked.offline), state.job_id(job))
    os.makedirs(folder, exist_ok=True)
    manifest = {"id": state.job_id(job), "runId": state.job_run(job), "folder": state.root_of(os.getcwd())}
    stopped = []
    try:
        child = subprocess.Popen([_program(command)] + command[1:], env=_environment(folder, manifest))
    except OSError as error:
        sys.stderr.write("touchstone: rank %d could not be started: %s\n" % (rank, error))
        return 127
    _forward_signals(child, stopped)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _environment(folder, manifest):
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    env = {name: value for name, value in os.environ.items() if name not in ("MLFLOW_RUN_ID", "TOUCHSTONE_MAIN")}
    env.update(
        TOUCHSTONE_LAUNCH=manifest["id"], TOUCHSTONE_RUN=manifest["runId"], TOUCHSTONE_EVENTS=os.path.join(folder, "events.jsonl"), TOUCHSTONE_FOLDER=manifest["folder"],
        TOUCHSTONE_OFFLINE="1", MLFLOW_TRACKING_URI=_URI, PYTHONPATH=here + (os.pathsep + env["PYTHONPATH"] if env.get("PYTHONPATH") else ""),
    )  # fmt: skip
    return env


def _forward_signals(child, stopped):
    def forward(number, _frame):
        if number in (signal.SIGTERM, getattr(signal, "SIGHUP", None)):
            stopped.append(number)
        try:
            child.send_signal(number)
        except OSError:
            pass

    for name in _FORWARDED:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), forward)
    # A terminal sends it to the script itself, which belongs to the same group.
    signal.signal(signal.SIGINT, lambda number, frame: stopped.append(number))


def _copy(source, target, log):
    raw = getattr(target, "buffer", target)
    while True:
        data = source.read1(_BLOCK)
        if not data:
            return
        log.write(data)
        try:
            raw.write(data)
            raw.flush()
        except (OSError, ValueError):
            pass  # Whoever listened is gone; the log goes on.


def _end(folder, code, stopped):
    _write(os.path.join(folder, "files.json"), state.measured_files(folder))
    name = None if code >= 0 else signal.Signals(-code).name
    _write(os.path.join(folder, "exit.json"), {"code": code if code >= 0 else None, "signal": name, "end": _now(), "stopped": stopped})
    return code if code >= 0 else 128 - code


def _begin(asked):
    folder, manifest = make_folder(asked, ["run-start"], "shell")
    _write(os.path.join(folder, "code.json"), state.code(manifest["cwd"], folder))
    found = _log(asked, folder, [], None)
    sys.stdout.write(folder + "\n")
    return found


def _log(asked, folder, metrics, step):
    values = []
    for word in metrics:
        key, _, text = word.rpartition("=")
        try:
            values.append((key, float(text)))
        except ValueError:
            sys.stderr.write("touchstone %s: %r is no KEY=NUMBER: nothing was logged.\n" % (asked.verb, word))
            return 2
    for path in asked.artifact:
        if not os.path.exists(path):
            sys.stderr.write("touchstone %s: the artifact %s does not exist: nothing was logged.\n" % (asked.verb, path))
            return 2
    for key, value in values:
        wire = "NaN" if value != value else value if abs(value) != float("inf") else "Infinity" if value > 0 else "-Infinity"
        _event(folder, k="metric", key=key, value=wire, step=step)
    for kind, pairs in (("param", asked.param), ("tag", asked.tag)):
        for pair in pairs:
            key, _, value = pair.partition("=")
            _event(folder, k=kind, key=key, value=state.masked(key, value), **({"source": "script"} if kind == "param" else {}))
    for path in asked.artifact:
        keep_artifact(folder, path, os.path.basename(os.path.abspath(path)))
        _event(folder, k="artifact", path=os.path.abspath(path), name=os.path.basename(os.path.abspath(path)))
    for kind, paths in (("input", asked.input), ("output", asked.output)):
        for path in paths:
            _event(folder, k=kind, path=os.path.abspath(path), file=None, line=None)
    return 0


def keep_artifact(folder, path, name):
    """Copies a file or folder beside the run, whole or not at all."""
    target = os.path.join(folder, "artifacts", *name.split("/"))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(path):
        shutil.copytree(path, target, dirs_exist_ok=True)
        return
    shutil.copyfile(path, target + ".new")
    os.replace(target + ".new", target)


def _finish(asked):
    _write(os.path.join(asked.run, "files.json"), state.measured_files(asked.run))
    _write(os.path.join(asked.run, "exit.json"), {"code": asked.exit_code, "signal": None, "end": _now()})
    return 0


def _event(folder, **event):
    from _touchstone import spool_file

    spool_file.append(os.path.join(folder, "events.jsonl"), json.dumps(dict(event, t=_now())))


def _write(path, value):
    with open(path + ".new", "w") as file:
        json.dump(value, file)
    os.replace(path + ".new", path)


def _launch_id():
    text, rest = "", _now()
    while rest:
        rest, digit = divmod(rest, 36)
        text = _DIGITS[digit] + text
    return text + uuid.uuid4().hex[:10]


def _now():
    return int(time.time() * 1000)
