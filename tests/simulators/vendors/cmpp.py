"""A carrier's SMS gateway (ISMG) that speaks CMPP 2.0 and 3.0: signs in, joins parts, reports, brings replies."""

import asyncio
import struct
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from tests.simulators import credentials
from tests.simulators.behaviour import Behaviour, Limit, Mode
from tests.simulators.exchange import Exchange
from tests.simulators.gateway import Letter, Outcome, mobile_digits, notice_id_in
from tests.simulators.receipts import Receipt
from tests.simulators.vendors import cmpp_wire as wire
from tests.simulators.vendors.cmpp_wire import Submitted, Unreadable

# The connection's own behaviour: http_500 refuses CONNECT, timeout leaves heartbeats unanswered or cuts.
LINE: Final = "cmpp-line"
WINDOW: Final = 16
CONNECT_FAILED: Final = 5
ATTEMPTS: Final = 20
PAUSE_SECONDS: Final = 0.5
ANSWER_SECONDS: Final = 5.0
RESULTS: Final = {
    Mode.REFUSE_200: 7,
    Mode.THROTTLE: 8,
    Mode.BAD_ADDRESS: 13,
    Mode.HTTP_500: 9,
}


@dataclass(eq=False, slots=True)
class Session:
    """One signed-in connection."""

    version: int
    writer: asyncio.StreamWriter
    unanswered: int = 0
    most_unanswered: int = 0
    heartbeats: int = 0
    # DELIVERs that were not taken.
    refused: int = 0
    said_goodbye: bool = False
    answers: dict[int, asyncio.Future[int]] = field(default_factory=dict)

    def say(self, command: int, sequence: int, body: bytes = b"") -> None:
        """Write one message."""
        if not self.writer.is_closing():
            length = wire.HEADER.size + len(body)
            self.writer.write(wire.HEADER.pack(length, command, sequence) + body)


@dataclass(slots=True)
class Incoming:
    """A message of which not all parts have come."""

    behaviour: Behaviour
    # The part the behaviour is for; 0: all of them.
    only: int
    parts: dict[int, str] = field(default_factory=dict)
    ids: dict[int, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)


