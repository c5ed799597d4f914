"""The notifier's HTTP server, inside its process: the phone page and the SMS platforms' callbacks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.notifier.service.ack_page import AckPage
from services.notifier.service.callbacks import Callbacks
from services.notifier.settings import NotifierSettings


class _Server(uvicorn.Server):
    """A server that leaves the signals to the worker around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def build(page: AckPage, callbacks: Callbacks, more: Iterable[Route] = ()) -> Starlette:
    """All routes; `more` are the doors of IM applications."""
    healthy = Route("/healthz", _healthy, methods=["GET"])
    return Starlette(routes=[*page.routes(), *callbacks.routes(), *more, healthy])


class WebServer:
    """Serves on settings.page_listen until stopped; with a certificate, over TLS.

    It never asks for a client's certificate: a cadre's phone and an SMS platform have none.
    """

    def __init__(self, app: Starlette, settings: NotifierSettings) -> None:
        host, _, port = settings.page_listen.rpartition(":")
        config = uvicorn.Config(
            app,
            host=host or "127.0.0.1",
            port=int(port),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            ssl_certfile=settings.tls_certificate,
            ssl_keyfile=settings.tls_key,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; RuntimeError when the address cannot be had."""
        self._task = asyncio.create_task(self._serve(), name="page")
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise RuntimeError("the page server ended before it listened")
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Finish what is being answered, and end."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task

    async def _serve(self) -> None:
        try:
            await self._server.serve()
        except SystemExit as ended:
            raise RuntimeError("the page server cannot listen; see SANSE_PAGE_LISTEN") from ended


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("ok")
