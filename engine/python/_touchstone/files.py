"""Files that the script reads and writes, and what it did not catch: one audit hook sees both.

A file is named once per process, with the line of the person's code that opened it; size and digest are the engine's work.
"""
import os
import sys

from _touchstone import loggers

#: Files under the folder with these endings are code or by-products, never data.
_IGNORED_ENDINGS = (".py", ".pyc", ".pyi", ".so", ".pyd", ".dll", ".dylib", ".pth", ".lock", "-journal", "-wal", "-shm")
#: Outside of the folder only these are taken for data.
_DATA_ENDINGS = (
    ".csv", ".tsv", ".parquet", ".feather", ".arrow", ".jsonl", ".ndjson", ".json.gz", ".csv.gz", ".h5", ".hdf5", ".npy", ".npz",
    ".pt", ".ckpt", ".safetensors", ".onnx", ".pkl", ".pickle", ".joblib", ".tfrecord", ".tfrecords", ".xlsx", ".sqlite", ".db", ".zip", ".tar",
)  # fmt: skip
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/usr/", "/etc/", "/lib/", "/opt/", "/run/", "/var/lib/")
#: After so many files of one kind in one directory, the directory stands for the rest.
_PER_DIRECTORY = 100
_WRITING = os.O_WRONLY | os.O_RDWR

_state = None


class _Files:
    def __init__(self, process):
        self.process = process
        self.seen = set()
        self.begin()
        prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__)}
        self.outside = tuple(os.path.join(prefix, "") for prefix in prefixes) + _SYSTEM

    def begin(self):
        """From now on the files belong to another launch: a kernel that lives on may be tracked anew."""
        self.counts = {}
        self.named = set()
        self.seen.clear()

    def note(self, kind, path, frame, whole_directory=False):
        """`kind` is `input` or `output`; `path` what the caller passed to open; some readers open a directory as one table."""
        if type(path) is bytes:
            path = os.fsdecode(path)
        elif type(path) is not str:
            path = os.fspath(path)
        whole = os.path.abspath(path)
        if not self._is_data(whole):
            return
        folder = os.path.dirname(whole)
        count = self.counts.get((kind, folder), 0)
        if count > _PER_DIRECTORY:
            return
        if (kind, whole) in self.named:
            return
        if kind == "input" and (not (os.path.isfile(whole) or whole_directory and os.path.isdir(whole)) or ("output", whole) in self.named):
            return
        self.counts[kind, folder] = count + 1
        if count == _PER_DIRECTORY:
            whole = folder
        self.named.add((kind, whole))
        file, line = self.process.site(frame)
        self.process.emit(kind, path=whole, file=file, line=line)

    def moved(self, source, target, frame):
        """A file written under another name and renamed is an output under its last name."""
        if ("output", os.path.abspath(os.fsdecode(source))) in self.named:
            self.note("output", target, frame)

    def _is_data(self, path):
        name = os.path.basename(path)
        if name.endswith(_IGNORED_ENDINGS) or name.startswith(".env"):
            return False
        if path.startswith(os.path.join(self.process.launch_folder, "")):
            return False
        if any(path.startswith(root) for root in self.process.roots):
            return self.process.owns(path)
        return name.endswith(_DATA_ENDINGS) and not path.startswith(self.outside) and os.sep + "." not in path


def audit_hook(process):
    """Returns the hook, once. It is called for every audit event of the interpreter: what is not ours must cost nothing."""
    global _state
    if _state is not None:
        _state.begin()
        return None
    files = _state = _Files(process)
    seen = files.seen

    def hook(event, args):
        try:
            if event == "open":
                path, mode, flags = args
                if path.__class__ is int:
                    return
                if mode.__class__ is str:
                    writing = "w" in mode or "a" in mode or "+" in mode or "x" in mode
                else:
                    writing = bool((flags or 0) & _WRITING)
                if (path, writing) in seen:
                    return
                seen.add((path, writing))
                if writing:
                    loggers.opened(process, path, mode)
                files.note("output" if writing else "input", path, sys._getframe(1))
                if mode.__class__ is str and "+" in mode and "w" not in mode:
                    files.note("input", path, sys._getframe(1))
            elif event == "os.chdir":
                seen.clear()
            elif event == "os.rename":
                files.moved(args[0], args[1], sys._getframe(1))
            elif event == "sqlite3.connect":
                files.note("input", args[0], sys._getframe(1))
            elif event == "sys.excepthook" and not issubclass(args[1], (KeyboardInterrupt, SystemExit)):
                # An interpreter forgets that it was interrupted, and exits with 1, when modules are imported here.
                from _touchstone import errors

                errors.uncaught(process, args[1], args[2], args[3])
        except Exception:
            return

    return hook


def note(kind, path, frame, whole_directory=False):
    """For readers and writers that open files outside of Python; never raises."""
    try:
        if _state is not None:
            _state.note(kind, path, frame, whole_directory)
    except Exception:
        return
