"""An SMSC that speaks SMPP 3.4: signs in, joins parts, brings receipts and replies until they are taken."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from tests.simulators import credentials
from tests.simulators.behaviour import Behaviour, Mode
from tests.simulators.gateway import mobile_digits
from tests.simulators.receipts import Receipt
from tests.simulators.vendors import smpp_wire as wire
from tests.simulators.vendors.cmpp import WINDOW, CmppGateway, Session
from tests.simulators.vendors.cmpp_wire import Submitted, Unreadable

# The connection's own behaviour, as of CMPP's.
LINE: Final = "smpp-line"
BIND_FAILED: Final = 0x08
RESULTS: Final = {
    Mode.REFUSE_200: 0x0A,
    Mode.THROTTLE: 0x58,
    Mode.BAD_ADDRESS: 0x0B,
    Mode.HTTP_500: 0x08,
}


@dataclass(eq=False, slots=True)
class Bound(Session):
    """One signed-in connection."""

    def say(self, command: int, sequence: int, body: bytes = b"", status: int = 0) -> None:
        """Write one message."""
        if not self.writer.is_closing():
            length = wire.HEADER.size + len(body)
            self.writer.write(wire.HEADER.pack(length, command, status, sequence) + body)


class SmppGateway(CmppGateway):
    """What an SMSC does as a carrier's gateway does, in the other protocol's words."""

    name = "smpp"
    line = LINE
    results = RESULTS

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        session = Bound(0x34, writer)
        with suppress(asyncio.IncompleteReadError, OSError, Unreadable):
            while not writer.is_closing():
                await self._hear_one(session, reader)
        if session in self.sessions:
            self.sessions.remove(session)
            self.past.append(session)
        writer.close()

    async def bring_reply(self, address: str, text: str, times: int = 1) -> bool:
        """Bring what a person wrote; more than once, as an SMSC does that missed the yes."""
        content = text.encode("utf-16-be")
        body = wire.deliver(f"86{address}", credentials.SMPP_SOURCE, content)
        return all([await self._bring(lambda _: body) for _ in range(times)])

    async def _hear_one(self, session: Bound, reader: asyncio.StreamReader) -> None:
        length, command, status, sequence = wire.HEADER.unpack(
            await reader.readexactly(wire.HEADER.size)
        )
        if not wire.HEADER.size <= length <= wire.LONGEST:
            raise Unreadable(f"length {length}")
        body = await reader.readexactly(length - wire.HEADER.size)
        if command == wire.BIND_TRANSCEIVER:
            self._bind(session, sequence, body)
        elif session not in self.sessions:
            raise Unreadable("not signed in")
        elif command == wire.SUBMIT:
            session.unanswered += 1
            session.most_unanswered = max(session.most_unanswered, session.unanswered)
            self._spawn(self._submit(session, sequence, body))
        elif command == wire.DELIVER | wire.RESP:
            answer = session.answers.get(sequence)
            if answer is not None and not answer.done():
                session.refused += status != 0
                answer.set_result(status)
        elif command == wire.ENQUIRE_LINK:
            self._heartbeat(session, sequence)
        elif command == wire.UNBIND:
            session.said_goodbye = True
            session.say(wire.UNBIND | wire.RESP, sequence)
            session.writer.close()

    def _bind(self, session: Bound, sequence: int, body: bytes) -> None:
        line = self._exchange.behaviours.choose(LINE, "")
        status = 0
        if line.mode in (Mode.HTTP_500, Mode.REFUSE_200):
            status = int(line.code or str(BIND_FAILED), 0)
        elif wire.read_bind(body) != (credentials.SMPP_SYSTEM_ID, credentials.SMPP_PASSWORD):
            status = 0x0E
        own = b"" if status else b"TEST-SMSC\0"
        session.say(wire.BIND_TRANSCEIVER | wire.RESP, sequence, own, status)
        if status:
            session.writer.close()
        else:
            self.sessions.append(session)

    def _alive(self, session: Session, sequence: int) -> None:
        session.say(wire.ENQUIRE_LINK | wire.RESP, sequence)

    def _part(self, session: Session, body: bytes) -> Submitted:
        return wire.read_submit(body)

    def _answer(self, session: Session, sequence: int, msg_id: int, result: int) -> None:
        assert isinstance(session, Bound)
        body = b"" if result else f"{msg_id:016x}".encode() + b"\0"
        session.say(wire.SUBMIT | wire.RESP, sequence, body, result)

    def _code(self, behaviour: Behaviour, code: str) -> int:
        return int(code, 0) if code else RESULTS[behaviour.mode]

    def _fault(self, session: Session, part: Submitted) -> int:
        checks = (
            (session.unanswered > WINDOW, 0x58),
            (part.src_id != credentials.SMPP_SOURCE, 0x0A),
            (part.fmt not in (0, wire.UCS2), 0x08),
            (part.length > (160 if part.fmt == 0 else 140), 0x01),
            (not mobile_digits(part.number), 0x0B),
        )
        return next((result for wrong, result in checks if wrong), 0)

    def _report_body(self, receipt: Receipt, msg_id: int, stat: str) -> Callable[[int], bytes]:
        own, times = f"{msg_id:016x}", (receipt.sent_at, receipt.due_at or time.time())
        text = wire.receipt_text(own, stat, times)
        body = wire.deliver(f"86{receipt.address}", credentials.SMPP_SOURCE, text, own, stat)
        return lambda _: body
