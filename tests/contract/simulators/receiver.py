"""A small server that stands where the product's receipt endpoint will stand."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

ACKNOWLEDGED = {"code": 0, "msg": "ok", "result": 0, "errmsg": "OK"}


class Receiver:
    """Keeps what was pushed, and answers in a form both clouds take as yes."""

    def __init__(self) -> None:
        self.pushed: list[Any] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The address to push to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/callback"

    def wait(self, number: int, within_seconds: float = 3.0) -> list[Any]:
        """What was pushed, once there is enough of it."""
        give_up = time.monotonic() + within_seconds
        while len(self.pushed) < number and time.monotonic() < give_up:
            time.sleep(0.01)
        assert len(self.pushed) >= number, f"{len(self.pushed)} pushed, expected {number}"
        return self.pushed

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pushed = self.pushed

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                pushed.append(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(ACKNOWLEDGED).encode())

            def do_GET(self) -> None:
                """Older gateways put everything into the address."""
                pushed.append(dict(parse_qsl(urlsplit(self.path).query)))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler
