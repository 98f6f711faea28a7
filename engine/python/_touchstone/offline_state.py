"""What is written down of a run that no engine sees: code, environment, scheduler, arguments, processes, digests of its files."""
import getpass
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import threading
import time

from _touchstone.mask import is_secret, is_secret_file, masked, scrub

__all__ = ["masked"]

_SCRIPT = re.compile(r"\.(py|pyw|ipynb|js|mjs|cjs|ts|r|jl|sh|lua)$", re.I)
#: Of these the run gets tags, so that it is found by its job; all variables stand in environment.json.
_SCHEDULER = re.compile(
    r"^(SLURM_(JOB_ID|JOB_NAME|JOB_PARTITION|JOB_NODELIST|CLUSTER_NAME|ARRAY_JOB_ID|ARRAY_TASK_ID|STEP_ID|PROCID|NODEID|NTASKS|RESTART_COUNT)|PBS_JOBID|LSB_JOBID|JOB_ID|SGE_TASK_ID)$"
)
_SOURCE = re.compile(r"\.(py|pyi|pyx|ipynb|r|rmd|jl|js|mjs|ts|c|cc|cpp|cu|h|hpp|rs|go|sh|sql|ya?ml|json|toml|ini|cfg|md)$", re.I)
_MOST_BYTES = 1 << 20
_MOST_IN_ALL = 50 << 20
#: As engine/capture/digest.ts has it.
_SAMPLED_ABOVE = 2 << 30
_SAMPLES = 256


def root_of(cwd):
    """The folder that paths are relative to: the repository's, else where the command runs."""
    found = _git(cwd, "rev-parse", "--show-toplevel")
    return found.decode("utf-8", "replace").strip() if found else cwd


def relative(path, root):
    inner = os.path.relpath(path, root)
    return (path if inner.startswith("..") else inner).replace(os.sep, "/")


def script_of(command, cwd):
    """The first word that is a script's file; None where there is none."""
    for word in command:
        path = os.path.normpath(os.path.join(cwd, word))
        if _SCRIPT.search(word) and os.path.isfile(path):
            return path
    return None


def masked_command(command):
    """The command as it may be kept: values behind options with secret names are masked."""
    words, hide = [], False
    for word in command:
        name, equals, value = word.partition("=")
        if hide and not word.startswith("-"):
            words.append("***")
        else:
            words.append(name + equals + masked(name, value) if equals else scrub(word))
        hide = word.startswith("-") and not equals and is_secret(word)
    return words


def arguments(command, cwd):
    """`--lr 0.1` and `lr=0.1` behind the script, as pairs; what the script's own parser arrives at replaces them."""
    script = script_of(command, cwd)
    at = next((index for index, word in enumerate(command) if script and os.path.normpath(os.path.join(cwd, word)) == script), 0)
    rest = command[at + 1 :]
    index = 0
    while index < len(rest):
        name, equals, value = rest[index].partition("=")
        index += 1
        if name.startswith("--") and not equals and index < len(rest) and not rest[index].startswith("--"):
            value, equals = rest[index], "="
            index += 1
        if equals or name.startswith("--"):
            key = name.lstrip("-")
            yield key, masked(key, value if equals else "True")


def environment():
    return {name: masked(name, value) for name, value in sorted(os.environ.items())}


def scheduler_tags():
    return {name: os.environ[name] for name in sorted(os.environ) if _SCHEDULER.match(name)}


def rank_and_job():
    """(number of this process in a job that starts one of us for each rank, a name of the job); no name outside of such a job."""
    from touchstone import _ranked

    rank, ranks = _ranked(os.environ)
    if "SLURM_STEP_ID" in os.environ and "SLURM_PROCID" in os.environ:
        names = ("SLURM_CLUSTER_NAME", "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_RESTART_COUNT")
    elif "OMPI_COMM_WORLD_RANK" in os.environ:
        names = ("PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid")
    else:
        return rank, None
    found = [os.environ[name] for name in names if os.environ.get(name)]
    return rank, "/".join(found) if ranks > 1 and found else None


def job_id(job):
    return "j" + hashlib.sha256(job.encode("utf-8")).hexdigest()[:20]


def job_run(job):
    return hashlib.sha256(b"run of " + job.encode("utf-8")).hexdigest()[:32]


