"""The settings that the script's own argument parser arrived at: given ones and defaults, from argparse, click and typer."""
import functools
import sys

from _touchstone.mask import MASK, is_secret, masked

_SIMPLE = (str, int, float, bool, type(None))
_LONGEST = 6_000


def _text(value):
    """A setting as text; None where it is no setting (a function, a module, an open file's handle has its name)."""
    if isinstance(value, _SIMPLE):
        return str(value)
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        return repr(value)
    if callable(value) or isinstance(value, type(sys)):
        return None
    name = getattr(value, "name", None)
    return str(value) if not isinstance(name, str) else name


class Reported:
    """Says each setting once, and again only when it has another value."""

    def __init__(self, process):
        self.process = process
        self.last = {}

    def report(self, key, value, given, hidden=False):
        """Emits one param with the source `argument` where it was given, else `default`."""
        text = _text(value)
        if text is None or key.startswith("_"):
            return
        text = MASK if hidden and text not in ("", "None") else masked(key, text)[:_LONGEST]
        # A second parser takes the first one's namespace for defaults: what was given stays given.
        launch = self.process.launch_folder
        source = "argument" if given or self.last.get(key) == (text, "argument", launch) else "default"
        if self.last.get(key) != (text, source, launch):
            self.last[key] = (text, source, launch)
            self.process.emit("param", key=key, value=text, source=source)


def patch_argparse(process, argparse):
    """Reads the namespace that the outermost parse_args or parse_known_args of the script returned."""
    parser = argparse.ArgumentParser
    parse, get_values = parser.parse_known_args, parser._get_values
    reported = Reported(process)
    given = []
    #: Names under which an option with a secret name is stored: `--pass` may have `dest="word"`.
    hidden = set()

    def hide(actions):
        hidden.update(action.dest for action in actions if any(is_secret(option) for option in action.option_strings))

    @functools.wraps(get_values)
    def _get_values(self, action, strings):
        # Called for each argument that stands on the command line, and for absent optional positionals with nothing.
        if given and (strings or action.option_strings):
            given[-1].add(action.dest)
            hide([action])
        return get_values(self, action, strings)

    @functools.wraps(parse)
    def parse_known_args(self, args=None, namespace=None, *rest, **more):
        outermost = not given and process.is_main() and (args is None or list(args) == sys.argv[1:] or _is_own(process))
        if not outermost:
            return parse(self, args, namespace, *rest, **more)
        given.append(set())
        try:
            result = parse(self, args, namespace, *rest, **more)
        finally:
            names = given.pop()
        try:
            hide(self._actions)
            for key, value in vars(result[0]).items():
                reported.report(key, value, key in names, key in hidden)
        except Exception:
            pass
        return result

    parser._get_values = _get_values
    parser.parse_known_args = parse_known_args


def _is_own(process):
    """True where the person's code called argparse, not a library."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.endswith("argparse.py"):
        frame = frame.f_back
    return frame is not None and process.place(frame.f_code.co_filename, 1) is not None


def patch_click(process, core):
    """Reads a command's resolved params right before its function runs; typer carries its own copy of click."""
    command = core.Command
    invoke = command.invoke
    reported = Reported(process)

    @functools.wraps(invoke)
    def wrapped(self, ctx, *rest, **more):
        try:
            if process.is_main():
                hidden = {param.name for param in self.params if getattr(param, "hide_input", False)}
                for key, value in ctx.params.items():
                    reported.report(key, value, _is_given(ctx, key), key in hidden)
        except Exception:
            pass
        return invoke(self, ctx, *rest, **more)

    command.invoke = wrapped


def _is_given(ctx, key):
    source = getattr(ctx, "get_parameter_source", lambda _: None)(key)
    return source is None or source.name not in ("DEFAULT", "DEFAULT_MAP")
