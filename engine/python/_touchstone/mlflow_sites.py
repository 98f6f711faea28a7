"""Where in the script the MLflow client was asked to log: the client itself sends keys and values, never lines."""
import functools
import sys

from _touchstone.mask import scrub

#: Function → (what it logs, how its first argument names keys).
_FLUENT = {
    "log_metric": ("metric", lambda key: [key]),
    "log_metrics": ("metric", list),
    "log_param": ("param", lambda key: [key]),
    "log_params": ("param", list),
    "log_artifact": ("artifact", lambda path: [str(path)]),
    "log_artifacts": ("artifact", lambda path: [str(path)]),
    "set_tag": ("tag", lambda key: [key]),
    "set_tags": ("tag", list),
}


def patch_fluent(process, module):
    """Emits one `site` for each key and line, when the script itself makes the call."""
    said = set()
    for name, (what, keys) in _FLUENT.items():
        function = getattr(module, name, None)
        if function is not None:
            setattr(module, name, _wrap(process, function, what, keys, said))


def _wrap(process, function, what, keys, said):
    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        try:
            frame = sys._getframe(1)
            found = process.place(frame.f_code.co_filename, frame.f_lineno)
            if found is not None:
                file, line = found
                first = args[0] if args else next(iter(kwargs.values()))
                for key in keys(first):
                    if (key, file, line, process.launch_folder) not in said:
                        said.add((key, file, line, process.launch_folder))
                        process.emit("site", what=what, key=key, file=file, line=line)
        except Exception:
            pass
        return function(*args, **kwargs)

    return wrapped


def patch_uri(process, module):
    """A tracking URI that the code sets is left alone, and the run says where its numbers went."""
    original = module.set_tracking_uri

    @functools.wraps(original)
    def set_tracking_uri(uri, *args, **kwargs):
        try:
            import os

            if str(uri).rstrip("/") != os.environ.get("MLFLOW_TRACKING_URI", "").rstrip("/"):
                file, line = process.site(sys._getframe(1))
                where = "%s:%s sets" % (os.path.basename(file), line) if file else "A library sets"
                process.emit("note", text="%s the MLflow tracking URI to %s: what is logged with MLflow goes there, not here." % (where, scrub(str(uri))))
        except Exception:
            pass
        return original(uri, *args, **kwargs)

    module.set_tracking_uri = set_tracking_uri
