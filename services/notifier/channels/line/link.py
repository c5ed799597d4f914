"""Keeps one connection to the gateway alive: connects, signs in, and connects again when it is lost."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from typing import Generic

from services.common import log
from services.notifier.channels.line.config import LineConfig
from services.notifier.channels.line.connection import Connection, Habits, Take
from services.notifier.channels.line.wire import Pdu, Wire
from services.notifier.channels.pauses import pause_s
from services.notifier.domain.results import Reason, SendResult, SendStatus, misconfigured, retry

_log = log.get("line")
# Signs in on a fresh connection: None when the gateway lets us in.
Greet = Callable[[Connection[Pdu]], Awaitable[SendResult | None]]


class Link(Generic[Pdu]):
    """`ready` gives the connection, or why there is none; waiting is for an attempt under way only."""

    def __init__(
        self, config: LineConfig, wire: Wire[Pdu], greet: Greet[Pdu], take: Take[Pdu]
    ) -> None:
        self._config = config
        self._wire = wire
        self._greet = greet
        self._take = take
        self._state: asyncio.Future[Connection[Pdu] | SendResult] | None = None
        self._task: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def connection(self) -> Connection[Pdu] | None:
        """The connection when there is one now."""
        state = self._state
        if state is None or not state.done() or state.cancelled():
            return None
        found = state.result()
        return found if isinstance(found, Connection) and not found.closed.is_set() else None

    def start(self) -> None:
        """Begin to connect, unless that was begun already."""
        if self._task is None:
            self._begin()
            self._task = asyncio.create_task(self._run(), name="line-link")

    async def ready(self) -> Connection[Pdu] | SendResult:
        """The connection, once the attempt under way has ended."""
        self.start()
        while True:
            assert self._state is not None
            # Shielded: one sender that is cancelled must not cancel the others' wait.
            found = await asyncio.shield(self._state)
            if not (isinstance(found, Connection) and found.closed.is_set()):
                return found
            # Lost this very moment: the next attempt is about to begin.
            await asyncio.sleep(0)

    async def close(self) -> None:
        """End the conversation; nothing connects again."""
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        last = self.connection
        self._settle(retry(Reason.UNREACHABLE))
        self._begin()
        self._settle(retry(Reason.UNREACHABLE))
        if last is not None:
            self._leave(last)
        await asyncio.gather(*self._leaving)

    async def _run(self) -> None:
        """For ever: a connection that lasted is followed by another at once, failures by longer and longer waits."""
        failures = 0
        while True:
            opened = await self._open()
            self._settle(opened)
            if isinstance(opened, Connection):
                failures = 0 if await self._serve(opened) else failures + 1
                self._begin()
                self._leave(opened)
                if failures <= 1:
                    continue
                # Let in and thrown out again: no storm of greetings.
                self._settle(retry(Reason.UNREACHABLE))
                await asyncio.sleep(self._pause(failures - 1))
            else:
                failures += 1
                self._tell(opened, failures)
                await asyncio.sleep(self._pause(failures))
            self._begin()

    async def _serve(self, connection: Connection[Pdu]) -> bool:
        """Until it ends; whether it lasted for a heartbeat or more."""
        time = asyncio.get_running_loop().time
        began = time()
        _log.info("line.connected", channel=self._wire.name)
        connection.keep_alive()
        await connection.closed.wait()
        _log.warning("line.disconnected", channel=self._wire.name, reason=connection.why_closed)
        return time() - began >= self._config.heartbeat_s

    def _leave(self, connection: Connection[Pdu]) -> None:
        """Release a connection beside the next attempt: what it brought may still be on its way to the log."""
        task = asyncio.create_task(connection.close(), name="line-leave")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _begin(self) -> None:
        """A new attempt: who asks from here on waits for its end."""
        self._state = asyncio.get_running_loop().create_future()

    async def _open(self) -> Connection[Pdu] | SendResult:
        config = self._config
        try:
            async with asyncio.timeout(config.timeout_s):
                streams = await asyncio.open_connection(
                    config.host, config.port, ssl=config.encryption
                )
        except ssl.SSLCertVerificationError:
            return misconfigured(Reason.BAD_CERTIFICATE)
        except OSError:
            return retry(Reason.UNREACHABLE)
        habits = Habits(
            config.timeout_s, config.heartbeat_s, config.heartbeat_misses, config.window
        )
        connection = Connection(streams, self._wire, habits, self._take)
        try:
            refused = await self._greet(connection)
        except asyncio.CancelledError:
            await connection.close()
            raise
        if refused is None:
            return connection
        await connection.close()
        return refused

    def _pause(self, failures: int) -> float:
        return pause_s(failures, self._config.reconnect_s, self._config.reconnect_most_s)

    def _settle(self, found: Connection[Pdu] | SendResult) -> None:
        if self._state is not None and not self._state.done():
            self._state.set_result(found)

    def _tell(self, refused: SendResult, failures: int) -> None:
        loud = refused.status is SendStatus.MISCONFIGURED
        (_log.error if loud else _log.warning)(
            "line.not_connected",
            channel=self._wire.name,
            reason=refused.reason.value,
            provider_code=refused.provider_code,
            attempt=failures,
        )
