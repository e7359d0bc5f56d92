"""The Lambda Runtime API (version 2018-06-01) of one function process."""

import queue
import threading

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server

_RUNTIME = "/2018-06-01/runtime"
_ROUTES = Map([
    Rule(f"{_RUNTIME}/invocation/next", methods=["GET"], endpoint="next"),
    Rule(f"{_RUNTIME}/invocation/<id>/response", methods=["POST"], endpoint="response"),
    Rule(f"{_RUNTIME}/invocation/<id>/error", methods=["POST"], endpoint="error"),
    Rule(f"{_RUNTIME}/init/error", methods=["POST"], endpoint="init-error"),
])


class _Quiet(WSGIRequestHandler):
    def log_request(self, *args):
        pass


class RuntimeAPI:
    """Tells by events what the process does: ("next", b""), ("response", body), ("error", body) or ("init-error", body)."""

    def __init__(self):
        self.events: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._work: queue.Queue[tuple[dict[str, str], str]] = queue.Queue()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def give(self, headers: dict[str, str], payload: str):
        """Hands an invocation to the process that waits for one."""
        self._work.put((headers, payload))

    def close(self):
        """Ends the server. A request that waits for an invocation ends with its process."""
        self._server.shutdown()
        self._server.server_close()

    @Request.application
    def _answer(self, request: Request) -> Response:
        try:
            endpoint, _ = _ROUTES.bind_to_environ(request.environ).match()
        except HTTPException as refusal:
            return refusal.get_response()
        self.events.put((endpoint, request.get_data()))
        if endpoint != "next":
            return Response('{"status":"OK"}', 202, content_type="application/json")
        headers, payload = self._work.get()
        return Response(payload, headers=headers, content_type="application/json")
