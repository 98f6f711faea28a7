"""Records metrics, params, tags, artifacts and alerts of a run that Touchstone tracks.

    import touchstone
    touchstone.log({"loss": 0.2, "val/acc": 0.91}, step=3)

Standard library only. Outside of a tracked run every function checks nothing and does nothing. The module is on the path of
every tracked run; copy this one file beside a script that also runs elsewhere. Where no engine is in reach (a node of a cluster, a
container) it records runs into a folder, which any engine takes in:

    python touchstone.py run --offline DIR -- python train.py

A point is one append to a file that the engine reads: it takes microseconds, and it survives the script being killed. Of the
processes of a distributed job, params, tags and progress are rank 0's; metrics of rank 1 are named `rank_1/loss`.
"""
import os
import sys
import time

try:
    from _json import encode_basestring_ascii as _quote
except ImportError:
    from json.encoder import encode_basestring_ascii as _quote

__all__ = ["log", "params", "tags", "artifact", "alert", "progress", "active"]


def _ranked(variables):
    """(number, how many) of this process in a distributed job, by the variables of its launcher; (0, 1) outside of one."""
    for name, count in (
        ("RANK", "WORLD_SIZE"), ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
        ("PMIX_RANK", "PMIX_SIZE"), ("PMI_RANK", "PMI_SIZE"), ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
    ):  # fmt: skip
        if name in variables and count in variables:
            try:
                return int(variables[name]), int(variables[count])
            except ValueError:
                pass
    return 0, 1


_path = os.environ.get("TOUCHSTONE_EVENTS") or None
_rank, _ranks = _ranked(os.environ) if _path else (0, 1)
_start_folder = os.getcwd() if _path else None
_fd = None
_identity = None
_warned = False
_torn = False
_next_step = {}
_steps = None
_names = {}
_files = {}


def active():
    """True inside of a tracked run."""
    return _path is not None


def log(metrics, step=None):
    """Records numbers: `log({"loss": 0.2}, step=3)`; nested dictionaries are joined with `/`.

    Without a step, the points of a key are numbered on from its last one, beginning with 0. NaN and infinities are values.
    """
    if _path is None:
        return
    file, line = _site(sys._getframe(1))
    head = '{"k":"metric","t":%d,"key":' % (time.time() * 1000)
    tail = ',"file":%s,"line":%d}\n' % (file, line)
    at = None if step is None else int(step)
    lines = []
    for key, value in _flat(metrics, "/"):
        try:
            number = float(value)
        except (TypeError, ValueError):
            _warn("touchstone.log: %r is not a number (%s); it is left out" % (key, type(value).__name__))
            continue
        here = at
        if here is None:
            here = _next_step.get(key)
            if here is None:
                here = _begun().get(key, 0)
        _next_step[key] = here + 1
        name = _names.get(key)
        if name is None:
            name = _names[key] = _quote(key if _rank == 0 else "rank_%d/%s" % (_rank, key))
        text = repr(number)
        if text[-1] in "nf":
            text = '"NaN"' if number != number else '"Infinity"' if number > 0 else '"-Infinity"'
        lines.append('%s%s,"value":%s,"step":%d%s' % (head, name, text, here, tail))
    if lines:
        _append("".join(lines))


def params(values=None, **more):
    """Records settings: a dictionary, an argparse namespace or a dataclass; nested ones are joined with a dot."""
    if _path is None or _rank > 0:
        return
    given = dict(values if hasattr(values, "keys") else getattr(values, "__dict__", {}) if values is not None else {})
    given.update(more)
    for key, value in _flat(given, "."):
        emit("param", key=key, value=_masked(key, str(value)), source="script")


def tags(values=None, **more):
    """Records words about the run: `tags(stage="pilot")`."""
    if _path is None or _rank > 0:
        return
    for key, value in dict(values or {}, **more).items():
        emit("tag", key=str(key), value=_masked(str(key), str(value)))


def artifact(path, name=None):
    """Keeps a file or folder with the run, under `name` or its own name. It is copied when the run ends, or earlier."""
    if _path is None:
        return
    where = os.path.abspath(os.fspath(path))
    if not os.path.exists(where):
        raise FileNotFoundError("touchstone.artifact: %s does not exist" % where)
    if os.environ.get("TOUCHSTONE_OFFLINE"):  # The engine may never see this disk.
        from _touchstone.offline import keep_artifact

        keep_artifact(os.path.dirname(_path), where, name or os.path.basename(where))
    emit("artifact", path=where, name=name or os.path.basename(where))


def alert(title, text=""):
    """Tells the person at the editor: a notification that leads to this run."""
    if _path is None:
        return
    emit("alert", title=str(title), text=str(text))


def progress(step, total=None):
    """Says how far the run is: shown as `340/1000`."""
    if _path is None or _rank > 0:
        return
    emit("progress", step=int(step), total=None if total is None else int(total))


def emit(kind, **fields):
    """Appends one event; values are str, int, bool, None or a dictionary of strings. Used by the capture beside this file."""
    parts = ['{"k":"%s","t":%d' % (kind, time.time() * 1000)]
    for key, value in fields.items():
        parts.append(',"%s":%s' % (key, _json(value)))
    _append("".join(parts) + "}\n")


