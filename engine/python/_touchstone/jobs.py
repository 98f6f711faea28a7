"""Which distributed job of its launch this process is a rank of.

A launch may start several jobs, one after the other or beside each other, and a launcher may start the ranks of its job once more
(`torchrun --max-restarts`): those go on with the runs of the ranks before them. A job has a number, a file `ranks/<number>.job` with
what tells it from others, and a folder `ranks/<number>` for its ranks.
"""
import os
import time

#: The Python process that started the ranks, handed down by it.
_LAUNCHER = "TOUCHSTONE_LAUNCHER"
#: `<number of the job>/<rank>`, handed down by a rank to the processes that it starts.
_RANK = "TOUCHSTONE_RANK"
#: PROCESS_QUERY_LIMITED_INFORMATION and STILL_ACTIVE of Windows, where this was never run.
_QUERY, _STILL_ACTIVE = 0x1000, 259


def launches(variables):
    """Notes in a process that is no rank that it is the launcher of the ranks it may start."""
    variables[_LAUNCHER] = "%d.%d" % (os.getpid(), time.time() * 1000)


class Job:
    """A distributed job, as one of its processes knows it."""

    def __init__(self, launch_folder, rank, variables, is_script):
        self.rank = rank
        #: True in the first process of a rank, and in that of its next attempt: what it starts is not the rank.
        self.is_rank = False
        restarts = variables.get("TORCHELASTIC_RESTART_COUNT", "")
        #: How often the launcher had started the ranks before.
        self.attempt = int(restarts) if restarts.isdigit() else 0
        self._all = os.path.join(launch_folder, "ranks")
        name, again = _identity(variables)
        number, _, of = variables.get(_RANK, "").partition("/")
        inherited = number.isdigit() and of == str(rank)
        self.number = int(number) if inherited else self._number(name, again)
        self.folder = os.path.join(self._all, str(self.number))
        os.makedirs(self.folder, exist_ok=True)
        if is_script and not inherited and not _is_alive(self._holder(self.number)):
            self._claim()
            variables[_RANK] = "%d/%d" % (self.number, rank)

    def run(self, index):
        """Id of a run that rank 0 began, by the order in which it did; None as long as there is none."""
        try:
            with open(os.path.join(self.folder, "runs")) as file:
                return file.read().split("\n")[:-1][index]
        except (OSError, IndexError):
            return None

    def began(self, run):
        """Rank 0 began one more run."""
        target = os.open(os.path.join(self.folder, "runs"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(target, (run + "\n").encode("ascii"))
        finally:
            os.close(target)

    def _number(self, name, again):
        """The first job of that name in which this rank has not been; with `again` also one in which it has."""
        os.makedirs(self._all, exist_ok=True)
        number = 1
        while not self._is(number, name) or not (again or self._holder(number) is None or _is_alive(self._holder(number))):
            number += 1
        return number

    def _is(self, number, name):
        """True where the job of that number has this name, which it gets where it has none."""
        path = os.path.join(self._all, "%d.job" % number)
        own = "%s.%d" % (path, os.getpid())
        if not os.path.exists(path):
            with open(own, "w") as file:
                file.write(name)
            try:
                os.link(own, path)  # Whole at once, and one of several that try.
            except OSError:
                if not os.path.exists(path):  # A disk without links.
                    os.replace(own, path)
            if os.path.exists(own):
                os.remove(own)
        with open(path) as file:
            return file.read() == name

    def _holder(self, number):
        """The process that was this rank last; None where there was none."""
        try:
            with open(os.path.join(self._all, str(number), "%d.pid" % self.rank)) as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def _claim(self):
        path = os.path.join(self.folder, "%d.pid" % self.rank)
        with open("%s.%d" % (path, os.getpid()), "w") as file:
            file.write(str(os.getpid()))
        os.replace("%s.%d" % (path, os.getpid()), path)
        self.is_rank = True


def _identity(variables):
    """(what all ranks of the job have in common, True where a rank that comes after its own end belongs to the same job)."""
    torch, launcher = variables.get("TORCHELASTIC_RUN_ID"), variables.get(_LAUNCHER, "")
    if torch is None:
        return "/".join(variables.get(name, "") for name in (_LAUNCHER, "PMIX_NAMESPACE", "SLURM_JOB_ID", "SLURM_STEP_ID")), False
    # Where each machine has a launcher, it is the name that they share; who uses that name again begins with no restart.
    if launcher and variables.get("GROUP_WORLD_SIZE", "1") == "1":
        return launcher, True
    return torch, variables.get("TORCHELASTIC_RESTART_COUNT", "0") != "0"


def _is_alive(pid):
    if pid is None:
        return False
    try:
        if os.name != "nt":
            os.kill(pid, 0)
            return True
        import _winapi  # Signal 0 is an interrupt there.

        handle = _winapi.OpenProcess(_QUERY, False, pid)
        try:
            return _winapi.GetExitCodeProcess(handle) == _STILL_ACTIVE
        finally:
            _winapi.CloseHandle(handle)
    except OSError:
        return False