def user():
    try:
        return getpass.getuser()
    except Exception:  # A container may have no entry for its user.
        return None


def host():
    facts = {"name": platform.node(), "system": "%s %s" % (platform.system().lower(), platform.release()), "architecture": platform.machine(), "cores": os.cpu_count()}
    try:
        facts["memory"] = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        pass
    return facts


def packages(program):
    """What is installed where a Python program runs; nothing for another program."""
    if not re.match(r"^python[0-9.]*(\.exe)?$", os.path.basename(program)):
        return {}
    ask = "import json,sys\ntry:\n from importlib.metadata import distributions as d\n p=sorted({(x.metadata['Name'] or '',x.version or '') for x in d()})\nexcept ImportError:\n p=[]\nprint(json.dumps([sys.executable,sys.version.split()[0],p]))"
    try:
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        executable, version, found = json.loads(subprocess.run([program, "-c", ask], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=True).stdout.decode("utf-8"))
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    return {"interpreter": "%s (Python %s)" % (executable, version), "packages": [{"name": name, "version": number} for name, number in found if name]}


def code(cwd, folder):
    """The code as it is now: its commit and what differs from it; contents are copied to `code/`."""
    root = _git(cwd, "rev-parse", "--show-toplevel")
    if not root:
        return {"state": {"kind": "files", "commit": None, "branch": None, "remote": None, "author": None, "added": 0, "removed": 0, "files": []}, "blobs": _sources(cwd, folder), "notes": []}
    root = root.decode("utf-8", "replace").strip()
    said = {name: (_git(root, *words) or b"").decode("utf-8", "replace").strip() or None for name, words in (
        ("commit", ("rev-parse", "HEAD")), ("branch", ("symbolic-ref", "--short", "-q", "HEAD")), ("remote", ("config", "--get", "remote.origin.url")), ("author", ("log", "-1", "--format=%an")),
    )}  # fmt: skip
    notes, files, patched, blobs = [], [], [], []
    names = iter((_git(root, "diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--name-status", "-z", "HEAD") or b"").decode("utf-8", "replace").split("\0")[:-1])
    counts = dict((line.split("\t", 2)[2], line.split("\t", 2)[:2]) for line in (_git(root, "diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--numstat", "-z", "HEAD") or b"").decode("utf-8", "replace").split("\0") if line.count("\t") >= 2)
    for letter, path in zip(names, names):
        added, removed = (int(n) if n.isdigit() else 0 for n in counts.get(path, ("0", "0")))
        files.append({"path": path, "added": added, "removed": removed, "state": {"A": "added", "D": "deleted"}.get(letter, "modified")})
        if is_secret_file(path):
            notes.append("%s may hold secrets: its change is not kept." % path)
        else:
            patched.append(path)
    for path in (_git(root, "ls-files", "-z", "--others", "--exclude-standard") or b"").decode("utf-8", "replace").split("\0")[:-1]:
        if not os.path.join(root, path).startswith(os.path.dirname(folder) + os.sep) and _SOURCE.search(path) and not is_secret_file(path):
            files.append({"path": path, "added": 0, "removed": 0, "state": "untracked"})
            blobs.extend(_kept(folder, "source", path, _content(os.path.join(root, path))))
    for entry in files:
        if entry["path"] in patched and entry["state"] != "deleted":
            blobs.extend(_kept(folder, "source", entry["path"], _content(os.path.join(root, entry["path"]))))
    if patched:
        blobs.extend(_kept(folder, "patch", "", _git(root, "--literal-pathspecs", "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--binary", "HEAD", "--", *patched[:500])))
    if said["remote"]:
        said["remote"] = scrub(said["remote"])
    summed = {side: sum(entry[side] for entry in files) for side in ("added", "removed")}
    return {"state": dict(said, kind="git", files=files, **summed), "blobs": blobs, "notes": notes}


def _sources(cwd, folder):
    blobs, left = [], _MOST_IN_ALL
    for base, folders, names in os.walk(cwd):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in ("node_modules", "__pycache__", "venv", "mlruns", "wandb") and os.path.join(base, name) != os.path.dirname(folder))
        for name in sorted(names):
            path = relative(os.path.join(base, name), cwd)
            content = _content(os.path.join(base, name)) if _SOURCE.search(name) and not is_secret_file(path) else None
            if content is not None and len(content) <= left and len(blobs) < 2000:
                left -= len(content)
                blobs.extend(_kept(folder, "source", path, content))
    return blobs


