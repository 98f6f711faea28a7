"""Captures what a tracked Python process does, without a change to its code.

`start()` runs before the script, in every Python process of a launch. It installs one audit hook and one import finder; all
else is loaded when the script itself loads the library in question. Nothing here may raise into the script or slow it.
"""
import os
import sys

from _touchstone.process import Process

#: The one process record of this interpreter; None until start() has run.
process = None


def start():
    """Begins to capture; a second call does nothing."""
    global process
    if process is not None:
        return
    process = Process(os.environ["TOUCHSTONE_EVENTS"], os.environ.get("TOUCHSTONE_FOLDER") or os.getcwd())

    from _touchstone import files, imports

    if process.claim():
        process.say_hello()
    sys.addaudithook(files.audit_hook(process))
    imports.install(process)
    process.join()
    if process.job is not None:
        from _touchstone import ranks

        ranks.begin(process)


def attach(variables, notebook):
    """Begins to track a kernel that lives already; called again, what follows belongs to another launch.

    Raises where nobody waits for this kernel any more: what it did would be kept nowhere.
    """
    global process
    if os.path.exists(os.path.join(os.path.dirname(variables["TOUCHSTONE_EVENTS"]), "exit.json")):
        raise RuntimeError("Touchstone no longer waits for this kernel. Choose Track below the first cell again.")
    os.environ.update(variables)
    os.environ.pop("TOUCHSTONE_MAIN", None)
    events, folder = os.environ["TOUCHSTONE_EVENTS"], os.environ["TOUCHSTONE_FOLDER"]
    if process is None:
        process = Process(events, folder)
    else:
        process.say_goodbye()
        process.begin(events, folder)
    process.main_pid = os.getpid()
    os.environ["TOUCHSTONE_MAIN"] = str(process.main_pid)
    process.say_hello()

    from _touchstone import files, imports, kernel

    hook = files.audit_hook(process)
    if hook is not None:
        sys.addaudithook(hook)
    imports.install(process)
    loaded = sys.modules.get("touchstone")
    if hasattr(loaded, "_begin"):
        loaded._begin(os.environ["TOUCHSTONE_EVENTS"])
    kernel.watch(process, notebook)
