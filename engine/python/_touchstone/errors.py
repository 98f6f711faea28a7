"""The exception that ended the script, or one of its threads: type, message, line and traceback."""
import traceback

_LONGEST_MESSAGE = 2_000
_LONGEST_TRACEBACK = 64_000


def uncaught(process, kind, value, trace):
    """Says which exception was not caught. An interrupt is the person's doing, not an error."""
    if kind is None or issubclass(kind, (KeyboardInterrupt, SystemExit)):
        return
    file, line = None, None
    step = trace
    while step is not None:
        found = process.place(step.tb_frame.f_code.co_filename, step.tb_lineno)
        if found is not None:
            file, line = found
        step = step.tb_next
    if isinstance(value, SyntaxError) and value.filename and value.lineno and process.place(value.filename, value.lineno):
        file, line = process.place(value.filename, value.lineno)
    text = "".join(traceback.format_exception(kind, value, trace))
    if len(text) > _LONGEST_TRACEBACK:
        half = _LONGEST_TRACEBACK // 2
        text = text[:half] + "\n  …\n" + text[-half:]
    name = kind.__name__ if kind.__module__ in ("builtins", "__main__") else "%s.%s" % (kind.__module__, kind.__qualname__)
    message = str(value)[:_LONGEST_MESSAGE]
    more = {}
    if process.job is not None and process.job.is_rank:
        more = {"rank": process.rank, "attempt": process.job.attempt}
    killed = _killed_rank(value)
    if killed is not None:
        more, message = {"rank": killed[0]}, "ended by %s" % killed[1]
    process.emit("exception", type=name, message=message, file=file, line=line, traceback=text, main=process.is_main(), **more)


def _killed_rank(value):
    """(rank, signal) of the rank that a signal ended, where torchrun says so: it left no exception of its own."""
    failures = getattr(value, "failures", None)
    if type(value).__name__ != "ChildFailedError" or not isinstance(failures, dict):
        return None
    for rank, failure in sorted(failures.items()):
        # The launcher itself ends the others with SIGTERM.
        if failure.exitcode < 0 and failure.signal_name() != "SIGTERM":
            return rank, failure.signal_name()
    return None


def patch_threading(process, module):
    """A thread's exception goes to `threading.excepthook`, which no audit event tells of."""
    original = module.excepthook

    def excepthook(args, *rest):
        try:
            uncaught(process, args.exc_type, args.exc_value, args.exc_traceback)
        except Exception:
            pass
        return original(args, *rest)

    module.excepthook = excepthook
