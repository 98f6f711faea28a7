"""Keeps calls of MLflow's client in the launch's folder while nobody answers them, so that they are taken in later.

Installed when the script's first library loads `requests`, and asked about calls to the launch's own tracking URI only. While the
engine is there, a call costs two comparisons more. When it is gone (killed, replaced, not to be started), what is logged to
runs is appended to `spool.jsonl` and answered at once; the engine takes it in before it answers this process again. What asks for
something waits a few seconds for the next engine and fails then, with a sentence. With `TOUCHSTONE_OFFLINE` there is no engine
at all, and every call is answered here.
"""
import hashlib
import io
import json
import os
import time
import uuid
from urllib.parse import unquote, urlsplit

from _touchstone.answers import Answers, Refused
from _touchstone.spool_file import append, flush_folder

#: A killed engine is back within two seconds; who needs its answer waits so long, once for each time that it is away.
PATIENCE = 5.0
_REST = 0.1
_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/"
#: Tells the engine up to which byte of the spool it has to know what was kept before it answers.
_HEADER = "X-Touchstone-Spooled"
#: The id that a run or logged model gets: known here before the engine says it, so that a call whose answer was lost is known again.
_ID = "X-Touchstone-Id"


class Call:
    """One request to the tracking URI."""

    def __init__(self, request, base):
        self.request = request
        self.method = request.method
        path = request.url[len(base):]
        self.path = urlsplit(path).path
        self.artifact = self.path.startswith(_ARTIFACTS) and self.path != _ARTIFACTS
        marker = "/mlflow/"
        at = self.path.find(marker)
        version = "3.0/" if self.path.startswith(("/api/3.0/", "/ajax-api/3.0/")) else ""
        #: As engine/mlflow names its routes: `POST runs/log-metric`, `GET 3.0/traces/<id>`.
        self.route = "%s %s%s" % (self.method, version, self.path[at + len(marker):]) if at >= 0 else "%s %s" % (self.method, self.path)
        self.query = urlsplit(path).query
        self.made_id = None
        #: The answer where nobody comes to say the true one.
        self.instead = None
        #: In a distributed job: the how manyeth run of the job it is that this call begins.
        self.turn = None

    def text(self):
        body = self.request.body
        return body.decode("utf-8") if isinstance(body, bytes) else body if isinstance(body, str) else ""

    def fields(self):
        try:
            found = json.loads(self.text() or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Spool:
    """Between `requests` and the engine, in one process."""

    def __init__(self, process, requests):
        self.process = process
        self.requests = requests
        self.answers = Answers(process)
        self.position = 0
        self.away_since = None
        self.noted = set()
        self.part = None
        if process.job is not None:
            from _touchstone.ranks import First, Later

            self.part = (First if process.rank == 0 else Later)(process, self.answers)

    def send(self, adapter, original, request, args, kwargs):
        base = os.environ.get("MLFLOW_TRACKING_URI", "").rstrip("/")
        if not base or not (request.url or "").startswith(base + "/") or "TOUCHSTONE_EVENTS" not in os.environ:
            return original(adapter, request, *args, **kwargs)
        call = Call(request, base)
        if self.part is not None:
            begins = call.route == "POST runs/create"
            turned = self.part.turned(call, base, lambda ask: original(adapter, ask, *args, **kwargs))
            response = self._sent(call, adapter, original, args, kwargs) if turned is None else self._respond(call, turned)
            if begins and response.status_code == 200:
                self.part.began(call, response.json()["run"]["info"]["run_id"])
            return response
        return self._sent(call, adapter, original, args, kwargs)

    def _sent(self, call, adapter, original, args, kwargs):
        if os.environ.get("TOUCHSTONE_OFFLINE"):
            return self._alone(call)
        request = call.request
        # The client's own retries would rest for minutes; what is to be done is decided here.
        if getattr(adapter.max_retries, "connect", 0) or getattr(adapter.max_retries, "read", 0):
            adapter.max_retries = adapter.max_retries.new(connect=0, read=0)
        if call.route in ("POST runs/create", "POST logged-models"):
            call.made_id = ("" if call.route == "POST runs/create" else "m-") + uuid.uuid4().hex
            request.headers[_ID] = call.made_id
        return self._try(call, adapter, original, args, kwargs)

    def _try(self, call, adapter, original, args, kwargs):
        tries, full = 0, None
        while True:
            position = self.position
            if position:
                call.request.headers[_HEADER] = str(position)
            try:
                response = original(adapter, call.request, *args, **kwargs)
            except self.requests.exceptions.ConnectionError as error:
                tries += 1
                now = time.monotonic()
                if tries == 1:  # A connection of the engine before may have been at fault.
                    _rewind(call.request)
                    continue
                if self.away_since is None:
                    self.away_since = now
                if full is None and (call.artifact and call.method == "PUT" or self.answers.can_keep(call)):
                    try:
                        return self._keep(call)
                    except OSError as trouble:  # Nothing can be kept here; the engine may be back in time.
                        full = trouble
                if now - self.away_since < PATIENCE:
                    time.sleep(_REST)
                    _rewind(call.request)
                    continue
                return self._last_resort(call, error, full)
            self.away_since = None
            if position and self.position == position:
                self.position = 0
            if response.status_code == 200:
                self.answers.remember(call, response)
            return response

    def _last_resort(self, call, error, full=None):
        """Nobody came: a run is begun here, what was heard before is said again, anything else fails. `full`: why it could not be kept."""
        if self.answers.can_begin(call):
            try:
                return self._keep(call)
            except OSError as trouble:
                full = trouble
        if call.instead is not None:
            return self._respond(call, call.instead)
        known = self.answers.heard(call)
        if known is not None:
            self._note("%s was answered from what the engine had said before: it was away." % call.route)
            return self._respond(call, known)
        if full is not None:
            raise self.requests.exceptions.ConnectionError(_not_kept(call, full), request=call.request) from full
        self._note("%s could not be answered: the engine was away, and what asks for something cannot be kept for later." % call.route)
        raise self.requests.exceptions.ConnectionError(
            "Touchstone's engine has been away for %.0f s, and %s asks for something that only it knows. "
            "What is logged to a run is kept meanwhile and taken in when the engine is back." % (time.monotonic() - self.away_since, call.route),
            request=call.request,
        ) from error

    def _alone(self, call):
        try:
            if call.artifact and call.method == "PUT" or self.answers.can_keep(call) or self.answers.can_begin(call):
                try:
                    return self._keep(call)
                except OSError as full:
                    raise self.requests.exceptions.ConnectionError(_not_kept(call, full), request=call.request) from full
            known = self.answers.heard(call)
            if known is None:
                raise Refused(501, "NOT_IMPLEMENTED", "This launch runs offline: %s asks for something that only an engine knows." % call.route)
            return self._respond(call, known)
        except Refused as refused:
            if refused.status == 501:
                self._note("%s could not be answered offline." % call.route)
            return self._respond(call, {"error_code": refused.code, "message": str(refused)}, refused.status)

    def _keep(self, call):
        """Appends the call and answers it."""
        line = {"t": int(time.time() * 1000), "call": call.route}
        if call.artifact:
            line["call"] = "PUT artifact"
            line["path"] = call.path[len(_ARTIFACTS):]
            line["file"], line["bytes"], line["sha256"] = self._copy(call)
            answer = {}
        else:
            answer = self.answers.kept(call, line)
            line["body"] = call.text()
        folder = self.process.launch_folder
        try:
            self.position = append(os.path.join(folder, "spool.jsonl"), json.dumps(line), durable=True)
        except OSError:
            if call.artifact:
                _forget(os.path.join(folder, line["file"]))
            raise
        self._note("The engine was away for a while: what MLflow's client logged meanwhile was kept and taken in later.", offline=False)
        return self._respond(call, answer)

    def _copy(self, call):
        """Where the content lies, its length and digest. It is on the disk before the line that names it: a power cut leaves no line with half a file."""
        folder = os.path.join(self.process.launch_folder, "spool")
        os.makedirs(folder, exist_ok=True)
        name = uuid.uuid4().hex
        size, digest = 0, hashlib.sha256()
        _rewind(call.request)
        try:
            with open(os.path.join(folder, name), "wb") as target:
                for piece in _pieces(call.request.body):
                    target.write(piece)
                    digest.update(piece)
                    size += len(piece)
                target.flush()
                os.fsync(target.fileno())
            flush_folder(folder)
            flush_folder(self.process.launch_folder)
        except OSError:
            _forget(os.path.join(folder, name))
            raise
        self.answers.artifacts[unquote(call.path[len(_ARTIFACTS):])] = os.path.join(folder, name)
        return "spool/" + name, size, digest.hexdigest()

    def _respond(self, call, body, status=200):
        response = self.requests.Response()
        response.status_code = status
        response.reason = "OK" if status == 200 else "Error"
        response.request = call.request
        response.url = call.request.url
        response.encoding = "utf-8"
        if isinstance(body, (bytes, bytearray)):
            response.headers["Content-Type"] = "application/octet-stream"
            response.headers["Content-Length"] = str(len(body))
            response._content = bytes(body)
            response.raw = io.BytesIO(bytes(body))
        else:
            response.headers["Content-Type"] = "application/json"
            response._content = json.dumps(body).encode("utf-8")
            response.raw = io.BytesIO(b"")
        response._content_consumed = True
        return response

    def _note(self, text, offline=True):
        key = (text, self.process.launch_folder)
        if key not in self.noted and (offline or not os.environ.get("TOUCHSTONE_OFFLINE")):
            self.noted.add(key)
            self.process.emit("note", text=text)


def _not_kept(call, trouble):
    return "Touchstone's engine is away, and %s could not be kept for later: %s. Make room on the disk of the project's folder." % (call.route, trouble.strerror or trouble)


def _pieces(body):
    """A request's body, whatever it is, as bytes."""
    if hasattr(body, "read"):
        pieces = _read(body)
    elif isinstance(body, (bytes, str)):
        pieces = [body]
    else:
        pieces = body if body is not None else []
    for piece in pieces:
        yield piece.encode("utf-8") if isinstance(piece, str) else piece


def _read(file):
    while True:
        piece = file.read(1 << 20)
        if not piece:
            return
        yield piece


def _forget(path):
    """A copy that was cut off takes room and is of no use."""
    try:
        os.remove(path)
    except OSError:
        pass


def _rewind(request):
    """A file that was sent in part is sent again from where it began."""
    body, position = request.body, getattr(request, "_body_position", None)
    if hasattr(body, "seek"):
        body.seek(position if isinstance(position, int) else 0)


def patch_adapters(process, module):
    """Wraps what every call of `requests` goes through."""
    import functools

    import requests

    spool = Spool(process, requests)
    original = module.HTTPAdapter.send

    @functools.wraps(original)
    def send(self, request, *args, **kwargs):
        return spool.send(self, original, request, args, kwargs)

    module.HTTPAdapter.send = send
