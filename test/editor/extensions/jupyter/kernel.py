"""Starts a real ipykernel in the folder given, and executes what comes as lines of JSON: {"code", "quiet"}; answers {"mime", "text"}… then {"done"}."""
import json
import queue
import subprocess
import sys

from jupyter_client.manager import KernelManager


def say(**message):
    print(json.dumps(message), flush=True)


manager = KernelManager()
manager.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
manager.start_kernel(cwd=sys.argv[1], stdin=subprocess.DEVNULL)
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=120)
say(done="ready")
for line in sys.stdin:
    asked = json.loads(line)
    # As the Jupyter extension executes for other extensions: neither counted nor kept in the history.
    identity = client.execute(asked["code"], silent=False, store_history=not asked["quiet"], allow_stdin=False)
    while True:
        try:
            message = client.get_iopub_msg(timeout=60)
        except queue.Empty:
            break
        if message["parent_header"].get("msg_id") != identity:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            say(mime="application/x.notebook.stream." + content["name"], text=content["text"])
        elif kind in ("execute_result", "display_data"):
            say(mime="text/plain", text=content["data"].get("text/plain", ""))
        elif kind == "error":
            error = {"name": content["ename"], "message": content["evalue"], "stack": "\n".join(content["traceback"])}
            say(mime="application/vnd.code.notebook.error", text=json.dumps(error))
        elif kind == "status" and content["execution_state"] == "idle":
            break
    say(done="idle")
manager.shutdown_kernel(now=True)
