"""Starts Touchstone's capture in a tracked Python process, then hands over to the person's own sitecustomize.

This folder stands first on PYTHONPATH of a tracked launch. The file must parse on any Python, old ones included.
"""
import os
import sys


def _own_sitecustomize():
    """Runs the sitecustomize that this one hides, exactly as `site` would have: its errors are its own.

    Other tools wrap sitecustomize the same way and may come back here; a folder is therefore visited once.
    """
    from importlib.machinery import ModuleSpec, PathFinder

    visited = sys.__dict__.setdefault("_touchstone_sitecustomize", set())
    visited.add(os.path.dirname(os.path.abspath(__file__)))
    rest = [folder for folder in sys.path if os.path.abspath(folder or ".") not in visited]
    spec = PathFinder.find_spec("sitecustomize", rest)
    if spec is None or spec.loader is None or not isinstance(spec, ModuleSpec):
        return
    if spec.origin:
        visited.add(os.path.dirname(os.path.abspath(spec.origin)))
    module = type(sys)("sitecustomize")
    module.__spec__ = spec
    module.__file__ = spec.origin
    module.__loader__ = spec.loader
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


if os.environ.get("TOUCHSTONE_EVENTS") and sys.version_info >= (3, 8) and "_touchstone" not in sys.modules:
    try:
        import _touchstone

        _touchstone.start()
    except Exception as error:  # A fault of the capture must never be a fault of the script.
        if os.environ.get("TOUCHSTONE_DEBUG"):
            sys.stderr.write("touchstone: nothing is captured inside this process: %r\n" % (error,))

if sys.version_info >= (3, 5):
    _own_sitecustomize()
