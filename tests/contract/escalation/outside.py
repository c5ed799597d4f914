"""Those outside who watch the auditor: a server on loopback that keeps what was told to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

WAIT_S = 60.0
Told = tuple[str, dict[str, Any]]


@dataclass
class Outside:
    """Its address, and what came: the path and the document, oldest first."""

    url: str
    came: Queue[Told] = field(default_factory=Queue)

    def paths(self) -> list[str]:
        """All paths asked so far."""
        return [path for path, _ in list(self.came.queue)]

    def next_at(self, path: str) -> dict[str, Any]:
        """The next document told at a path, what came elsewhere before it put aside; queue.Empty when none comes."""
        while True:
            asked, document = self.came.get(timeout=WAIT_S)
            if asked == path:
                return document


@asynccontextmanager
async def listening() -> AsyncIterator[Outside]:
    """The server, until the end of the block."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            outside.came.put((self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Not on the screen of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    outside = Outside(f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield outside
    finally:
        server.shutdown()
        server.server_close()
