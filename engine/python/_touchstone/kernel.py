"""Notebooks: which cells ran, in which order, and what ended one of them.

The executed code is one text: the source of each cell in the order of execution, under a line `# %% [n]`. Lines of events count
in that text, under the notebook's name.
"""
import os

from _touchstone.mask import scrub


def patch_shell(process, module):
    """A kernel that a launch starts itself is watched from its first cell on."""
    notebook = os.environ.get("TOUCHSTONE_NOTEBOOK")
    if not notebook or not process.is_main():
        return
    shell = module.InteractiveShell
    init = shell.__init__

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        try:
            _Cells(process, self, notebook)
        except Exception:
            pass

    shell.__init__ = __init__


def watch(process, notebook):
    """Watches the cells of a kernel that lives already."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    before = getattr(shell, "_touchstone_cells", None)
    if before is not None:
        before.stop()
    shell._touchstone_cells = _Cells(process, shell, notebook)


class _Cells:
    def __init__(self, process, shell, notebook):
        self.process = process
        self.shell = shell
        self.notebook = os.path.abspath(notebook)
        self.count = 0
        self.lines = 0
        self.offset = 0
        self.cache = shell.compile.cache
        shell.compile.cache = self._cache
        shell.events.register("pre_run_cell", self._before)
        shell.events.register("post_run_cell", self._after)

    def stop(self):
        self.shell.compile.cache = self.cache
        self.shell.events.unregister("pre_run_cell", self._before)
        self.shell.events.unregister("post_run_cell", self._after)

    def _before(self, info=None):
        try:
            source = getattr(info, "raw_cell", "") or ""
            if not source.strip() or getattr(info, "silent", False):
                return
            self.count += 1
            # The header is one line, so the first line of the cell is the next one.
            self.offset = self.lines + 1
            self.lines += 1 + len(source.rstrip("\n").split("\n"))
            self.process.emit("cell", index=self.count, source=scrub(source.rstrip("\n")))
        except Exception:
            return

    def _cache(self, *args, **kwargs):
        name = self.cache(*args, **kwargs)
        self.process.cells[name] = (self.notebook, self.offset)
        return name

    def _after(self, result=None):
        try:
            error = getattr(result, "error_before_exec", None) or getattr(result, "error_in_exec", None)
            if error is not None:
                from _touchstone import errors

                errors.uncaught(self.process, type(error), error, error.__traceback__)
        except Exception:
            return