def _masked(name, value):
    """Secrets are not even written to the run's own folder."""
    try:
        from _touchstone.mask import masked
    except ImportError:  # Python was started without our path (-I): better too careful.
        return "***" if any(word in name.lower() for word in ("key", "token", "secret", "password")) else value
    return masked(name, value)


def _json(value):
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, dict):
        return "{" + ",".join("%s:%s" % (_quote(str(k)), _json(v)) for k, v in value.items()) + "}"
    return _quote(str(value))


def _flat(values, joint, prefix=""):
    for key, value in values.items():
        key = prefix + str(key)
        if hasattr(value, "keys"):
            yield from _flat(value, joint, key + joint)
        elif hasattr(type(value), "__dataclass_fields__"):
            yield from _flat(value.__dict__, joint, key + joint)
        else:
            yield key, value


def _site(frame):
    name = frame.f_code.co_filename
    quoted = _files.get(name)
    if quoted is not None:
        return quoted, frame.f_lineno
    capture = sys.modules.get("_touchstone")
    cell = capture and capture.process and capture.process.cells.get(name)
    if cell:  # The code of a notebook's cell: its file is nobody's, the notebook is.
        return _quote(cell[0]), cell[1] + frame.f_lineno
    whole = name if name[:1] == "<" else os.path.normpath(os.path.join(_start_folder, name))
    _files[name] = _quote(whole)
    return _files[name], frame.f_lineno


def _begun():
    """Key → the step to go on with, of a run that is resumed."""
    global _steps
    if _steps is None:
        _steps = {}
        try:
            import json

            with open(os.path.join(os.path.dirname(_path), "steps.json")) as file:
                _steps = {str(key): int(step) for key, step in json.load(file).items()}
        except (OSError, ValueError, AttributeError):
            pass
    return _steps


def _begin(path):
    """From now on events go there: a kernel that lives on may be tracked anew."""
    global _path, _start_folder, _fd, _steps
    if _path != path:
        _path, _fd, _steps = path, None, None
        _next_step.clear()
    _start_folder = _start_folder or os.getcwd()


def _append(text):
    """One write of whole lines to a descriptor opened for appending: complete in the file whatever happens next."""
    global _torn
    data = text.encode("ascii", "replace")
    try:
        fd = _descriptor()
        if _torn:  # A full disk took a part of a line: what follows must not hang on it.
            data = b"\n" + data
        written = os.write(fd, data)
        if written < len(data):  # Said only now: other threads write meanwhile.
            _torn = True
            while written < len(data):
                written += os.write(fd, data[written:])
        _torn = False
    except OSError as error:
        _warn("touchstone: events of this run are lost: %s" % error)


def _descriptor():
    # A script may close every descriptor (daemons do), and its next file may get our number: never write into that one.
    global _fd, _identity
    if _fd is not None:
        try:
            found = os.fstat(_fd)
            if (found.st_dev, found.st_ino) == _identity:
                return _fd
        except OSError:
            pass
    _fd = _open()
    found = os.fstat(_fd)
    _identity = (found.st_dev, found.st_ino)
    return _fd


def _open():
    if os.name != "nt":
        return os.open(_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    # The C library of Windows appends by seeking first; only a handle with nothing but FILE_APPEND_DATA is atomic.
    import _winapi
    import msvcrt

    append_data, synchronize, share_all, open_always, normal = 0x4, 0x100000, 0x7, 4, 0x80
    handle = _winapi.CreateFile(_path, append_data | synchronize, share_all, 0, open_always, normal, 0)
    return msvcrt.open_osfhandle(int(handle), 0)


def _warn(text):
    global _warned
    if not _warned:
        _warned = True
        sys.stderr.write(text + "\n")


def _main():
    """The command line, for places without an engine."""
    here = os.path.dirname(os.path.abspath(__file__))
    if not os.path.isdir(os.path.join(here, "_touchstone")):
        here = _unpacked()
    sys.path.insert(0, here)
    from _touchstone.offline import main

    sys.exit(main(sys.argv[1:]))


def _unpacked():
    """The folder with the rest, which this one file carries along in its last line; it is unpacked once."""
    import base64
    import hashlib
    import json
    import tempfile
    import zlib

    with open(os.path.abspath(__file__), "rb") as file:
        line = file.read().rstrip().rpartition(b"\n")[2]
    if not line.startswith(b"#~ "):
        sys.exit("touchstone: the folder _touchstone is missing beside %s. Copy the file that Touchstone was installed with." % __file__)
    name = "python-" + hashlib.sha256(line).hexdigest()[:12]
    caches = [os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "touchstone")]
    try:
        os.makedirs(caches[0], exist_ok=True)
        place = tempfile.mkdtemp(dir=caches[0])
    except OSError:  # A container's user may have no home.
        place = tempfile.mkdtemp()
        caches = []
    folder = os.path.join(caches[0], name) if caches else place
    if not os.path.isdir(os.path.join(folder, "_touchstone")):
        for path, text in json.loads(zlib.decompress(base64.b64decode(line[3:]))).items():
            target = os.path.join(place, *path.split("/"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8") as file:
                file.write(text)
    if folder != place:
        try:
            os.rename(place, folder)
        except OSError:  # Somebody was first.
            import shutil

            shutil.rmtree(place, ignore_errors=True)
    return folder


if __name__ == "__main__":
    _main()
