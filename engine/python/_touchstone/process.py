"""What the hooks share: the folder, whose frame is the person's, and whether this is the process that the person started."""
import os
import sys

#: Path components that never hold the person's own code or data.
FOREIGN = ("site-packages", "dist-packages", "__pycache__", ".git", ".touchstone", "node_modules", "mlruns", ".ipynb_checkpoints")


def load_events():
    """Loads the sibling `touchstone.py` under a private name: a script may have a `touchstone` of its own."""
    from _frozen_importlib_external import SourceFileLoader

    path = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "touchstone.py")
    module = type(sys)("_touchstone_events")
    module.__file__ = path
    SourceFileLoader("_touchstone_events", path).exec_module(module)
    module._warned = True  # Only what the script itself records is worth a line on its screen.
    return module


class Process:
    """One Python process of a launch."""

    def __init__(self, events, folder):
        self._events = load_events()
        self.emit = self._events.emit
        #: Its number in a distributed job of `ranks` processes.
        self.rank, self.ranks = self._events._rank, self._events._ranks
        #: That job; None where there is none.
        self.job = None
        self.begin(events, folder)

    def begin(self, events, folder):
        """What is captured from now on belongs to the launch of these events."""
        self._events._begin(events)
        self.launch_folder = os.path.dirname(os.path.abspath(events))
        self.cwd = os.getcwd()
        given = os.path.abspath(folder)
        real = os.path.realpath(given)
        self.roots = tuple(root.rstrip(os.sep) + os.sep for root in dict.fromkeys((given, real)))
        self.main_pid = None
        self._sites = {}
        #: Name of a cell's code → (notebook, lines executed before it).
        self.cells = {}

    def claim(self):
        """True in the first process whose script lies under the folder, and in no other one of the launch.

        A launcher such as `torchrun` is not the script; of several equal workers the first one stands for all.
        """
        if os.environ.get("TOUCHSTONE_MAIN") or not self._is_script():
            return False
        if self.rank > 0 or os.environ.get("LOCAL_RANK", "0") not in ("0", ""):
            return False
        try:
            os.close(os.open(os.path.join(self.launch_folder, "main"), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError:
            return False
        self.main_pid = os.getpid()
        os.environ["TOUCHSTONE_MAIN"] = str(self.main_pid)
        return True

    def join(self):
        """Finds the distributed job that this is a process of; one that is in none may start one."""
        from _touchstone import jobs

        if self.ranks > 1:
            self.job = jobs.Job(self.launch_folder, self.rank, os.environ, self._is_script())
        else:
            jobs.launches(os.environ)

    def say_hello(self):
        """Tells the engine which Python this is; what is installed there it asks itself."""
        self.emit("env", python="%d.%d.%d" % sys.version_info[:3], executable=sys.executable, prefix=sys.prefix, pid=os.getpid())

    def say_goodbye(self):
        """Ends the launch that this kernel was tracked into before: another one begins."""
        import time

        path = os.path.join(self.launch_folder, "exit.json")
        with open(path + ".new", "w") as file:
            file.write('{"code":0,"signal":null,"end":%d}' % (time.time() * 1000))
        os.replace(path + ".new", path)

    def is_main(self):
        """True in the process that the person started, and in none of its forks."""
        return self.main_pid == os.getpid()

    def _is_script(self):
        words = getattr(sys, "orig_argv", None) or _command_line()
        first = sys.argv[0] if sys.argv else ""
        if first == "-m" and "-m" in words:
            module = words[words.index("-m") + 1]
            if module == "debugpy":
                return self._is_debugged(words)
            return module.startswith("ipykernel") or self._is_module(module)
        if first == "-c":
            return True
        if os.path.basename(first) == "debugpy":
            return self._is_debugged(words)
        # What stands beside the interpreter came with a package (torchrun, accelerate), also where the environment lies in the folder.
        installed = os.path.dirname(os.path.abspath(first)) == os.path.dirname(os.path.abspath(sys.executable or ""))
        return bool(first) and not installed and self.owns(os.path.abspath(first))

    def _is_debugged(self, words):
        """debugpy runs the script that it is given in its own process."""
        return any(word.endswith(".py") and self.owns(os.path.abspath(word)) for word in words)

    def _is_module(self, name):
        base = os.path.join(self.cwd, *name.split("."))
        return self.owns(base) and (os.path.exists(base + ".py") or os.path.isdir(base))

    def owns(self, path):
        """True for an absolute path of the person's own under the folder."""
        for root in self.roots:
            if path.startswith(root):
                inner = path[len(root) - 1 :].replace("\\", "/")
                return not any("/%s/" % part in inner for part in FOREIGN)
        return False

    def source(self, name):
        """The absolute path of a code object's file where that is the person's own, else None; remembered."""
        try:
            return self._sites[name]
        except KeyError:
            path = None
            if name and name[0] != "<":
                whole = os.path.normpath(os.path.join(self.cwd, name))
                if self.owns(whole):
                    path = whole
            self._sites[name] = path
            return path

    def place(self, name, line):
        """(file, line) of a line of the person's own code, else None; a notebook's cells are lines of what was executed."""
        cell = self.cells.get(name)
        if cell is not None:
            return cell[0], cell[1] + line
        path = self.source(name)
        return None if path is None else (path, line)

    def site(self, frame):
        """(file, line) of the nearest frame of the person's own code, from `frame` outwards; (None, None) where there is none."""
        while frame is not None:
            found = self.place(frame.f_code.co_filename, frame.f_lineno)
            if found is not None:
                return found
            frame = frame.f_back
        return None, None


def _command_line():
    """The command line of this process where Python itself does not tell (before 3.10)."""
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return file.read().decode("utf-8", "replace").split("\0")
    except OSError:
        return []