class CmppGateway:
    """All connections of the one account, and what it has taken."""

    name = "cmpp"
    line = LINE
    results: Mapping[Mode, int] = RESULTS
    limits = (Limit(10, 1.0),)
    over_limit = Mode.THROTTLE

    def __init__(self, exchange: Exchange) -> None:
        self.sessions: list[Session] = []
        self.past: list[Session] = []
        self._exchange = exchange
        self._incoming: dict[tuple[str, int, int], Incoming] = {}
        self._serial = count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        session = None
        with suppress(asyncio.IncompleteReadError, OSError, Unreadable):
            session = await self._welcome(reader, writer)
            while session is not None and not writer.is_closing():
                self._hear(session, *await _message(reader))
        if session in self.sessions:
            self.sessions.remove(session)
            self.past.append(session)
        writer.close()

    def clear(self) -> None:
        """Forget parts of messages that were never whole: their number may be another message's."""
        self._incoming.clear()

    async def report(self, receipt: Receipt) -> bool:
        """Bring the status reports of one message, one for each part."""
        only, stat = _part_and_code(receipt.detail.get("stat", ""))
        brought = []
        for index, reference in enumerate(receipt.reference.split(), 1):
            failed = not receipt.delivered and only in (0, index)
            said = (stat or "UNDELIV") if failed else (stat_of(receipt) or "DELIVRD")
            late = int(stat) / 1000 if stat.isdigit() and only == index else 0.0
            brought.append(self._bring_report(receipt, int(reference, 16), said, late))
        return all(await asyncio.gather(*brought))

    async def bring_reply(self, address: str, text: str, times: int = 1) -> bool:
        """Bring what a person wrote; more than once, as a gateway does that missed the yes."""
        msg_id, content = self._msg_id(), text.encode("utf-16-be")

        def body(version: int) -> bytes:
            return wire.deliver(version, msg_id, address, credentials.CMPP_SRC_ID, content, False)

        return all([await self._bring(body) for _ in range(times)])

    async def _welcome(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Session | None:
        command, sequence, body = await _message(reader)
        if command != wire.CONNECT or len(body) != 27:
            return None
        source, proof, version, stamp = struct.unpack(">6s16sBI", body)
        session = Session(min(version, 0x30) if version >= 0x30 else 0x20, writer)
        status = self._status(source.rstrip(b"\0").decode("latin-1"), proof, version, stamp)
        said = wire.connect_resp(session.version, status, proof, credentials.CMPP_SECRET)
        session.say(wire.CONNECT | wire.RESP, sequence, said)
        if status:
            return None
        self.sessions.append(session)
        return session

    def _status(self, source: str, proof: bytes, version: int, stamp: int) -> int:
        line = self._exchange.behaviours.choose(LINE, "")
        if line.mode in (Mode.HTTP_500, Mode.REFUSE_200):
            return int(line.code or CONNECT_FAILED)
        if source != credentials.CMPP_SP_ID:
            return 2
        if proof != wire.proof(source, credentials.CMPP_SECRET, stamp):
            return 3
        return 4 if version > 0x30 else 0

    def _hear(self, session: Session, command: int, sequence: int, body: bytes) -> None:
        if command == wire.SUBMIT:
            session.unanswered += 1
            session.most_unanswered = max(session.most_unanswered, session.unanswered)
            self._spawn(self._submit(session, sequence, body))
        elif command == wire.DELIVER | wire.RESP:
            answer = session.answers.get(sequence)
            if answer is not None and not answer.done():
                result = wire.result_in(session.version, body)
                session.refused += result != 0
                answer.set_result(result)
        elif command == wire.ACTIVE_TEST:
            self._heartbeat(session, sequence)
        elif command == wire.TERMINATE:
            session.said_goodbye = True
            session.say(wire.TERMINATE | wire.RESP, sequence)
            session.writer.close()

    def _heartbeat(self, session: Session, sequence: int) -> None:
        session.heartbeats += 1
        line = self._exchange.behaviours.choose(self.line, "")
        if line.mode is not Mode.TIMEOUT:
            self._alive(session, sequence)
        elif line.close:
            session.writer.close()

    async def _submit(self, session: Session, sequence: int, body: bytes) -> None:
        self._exchange.stats.add(self.name, "requests")
        msg_id = self._msg_id()
        try:
            part = self._part(session, body)
            behaviour, result = self._judge(session, msg_id, part)
        except Unreadable:
            behaviour, result = Behaviour(self.name), 1
        if behaviour.mode is Mode.TIMEOUT:
            self._exchange.stats.add(self.name, "failed")
            # What is to arrive in spite of it has all its parts here first.
            if behaviour.close and not (
                behaviour.delivered_anyway and _key(part) in self._incoming
            ):
                session.writer.close()
            return
        if behaviour.mode is Mode.SLOW:
            await asyncio.sleep(behaviour.delay)
        self._exchange.stats.add(self.name, "refused" if result else "accepted")
        session.unanswered -= 1
        self._answer(session, sequence, msg_id, result)

    def _alive(self, session: Session, sequence: int) -> None:
        session.say(wire.ACTIVE_TEST | wire.RESP, sequence, b"\0")

    def _part(self, session: Session, body: bytes) -> Submitted:
        return wire.read_submit(session.version, body)

    def _answer(self, session: Session, sequence: int, msg_id: int, result: int) -> None:
        answer = wire.answer(session.version, 0 if result else msg_id, result)
        session.say(wire.SUBMIT | wire.RESP, sequence, answer)

    def _judge(self, session: Session, msg_id: int, part: Submitted) -> tuple[Behaviour, int]:
        """How to treat one part, and the result; a part that is taken is kept until all are there."""
        fault = self._fault(session, part)
        if fault:
            return Behaviour(self.name), fault
        message = self._incoming.get(_key(part)) or self._new(part)
        self._incoming[_key(part)] = message
        message.seen.add(part.index)
        behaviour = message.behaviour
        if message.only and message.only != part.index:
            behaviour = Behaviour(self.name)
        elif message.only:
            # Once: the same part tried again is treated well.
            message.only, message.behaviour = 0, Behaviour(self.name)
        result = self._result(behaviour)
        taken = not result and (behaviour.mode is not Mode.TIMEOUT or behaviour.delivered_anyway)
        if taken:
            message.parts[part.index], message.ids[part.index] = part.text, msg_id
        if len(message.parts) == part.total:
            self._show(message, part)
        if len(message.parts) == part.total or (
            len(message.seen) == part.total and not message.parts
        ):
            del self._incoming[_key(part)]
        return behaviour, result

    def _new(self, part: Submitted) -> Incoming:
        address = mobile_digits(part.number) or part.number
        chosen = self._exchange.choose(self, address, time.time())
        receipt = chosen.mode in (Mode.RECEIPT_FAILED, Mode.RECEIPT_LATE)
        return Incoming(chosen, 0 if receipt else _part_and_code(chosen.code)[0])

    def _result(self, behaviour: Behaviour) -> int:
        if behaviour.mode not in self.results:
            return 0
        return self._code(behaviour, _part_and_code(behaviour.code)[1])

    def _code(self, behaviour: Behaviour, code: str) -> int:
        return int(code or RESULTS[behaviour.mode])

    def _fault(self, session: Session, part: Submitted) -> int:
        """The result for a part that can never be taken; 0 when it can."""
        checks = (
            (session.unanswered > WINDOW, 8),
            (part.msg_src != credentials.CMPP_SP_ID, 11),
            (not part.src_id.startswith(credentials.CMPP_SRC_ID), 10),
            (part.service_id != credentials.CMPP_SERVICE_ID, 7),
            (part.fmt not in wire.CODECS, 1),
            (part.length > (160 if part.fmt == 0 else 140), 6),
            (not mobile_digits(part.number), 13),
        )
        return next((result for wrong, result in checks if wrong), 0)

    def _show(self, message: Incoming, part: Submitted) -> None:
        """Put the message together, as the phone does."""
        order = sorted(message.parts)
        text = "".join(message.parts[index] for index in order)
        letter = Letter(
            address=mobile_digits(part.number),
            text=text,
            notice_id=notice_id_in(text),
            reference=" ".join(f"{message.ids[index]:016x}" for index in order),
            detail={"stat": message.behaviour.code},
        )
        outcome = Outcome(letter, message.behaviour)
        self._exchange.deliver(self.name, [outcome], text, time.time())

    async def _bring_report(self, receipt: Receipt, msg_id: int, stat: str, late_s: float) -> bool:
        await asyncio.sleep(late_s)
        return await self._bring(self._report_body(receipt, msg_id, stat))

    def _report_body(self, receipt: Receipt, msg_id: int, stat: str) -> Callable[[int], bytes]:
        times = _minute(receipt.sent_at), _minute(receipt.due_at or receipt.sent_at)

        def body(version: int) -> bytes:
            content = wire.report(version, msg_id, stat, times, receipt.address)
            return wire.deliver(
                version, msg_id, receipt.address, credentials.CMPP_SRC_ID, content, True
            )

        return body

    async def _bring(self, body: Callable[[int], bytes]) -> bool:
        """Until the product says 0, again and again for a while, over whatever connection there is."""
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS)
            if self.sessions and await self._ask(self.sessions[-1], body) == 0:
                return True
        return False

    async def _ask(self, session: Session, body: Callable[[int], bytes]) -> int | None:
        sequence = next(self._serial)
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        session.answers[sequence] = answer
        session.say(wire.DELIVER, sequence, body(session.version))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            return None
        finally:
            del session.answers[sequence]

    def _msg_id(self) -> int:
        """Month, day, hour, minute, second, the gateway's code and a serial number, as the specification packs them."""
        now = datetime.fromtimestamp(time.time(), UTC) + timedelta(hours=8)
        stamp = now.month << 22 | now.day << 17 | now.hour << 12 | now.minute << 6 | now.second
        return stamp << 38 | 1234 << 16 | next(self._serial) & 0xFFFF

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _message(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    header = await reader.readexactly(wire.HEADER.size)
    length, command, sequence = wire.HEADER.unpack(header)
    if not wire.HEADER.size <= length <= wire.LONGEST:
        raise Unreadable(f"length {length}")
    return command, sequence, await reader.readexactly(length - wire.HEADER.size)


def _key(part: Submitted) -> tuple[str, int, int]:
    """What the parts of one message have in common."""
    return part.number, part.reference, part.total


def _part_and_code(code: str) -> tuple[int, str]:
    """ "2/8" is code 8 for part 2 only; "8" is for all parts."""
    part, slash, rest = code.partition("/")
    return (int(part), rest) if slash else (0, code)


def stat_of(receipt: Receipt) -> str:
    """A test may give a delivered message another word, for example ACCEPTD."""
    only, stat = _part_and_code(receipt.detail.get("stat", ""))
    return stat if receipt.delivered and not only and not stat.isdigit() else ""


def _minute(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC) + timedelta(hours=8):%y%m%d%H%M}"
