"""Logs that other trackers' loggers write in this process: the engine follows each file and takes its values in while the script runs.

`source` events name them: what is opened for writing and could be a log by its name, and what a library says it writes elsewhere.
"""
import functools
import os
import sys

#: The engine looks at the first line before it believes that one of these is a log of metrics.
_TABLES = (".csv", ".tsv")


def opened(process, path, mode):
    """A file is opened for writing. `start`: bytes that are there already and are somebody else's, where the script adds to them."""
    if path.__class__ is not str:
        path = os.fsdecode(path)
    name = os.path.basename(path)
    if "tfevents" not in name and not name.endswith(_TABLES):
        return
    whole = os.path.abspath(path)
    if whole.startswith(os.path.join(process.launch_folder, "")):
        return
    start = os.path.getsize(whole) if mode.__class__ is str and "a" in mode and os.path.isfile(whole) else 0
    _tell(process, whole, start, _wandb_file())


def _tell(process, path, start=0, within=None):
    """Names a log, with the number of this process in its job and the run that is active in it."""
    more = {"rank": process.rank} if process.rank > 0 else {}
    within = _mlflow_run() or within
    if within:
        more["within"] = within
    process.emit("source", path=path, start=start, **more)


def _mlflow_run():
    """Id of the run of MLflow's client that is active here."""
    active = getattr(sys.modules.get("mlflow.tracking.fluent"), "active_run", None)
    run = active() if active else None
    return run.info.run_id if run else None


def _wandb_file():
    """The file of the W&B run that is active here."""
    run = getattr(sys.modules.get("wandb"), "run", None)
    path = getattr(getattr(run, "settings", None), "sync_file", None)
    return os.path.abspath(str(path)) if path else None


def patch_wandb(process, module):
    """W&B writes its file from a process of its own: `wandb.init` tells where."""

    def told(run):
        path = getattr(run.settings, "sync_file", None)
        if path and not run.disabled:
            _tell(process, os.path.abspath(str(path)))

    _after(module, "init", told, ("wandb", "wandb.sdk"))


def patch_trackio(process, module):
    """Trackio's database holds all runs of a project: the one that this script began is named with it."""

    def told(run):
        from trackio.sqlite_storage import SQLiteStorage

        path = os.path.abspath(str(SQLiteStorage.get_project_db_path(run.project)))
        _tell(process, "%s#%s" % (path, getattr(run, "id", None) or run.name))

    _after(module, "init", told)


def _after(module, name, tell, others=()):
    """Calls `tell` with what a function of a module gave; `others` may hold the function under the same name already."""
    original = getattr(module, name)

    @functools.wraps(original)
    def wrapped(*args, **kwargs):
        result = original(*args, **kwargs)
        try:
            tell(result)
        except Exception:
            pass
        return result

    setattr(module, name, wrapped)
    for other in others:
        loaded = sys.modules.get(other)
        if getattr(loaded, name, None) is original:
            setattr(loaded, name, wrapped)
