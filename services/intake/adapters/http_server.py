"""Runs the HTTP door with uvicorn inside the service's own event loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from services.common.settings import CommonSettings


class HttpServer(uvicorn.Server):
    """A uvicorn server that leaves the process's signals to main."""

    def __init__(self, app: Starlette, settings: CommonSettings, listen: str) -> None:
        client_ca = settings.tls_client_ca
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=10,
                ssl_certfile=settings.tls_certificate,
                ssl_keyfile=settings.tls_key,
                ssl_ca_certs=str(client_ca) if client_ca else None,
                ssl_cert_reqs=ssl.CERT_REQUIRED if client_ca else ssl.CERT_NONE,
            )
        )
        self._listen = listen
        self._serving: asyncio.Task[None] | None = None

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Do not install handlers."""
        yield

    async def start(self) -> None:
        """Listen; OSError when the address cannot be had. Returns when requests are served."""
        host, _, port = self._listen.rpartition(":")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        door = socket.socket(family)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host.strip("[]"), int(port)))
        self._serving = asyncio.create_task(self.serve(sockets=[door]), name="http")
        while not self.started and not self._serving.done():
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Answer what is being asked, then close."""
        self.should_exit = True
        if self._serving is not None:
            await self._serving
