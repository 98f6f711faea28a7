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
        process.emit("env", python="%d.%d.%d" % sys.version_info[:3], executable=sys.executable, prefix=sys.prefix)
    sys.addaudithook(files.audit_hook(process))
    imports.install(process)
