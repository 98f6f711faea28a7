"""Runs a notebook without a window: `python notebook.py train.ipynb [arguments]`.

Its cells run in order in a real kernel of this Python; what they print comes as it is printed. The first error ends it with code 1,
unless the cell carries the tag `raises-exception`. The notebook with its outputs becomes an artifact of the run; the file itself
is not changed. Further words are the notebook's `sys.argv[1:]`.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile


def main(words):
    path = os.path.abspath(words[0])
    try:
        with open(path, encoding="utf-8") as file:
            notebook = json.load(file)
        cells = [cell for cell in notebook["cells"] if cell.get("cell_type") == "code"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _refuse("%s is no notebook that can be read: %s" % (path, error))
    language = notebook.get("metadata", {}).get("kernelspec", {}).get("language") or "python"
    if language != "python":
        return _refuse("Notebooks in %s cannot be run here; only Python ones." % language)
    try:
        import ipykernel  # noqa: F401
        from jupyter_client.manager import KernelManager
    except ImportError:
        return _refuse("To run a notebook, this Python needs ipykernel: %s -m pip install ipykernel" % sys.executable)

    os.environ["TOUCHSTONE_NOTEBOOK"] = path
    # Sockets that only this user can open; Windows has none. Their default place is relative, and the kernel's folder another one.
    sockets = tempfile.mkdtemp(prefix="touchstone-")
    manager = KernelManager(transport="tcp") if os.name == "nt" else KernelManager(transport="ipc", ip=os.path.join(sockets, "kernel"))
    manager.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager.start_kernel(cwd=os.path.dirname(path), stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=120)
        client.execute("import sys; sys.argv[1:] = %r" % (words[1:],), silent=True, reply=True)
        return _Run(manager, client, notebook).cells(cells)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=False)
        shutil.rmtree(sockets, ignore_errors=True)
        _keep(path, notebook)


def _refuse(text):
    sys.stderr.write(text + "\n")
    return 2


class _Run:
    def __init__(self, manager, client, notebook):
        self.manager = manager
        self.client = client

    def cells(self, cells):
        for count, cell in enumerate(cells, 1):
            source = cell.get("source", "")
            source = source if isinstance(source, str) else "".join(source)
            cell["outputs"], cell["execution_count"] = [], None
            if not source.strip():
                continue
            cell["execution_count"] = count
            if not self._execute(source, cell["outputs"]) and "raises-exception" not in cell.get("metadata", {}).get("tags", []):
                return 1
        return 0

    def _execute(self, source, outputs):
        """True where the cell ended without an error."""
        request = self.client.execute(source, allow_stdin=True, stop_on_error=True)
        fine = True
        interrupted = False
        while True:
            try:
                message = self._next(request)
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
                self.manager.interrupt_kernel()
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return fine
            if kind == "stream":
                stream = sys.stderr if content["name"] == "stderr" else sys.stdout
                stream.write(content["text"])
                stream.flush()
                outputs.append({"output_type": "stream", "name": content["name"], "text": content["text"]})
            elif kind in ("execute_result", "display_data"):
                text = content["data"].get("text/plain", "")
                sys.stdout.write(text + "\n")
                sys.stdout.flush()
                output = {"output_type": kind, "data": content["data"], "metadata": content["metadata"]}
                if kind == "execute_result":
                    output["execution_count"] = content["execution_count"]
                outputs.append(output)
            elif kind == "error":
                sys.stderr.write("\n".join(content["traceback"]) + "\n")
                outputs.append({"output_type": "error", "ename": content["ename"], "evalue": content["evalue"], "traceback": content["traceback"]})
                fine = False

    def _next(self, request):
        """The next message of this request; meanwhile a cell may ask for input, or its kernel may die."""
        from queue import Empty

        while True:
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
                if message["parent_header"].get("msg_id") == request:
                    return message
            except Empty:
                if not self.manager.is_alive():
                    raise SystemExit("The kernel died.")
            if self.client.stdin_channel.msg_ready():
                asked = self.client.get_stdin_msg(timeout=1)
                sys.stdout.write(asked["content"].get("prompt", ""))
                sys.stdout.flush()
                self.client.input(sys.stdin.readline().rstrip("\n"))


def _keep(path, notebook):
    """Leaves the notebook with its outputs in the launch's folder and names it as an artifact."""
    events = os.environ.get("TOUCHSTONE_EVENTS")
    if not events:
        return
    target = os.path.join(os.path.dirname(events), "executed.ipynb")
    with open(target, "w", encoding="utf-8") as file:
        json.dump(notebook, file)
    import touchstone

    touchstone.artifact(target, os.path.basename(path))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
