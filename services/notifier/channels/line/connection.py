"""One signed-in connection to the gateway: answers by sequence number, a window, a heartbeat, a polite end.

Nothing is ever sent twice here. A message that left and was not answered is lost to knowledge, and says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic

from services.common import log
from services.notifier.channels.line.wire import BrokenStream, MalformedPdu, Pdu, Role, Wire

# What the gateway brings at once; beyond it, it is asked to slow down.
MAX_BROUGHT = 64
_SEQUENCES = 1 << 31
_log = log.get("line")
Take = Callable[[Pdu], Awaitable[int]]


class Lost(Enum):
    """Why there is no answer."""

    # Certainly not sent.
    NOT_SENT = "not_sent"
    WINDOW_FULL = "window_full"
    # Sent, perhaps taken.
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Habits:
    """How long to wait for an answer, how often to ask whether anybody is there, how much at once."""

    answer_s: float
    heartbeat_s: float
    heartbeat_misses: int
    window: int


class Connection(Generic[Pdu]):
    """Must be made inside the running loop; `take` gives the result that answers what was brought."""

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        wire: Wire[Pdu],
        habits: Habits,
        take: Take[Pdu],
    ) -> None:
        self._reader, self._writer = streams
        self._wire = wire
        self._habits = habits
        self._take = take
        self._window = asyncio.Semaphore(habits.window)
        self._waiting: dict[int, asyncio.Future[Pdu | Lost]] = {}
        # Not from 1 each time: a gateway may remember the numbers of the connection before.
        self._sequence = random.getrandbits(30)
        self._unheard = 0
        # Heartbeats without an answer: nobody waits for one.
        self._questions: set[int] = set()
        # Parts given to this connection and not yet settled.
        self.busy = 0
        self._brought_now: set[asyncio.Task[None]] = set()
        self._why = ""
        self.closed = asyncio.Event()
        self._tasks = [asyncio.create_task(self._read(), name="line-read")]

    @property
    def why_closed(self) -> str:
        """The reason once closed, for the log."""
        return self._why

    def keep_alive(self) -> None:
        """Begin the heartbeat, once signed in."""
        self._tasks.append(asyncio.create_task(self._beat(), name="line-heartbeat"))

    async def submit(self, part: Pdu) -> Pdu | Lost:
        """Send one part, when the window has a place, and wait for its answer."""
        try:
            async with asyncio.timeout(self._habits.answer_s):
                await self._window.acquire()
        except TimeoutError:
            return Lost.WINDOW_FULL
        try:
            return await self.ask(part)
        finally:
            self._window.release()

    async def ask(self, pdu: Pdu) -> Pdu | Lost:
        """Send a request once and wait for its answer."""
        if self.closed.is_set():
            return Lost.NOT_SENT
        sequence = self._next()
        answer: asyncio.Future[Pdu | Lost] = asyncio.get_running_loop().create_future()
        octets = self._wire.encode(sequence, pdu)
        self._waiting[sequence] = answer
        try:
            async with asyncio.timeout(self._habits.answer_s):
                self._writer.write(octets)
                await self._writer.drain()
                return await answer
        except (TimeoutError, OSError):
            return Lost.NO_ANSWER
        finally:
            self._waiting.pop(sequence, None)

    async def close(self) -> None:
        """Let what was brought be answered, say goodbye, and release the connection."""
        if self._brought_now:
            # Also when nobody can be answered any more: what was begun is brought to its end.
            await asyncio.wait(list(self._brought_now), timeout=self._habits.answer_s)
        await self.ask(self._wire.goodbye())
        self._end("closed by us")
        for task in (*self._tasks, *self._brought_now):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._brought_now, return_exceptions=True)
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        """Until the connection ends, for whatever reason."""
        try:
            while not self.closed.is_set():
                await self._read_one()
        except asyncio.IncompleteReadError:
            self._end("closed by the gateway")
        except OSError as error:
            self._end(type(error).__name__)
        except BrokenStream as broken:
            _log.error("line.stream_broken", channel=self._wire.name, error=str(broken))
            self._end("stream broken")

    async def _read_one(self) -> None:
        header = await self._reader.readexactly(self._wire.header_size)
        rest = self._wire.frame_length(header) - len(header)
        octets = header + await self._reader.readexactly(rest)
        self._unheard = 0
        try:
            sequence, pdu = self._wire.decode(octets)
        except MalformedPdu as malformed:
            _log.error("line.message_malformed", channel=self._wire.name, error=str(malformed))
            return
        self._heard(sequence, pdu)

    def _heard(self, sequence: int, pdu: Pdu) -> None:
        role = self._wire.role(pdu)
        if role is Role.ANSWER:
            self._answered(sequence, pdu)
        elif role is Role.BROUGHT:
            self._brought(sequence, pdu)
        elif role is Role.ARE_YOU_THERE:
            self._say(sequence, self._wire.answer_to(pdu))
        elif role is Role.GOODBYE:
            self._say(sequence, self._wire.answer_to(pdu))
            self._end("ended by the gateway")
        else:
            kind = type(pdu).__name__
            _log.warning("line.message_unexpected", channel=self._wire.name, kind=kind)

    def _answered(self, sequence: int, pdu: Pdu) -> None:
        waiting = self._waiting.get(sequence)
        if waiting is not None and not waiting.done():
            waiting.set_result(pdu)
        elif sequence not in self._questions:
            # Its notice is "unconfirmed" by now.
            _log.warning("line.answer_late", channel=self._wire.name)
        self._questions.discard(sequence)

    def _brought(self, sequence: int, pdu: Pdu) -> None:
        if len(self._brought_now) >= MAX_BROUGHT:
            self._say(sequence, self._wire.answer_to(pdu, self._wire.later))
            return
        task = asyncio.create_task(self._answer(sequence, pdu), name="line-brought")
        self._brought_now.add(task)
        task.add_done_callback(self._brought_now.discard)

    async def _answer(self, sequence: int, pdu: Pdu) -> None:
        """The border of what a gateway brings: without a yes from us it is brought again."""
        try:
            result = await self._take(pdu)
        except Exception as error:  # noqa: BLE001 — the border: one message must not end the connection
            name = type(error).__name__
            _log.error("line.brought_not_taken", channel=self._wire.name, error=name)
            result = self._wire.error
        self._say(sequence, self._wire.answer_to(pdu, result))

    def _say(self, sequence: int, pdu: Pdu) -> None:
        if not self.closed.is_set():
            self._writer.write(self._wire.encode(sequence, pdu))

    async def _beat(self) -> None:
        """Ask now and then; whatever is heard counts as a sign of life."""
        habits = self._habits
        while True:
            await asyncio.sleep(habits.heartbeat_s)
            if self._unheard >= habits.heartbeat_misses:
                self._end("heartbeat lost")
                return
            self._unheard += 1
            sequence = self._next()
            self._questions.add(sequence)
            self._say(sequence, self._wire.are_you_there())

    def _next(self) -> int:
        # 1 to 0x7FFFFFFF: what both protocols allow.
        self._sequence = self._sequence % (_SEQUENCES - 1) + 1
        return self._sequence

    def _end(self, why: str) -> None:
        """From here on nothing is sent; whoever waits learns that no answer will come."""
        if self.closed.is_set():
            return
        self._why = why
        self.closed.set()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(Lost.NO_ANSWER)
        self._writer.close()