def _content(path):
    try:
        if os.path.islink(path) or os.path.getsize(path) > _MOST_BYTES:
            return None
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _kept(folder, kind, path, content):
    """Keeps what holds no key by its shape; returns the one blob, or none."""
    if not content or scrub(content.decode("utf-8", "replace")) != content.decode("utf-8", "replace"):
        return []
    digest = hashlib.sha256(content).hexdigest()
    os.makedirs(os.path.join(folder, "code"), exist_ok=True)
    with open(os.path.join(folder, "code", digest), "wb") as file:
        file.write(content)
    return [{"kind": kind, "path": path, "file": "code/" + digest}]


def _git(cwd, *words):
    """What git says; None where it fails or is not there. Runs nothing that the repository's configuration names."""
    quiet = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.devnull, "-c", "core.quotePath=false", "-c", "diff.external=", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env.update(GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0", LC_ALL="C")
    try:
        return subprocess.run(["git"] + quiet + list(words), cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def _events(folder):
    """The whole lines of events.jsonl, in their order; none where it cannot be read."""
    try:
        with open(os.path.join(folder, "events.jsonl"), "rb") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue
    except OSError:
        return


def next_steps(folder):
    """Key → the step that `touchstone.log` goes on with."""
    steps = {}
    for event in _events(folder):
        if event.get("k") == "metric" and isinstance(event.get("step"), int):
            steps[event.get("key")] = max(steps.get(event.get("key"), 0), event["step"] + 1)
    return steps


def measured_files(folder):
    """Size and digest of each input and output that the events name, by path; what is gone is left out."""
    found = {}
    for event in _events(folder):
        path = event.get("path")
        if event.get("k") in ("input", "output") and isinstance(path, str) and path not in found:
            try:
                if os.path.isfile(path):
                    found[path] = {"bytes": os.path.getsize(path), "digest": _digest(path)}
            except OSError:
                continue
    return found


def _digest(path):
    size, digest = os.path.getsize(path), hashlib.sha256()
    try:
        with open(path, "rb") as file:
            if size <= _SAMPLED_ABOVE:
                for block in iter(lambda: file.read(1 << 20), b""):
                    digest.update(block)
                return "sha256:" + digest.hexdigest()
            digest.update(size.to_bytes(8, "little"))
            for index in range(_SAMPLES):
                file.seek((size - (1 << 20)) * index // (_SAMPLES - 1))
                digest.update(file.read(1 << 20))
            return "sampled-sha256:" + digest.hexdigest()
    except OSError:
        return None


class Sampler:
    """Processor time and memory of the script and its children, a line each second at first and each five later."""

    def __init__(self, pid, path):
        self.pid, self.path = pid, path
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def stop(self):
        self.over.set()
        self.thread.join()

    def _work(self):
        count, before, at = 0, {}, time.monotonic()
        while not self.over.wait(1 if count < 10 else 5):
            tree = _tree(self.pid)
            if tree is None:
                return
            now = time.monotonic()
            used = sum(max(0, cpu - before.get(pid, 0)) for pid, (cpu, _) in tree.items())
            line = {"t": int(time.time() * 1000), "cpu": round(100 * used / max(0.001, now - at), 1), "rss": sum(rss for _, rss in tree.values())}
            before, at, count = {pid: cpu for pid, (cpu, _) in tree.items()}, now, count + 1
            with open(self.path, "a") as file:
                file.write(json.dumps(line) + "\n")


def _tree(root):
    """{pid: (seconds of processor time, bytes of memory)} of a process and its descendants; None without /proc."""
    if not sys.platform.startswith("linux"):
        return None
    ticks, page, parents, use = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE"), {}, {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name, "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            parents[int(name)] = int(fields[1])
            use[int(name)] = ((int(fields[11]) + int(fields[12])) / ticks, int(fields[21]) * page)

    def belongs(pid):
        while pid in parents:
            if pid == root:
                return True
            pid = parents[pid]
        return False

    return {pid: use[pid] for pid in use if belongs(pid)}
