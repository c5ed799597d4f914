"""Asks the process that counts rounds; starts it at the first question and anew when it has ended.

It is started by `subprocess` from a thread, not by the event loop: uvloop's fork runs gRPC's fork handlers in the
child, which then died before its first instruction in 2 of 100 starts (measured: 8 of 400; by vfork 0 of 1,500).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import IO, Self

from services.common import log
from services.common.settings import CommonSettings

WORKER = "services.risk_scoring.service.rounds_worker"
LENGTH_BYTES = 4
STOP_TIMEOUT_S = 5.0
# The worker counts pseudonyms: it needs no key and no door.
_WITHHELD = frozenset({"master_key", "grpc_listen", "metrics_port", "tls_key"})
_log = log.get("rounds_process")


class Ask(IntEnum):
    """What is asked."""

    ROUND = 1
    MISSING = 2


@dataclass(frozen=True, slots=True)
class Question:
    """A request of the rounds service on its way to the worker."""

    ask: Ask
    message: bytes

    def write(self) -> bytes:
        """As bytes, behind their length."""
        return (1 + len(self.message)).to_bytes(LENGTH_BYTES) + bytes((self.ask,)) + self.message

    @classmethod
    def read(cls, value: bytes) -> Self:
        """From the bytes behind their length."""
        return cls(Ask(value[0]), value[1:])


class RoundsAway(Exception):
    """The worker ended before it answered, mostly because Kafka is away; asking again starts a new one."""

    def __init__(self) -> None:
        super().__init__("the rounds worker ended before it answered")


class RoundsProcess:
    """One worker, one question at a time. The first answer takes as long as reading the log."""

    def __init__(self, settings: CommonSettings) -> None:
        self._env = _environment(settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = asyncio.Lock()
        self._under_way: set[asyncio.Task[bytes]] = set()

    async def ask(self, question: Question) -> bytes:
        """The answer's bytes; RoundsAway when there is none.

        Who asks may go away: the worker goes on, so that its reading of the log is not lost.
        """
        under_way = asyncio.create_task(self._ask(question), name="rounds.ask")
        self._under_way.add(under_way)
        under_way.add_done_callback(self._done)
        return await asyncio.shield(under_way)

    def _done(self, task: asyncio.Task[bytes]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.warning("rounds.not_answered", error=str(task.exception()))

    async def _ask(self, question: Question) -> bytes:
        async with self._turn:
            try:
                return await asyncio.to_thread(_asked, await self._running(), question)
            except RoundsAway:
                # It may have ended since the last question: once more with a new one.
                await self._end()
            try:
                return await asyncio.to_thread(_asked, await self._running(), question)
            except RoundsAway:
                await self._end()
                raise

    async def stop(self) -> None:
        """End the worker; questions under way get no answer."""
        for task in tuple(self._under_way):
            task.cancel()
        await self._end()

    async def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = await asyncio.to_thread(_started, self._env)
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await asyncio.to_thread(_ended, process)


def _started(env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", WORKER)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _asked(process: subprocess.Popen[bytes], question: Question) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise RoundsAway
    try:
        process.stdin.write(question.write())
        process.stdin.flush()
    except BrokenPipeError:
        raise RoundsAway from None
    size = int.from_bytes(_read(process.stdout, LENGTH_BYTES))
    return _read(process.stdout, size)


def _read(answers: IO[bytes], size: int) -> bytes:
    found = answers.read(size)
    if len(found) < size:
        raise RoundsAway
    return found


def _environment(settings: CommonSettings) -> Mapping[str, str]:
    """The worker's environment: the same settings, however they were given here."""
    values = {
        f"SANSE_{name.upper()}": str(getattr(settings, name))
        for name in CommonSettings.model_fields
        if name not in _WITHHELD and getattr(settings, name) is not None
    }
    withheld = {f"SANSE_{name.upper()}" for name in _WITHHELD}
    kept = {name: value for name, value in os.environ.items() if name not in withheld}
    # What this process can import, the worker can.
    return {**kept, **values, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
