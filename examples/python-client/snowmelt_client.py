"""A client of `snowmelt serve`: JSON-RPC 2.0 over a process's stdin and stdout. Needs nothing but the standard library."""

import json
import os
import subprocess
import threading
from concurrent.futures import Future

PROTOCOL_VERSION = 1

# The worker's code for whatever Snowmelt itself failed to do; `data` of the error then says more.
FAILED_REQUEST = -32001


class SnowmeltError(Exception):
    """A request that failed. `code` is Snowmelt's own (`claim.held`) where it has one, `document` all that is known."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.document = error.get("data") or {}
        self.code = self.document.get("code", error["code"])

    @property
    def remedy(self):
        """What to do next, or None."""
        return self.document.get("remedy")


class Worker:
    """A worker process. Use it with `with`, which shuts it down.

    `command` is how the worker is started: `["snowmelt", "serve"]`, or `["node", "dist/snowmelt.mjs", "serve"]`.
    `on_event(operation, event)` and `on_notice(operation, level, message)` are called from the thread that reads what the worker says,
    and so is `ask_secret(id, label)`, which returns a secret, or None where the person declines.
    """

    def __init__(self, command, client, on_event=None, on_notice=None, ask_secret=None):
        self._on_event = on_event
        self._on_notice = on_notice
        self._ask_secret = ask_secret
        self._answers = {}
        self._next_id = 1
        self._lock = threading.Lock()
        # In a process group of its own: Ctrl-C is for this program, which cancels what it asked for.
        own_group = (
            {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
        )
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **own_group)
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self.info = self.request(
                "initialize",
                protocolVersion=PROTOCOL_VERSION,
                client=client,
                capabilities={"secrets": ask_secret is not None},
            )
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, method, **params):
        """Sends a request. Returns a Future with its answer, whose attribute `request_id` is for `cancel`."""
        answer = Future()
        with self._lock:
            answer.request_id = self._next_id
            self._next_id += 1
            self._answers[answer.request_id] = answer
        self._send({"id": answer.request_id, "method": method, "params": params})
        return answer

    def request(self, method, **params):
        """Sends a request and waits for its answer. Raises SnowmeltError."""
        return self.start(method, **params).result()

    def cancel(self, answer):
        """Cancels a request. Its answer comes all the same: an error with the code `cancelled`, once everything is cleaned up."""
        self._send({"method": "$/cancelRequest", "params": {"id": answer.request_id}})

    def close(self):
        """Cancels what is under way, waits until it is cleaned up, and ends the worker."""
        try:
            self.request("shutdown")
            self._send({"method": "exit"})
            self._process.stdin.close()
        except (SnowmeltError, OSError):
            pass  # It has ended by itself, or refuses to be shut down: its input ends with this process.
        self._process.wait()

    def _send(self, message):
        content = json.dumps({"jsonrpc": "2.0", **message}).encode("utf-8")
        with self._lock:
            self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
            self._process.stdin.flush()

    def _read(self):
        while (message := read_message(self._process.stdout)) is not None:
            if "method" not in message:
                self._settle(message)
            elif "id" in message:
                self._answer(message)
            else:
                self._notify(message["method"], message["params"])
        with self._lock:
            waiting, self._answers = self._answers, {}
        for answer in waiting.values():
            answer.set_exception(SnowmeltError({"code": None, "message": "The worker has ended."}))

    def _settle(self, message):
        with self._lock:
            answer = self._answers.pop(message["id"], None)
        if answer is None:
            return
        if "error" in message:
            answer.set_exception(SnowmeltError(message["error"]))
        else:
            answer.set_result(message["result"])

    def _answer(self, request):
        """What the worker asks. There is one thing: a secret that the configuration has as {"prompt": true}."""
        if request["method"] == "secret/get" and self._ask_secret is not None:
            params = request["params"]
            result = {"secret": self._ask_secret(params["id"], params["label"])}
            self._send({"id": request["id"], "result": result})
        else:
            self._send({"id": request["id"], "error": {"code": -32601, "message": "There is no such method."}})

    def _notify(self, method, params):
        if method == "run/event" and self._on_event is not None:
            self._on_event(params["operation"], params["event"])
        elif method == "notice" and self._on_notice is not None:
            self._on_notice(params["operation"], params["level"], params["message"])


def read_message(stream):
    """The next message of a stream; None at its end."""
    length = None
    while line := stream.readline():
        name, _, value = line.decode("ascii").partition(":")
        if name.lower() == "content-length":
            length = int(value)
        elif line == b"\r\n":
            content = stream.read(length)
            return json.loads(content) if len(content) == length else None
    return None
