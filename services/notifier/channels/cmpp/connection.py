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

from services.common import log
from services.notifier.channels.cmpp import codec
from services.notifier.channels.cmpp.fields import BrokenStream, MalformedPdu
from services.notifier.channels.cmpp.pdus import (
    ActiveTest,
    ActiveTestResp,
    ConnectResp,
    Deliver,
    DeliverResp,
    Frame,
    Pdu,
    Submit,
    SubmitResp,
    Terminate,
    TerminateResp,
    Version,
)
from services.notifier.channels.cmpp.verdicts import FLOW_CONTROL

# What the gateway brings at once; beyond it, it is asked to slow down.
MAX_DELIVERS = 64
_OTHER_ERROR = 9
_log = log.get("cmpp")
Take = Callable[[Deliver], Awaitable[int]]


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


class Connection:
    """Must be made inside the running loop; `take` gives the result that answers a DELIVER."""

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        version: Version,
        habits: Habits,
        take: Take,
    ) -> None:
        self._reader, self._writer = streams
        self._version = version
        self._habits = habits
        self._take = take
        self._window = asyncio.Semaphore(habits.window)
        self._waiting: dict[int, asyncio.Future[Pdu | Lost]] = {}
        # Not from 1 each time: a gateway may remember the numbers of the connection before.
        self._sequence = random.getrandbits(31)
        self._unheard = 0
        # Parts given to this connection and not yet settled.
        self.busy = 0
        self._delivers: set[asyncio.Task[None]] = set()
        self._why = ""
        self.closed = asyncio.Event()
        self._tasks = [asyncio.create_task(self._read(), name="cmpp-read")]

    @property
    def why_closed(self) -> str:
        """The reason once closed, for the log."""
        return self._why

    def keep_alive(self) -> None:
        """Begin the heartbeat, once signed in."""
        self._tasks.append(asyncio.create_task(self._beat(), name="cmpp-heartbeat"))

    async def submit(self, part: Submit) -> SubmitResp | Lost:
        """Send one part, when the window has a place, and wait for its answer."""
        answer = await self._submit(part)
        return answer if isinstance(answer, SubmitResp | Lost) else Lost.NO_ANSWER

    async def _submit(self, part: Submit) -> Pdu | Lost:
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
        octets = codec.encode(Frame(sequence, pdu), self._version)
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
        if self._delivers:
            # Also when nobody can be answered any more: what was begun is brought to its end.
            await asyncio.wait(list(self._delivers), timeout=self._habits.answer_s)
        await self.ask(Terminate())
        self._end("closed by us")
        for task in (*self._tasks, *self._delivers):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._delivers, return_exceptions=True)
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
            _log.error("cmpp.stream_broken", error=str(broken))
            self._end("stream broken")

    async def _read_one(self) -> None:
        header = await self._reader.readexactly(codec.HEADER.size)
        rest = codec.frame_length(header) - len(header)
        octets = header + await self._reader.readexactly(rest)
        self._unheard = 0
        try:
            frame = codec.decode(octets, self._version)
        except MalformedPdu as malformed:
            _log.error("cmpp.message_malformed", error=str(malformed))
            return
        self._heard(frame)

    def _heard(self, frame: Frame) -> None:
        pdu = frame.pdu
        if isinstance(pdu, SubmitResp | ConnectResp | ActiveTestResp | TerminateResp):
            self._answered(frame)
        elif isinstance(pdu, Deliver):
            self._brought(frame.sequence, pdu)
        elif isinstance(pdu, ActiveTest):
            self._say(frame.sequence, ActiveTestResp())
        elif isinstance(pdu, Terminate):
            self._say(frame.sequence, TerminateResp())
            self._end("ended by the gateway")
        else:
            _log.warning("cmpp.message_unexpected", kind=type(pdu).__name__)

    def _answered(self, frame: Frame) -> None:
        waiting = self._waiting.get(frame.sequence)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame.pdu)
        elif isinstance(frame.pdu, SubmitResp):
            # Its notice is "unconfirmed" by now.
            _log.warning("cmpp.answer_late", result=frame.pdu.result)

    def _brought(self, sequence: int, deliver: Deliver) -> None:
        if len(self._delivers) >= MAX_DELIVERS:
            self._say(sequence, DeliverResp(deliver.msg_id, FLOW_CONTROL))
            return
        task = asyncio.create_task(self._answer(sequence, deliver), name="cmpp-deliver")
        self._delivers.add(task)
        task.add_done_callback(self._delivers.discard)

    async def _answer(self, sequence: int, deliver: Deliver) -> None:
        """The border of what a gateway brings: without a yes from us it is brought again."""
        try:
            result = await self._take(deliver)
        except Exception as error:  # noqa: BLE001 — the border: one message must not end the connection
            _log.error("cmpp.deliver_not_taken", error=type(error).__name__)
            result = _OTHER_ERROR
        self._say(sequence, DeliverResp(deliver.msg_id, result))

    def _say(self, sequence: int, pdu: Pdu) -> None:
        if not self.closed.is_set():
            self._writer.write(codec.encode(Frame(sequence, pdu), self._version))

    async def _beat(self) -> None:
        """Ask now and then; whatever is heard counts as a sign of life."""
        habits = self._habits
        while True:
            await asyncio.sleep(habits.heartbeat_s)
            if self._unheard >= habits.heartbeat_misses:
                self._end("heartbeat lost")
                return
            self._unheard += 1
            self._say(self._next(), ActiveTest())

    def _next(self) -> int:
        self._sequence = (self._sequence + 1) % (1 << 32)
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
