"""A local HTTP server with a scripted temper: it answers, fails, dawdles or hangs up, and remembers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """`status` 0 hangs up without a word; `hold` waits for that event before answering."""

    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None


HANG_UP = Reply(status=0)


class HookServer:
    """Listens on a free port of 127.0.0.1. `script` holds the next replies; then `answer` decides.

    `on_request` is called before the reply is sent: a test can kill the sender there.
    """

    def __init__(self, *script: Reply, port: int = 0) -> None:
        self.script: deque[Reply] = deque(script)
        self.requests: list[Request] = []
        self.arrived = threading.Condition()
        self.on_request: Callable[[Request], None] = lambda _: None
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                server._serve(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = True
        self.port: int = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def answer(self, request: Request) -> Reply:  # noqa: ARG002
        return Reply()

    def wait_for(self, count: int, within_s: float = 20.0) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.requests) >= count, within_s), (
                f"{len(self.requests)} of {count} requests came"
            )

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        request = Request(
            handler.path, {name.lower(): value for name, value in handler.headers.items()}, body
        )
        with self.arrived:
            self.requests.append(request)
            reply = self.script.popleft() if self.script else self.answer(request)
            self.arrived.notify_all()
        self.on_request(request)
        if reply.hold is not None:
            reply.hold.wait(30)
        if reply.status == 0:
            handler.close_connection = True
            return
        try:
            handler.send_response(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(reply.body)))
            handler.end_headers()
            handler.wfile.write(reply.body)
        except ConnectionError:
            # Whoever asked has stopped waiting, as a slow reply is there to make it.
            handler.close_connection = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)
