"""The lasting connection to a carrier's gateway: window, heartbeat, loss, parts, and what the gateway brings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.notifier.adapters.sms_callbacks import ReceiptNews, ReplyNews
from services.notifier.channels.cmpp.client import Cmpp
from services.notifier.domain.message import Message, TextContent
from services.notifier.domain.results import Reason, SendResult, SendStatus
from tests.contract.notifier.rig import ADDRESS, MOBILE, NOTICE_ID, Language, cmpp_config
from tests.simulators import credentials
from tests.simulators.behaviour import Behaviour, Mode
from tests.simulators.courier import Courier
from tests.simulators.exchange import Exchange
from tests.simulators.vendors import cmpp_wire as wire
from tests.simulators.vendors.cmpp import LINE, WINDOW, CmppGateway

LONG = "长" * 150
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Carrier:
    """The simulated gateway inside the test's own loop."""

    exchange: Exchange = field(default_factory=Exchange)
    port: int = 0

    def __post_init__(self) -> None:
        self.gateway = CmppGateway(self.exchange)

    def behave(self, mode: Mode, gateway: str = "cmpp", **options: Any) -> None:
        """Treat what comes in this way."""
        self.exchange.behaviours.set(Behaviour(gateway, mode, **options))

    def shown(self) -> list[str]:
        """What the phone shows."""
        return [message.text for message in self.exchange.phones.of(MOBILE)]

    def count(self, what: str) -> int:
        """Parts that came, were refused …"""
        return self.exchange.stats.as_json().get("cmpp", {}).get(what, 0)


@dataclass
class Desk:
    """An inbox; `fails` times it cannot take what is brought."""

    fails: int = 0
    receipts: list[ReceiptNews] = field(default_factory=list)
    replies: list[tuple[str, ReplyNews]] = field(default_factory=list)

    async def receipt(self, channel: str, news: ReceiptNews) -> bool:
        """Keep it, or fail."""
        self._fail()
        self.receipts.append(news)
        return True

    async def reply(self, channel: str, reply_id: str, news: ReplyNews) -> None:
        """Keep it, or fail."""
        self._fail()
        self.replies.append((reply_id, news))

    def _fail(self) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("the log is away")


@asynccontextmanager
async def listening(serve: Serve, port: int = 0) -> AsyncIterator[int]:
    """A server on loopback; its port."""
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def carrier() -> AsyncIterator[Carrier]:
    """A gateway that listens, with its courier."""
    found = Carrier()
    courier = Courier(found.exchange, {}, {"cmpp": found.gateway})
    carrying = asyncio.create_task(courier.run())
    async with listening(found.gateway.serve) as port:
        found.port = port
        yield found
        for session in found.gateway.sessions:
            session.writer.close()
    carrying.cancel()


@asynccontextmanager
async def channel(port: int, **changes: Any) -> AsyncIterator[Cmpp]:
    """The channel under test, closed at the end."""
    made = Cmpp(cmpp_config(port, **{"reconnect_s": 0.05, "part_wait_s": 0.01, **changes}))
    try:
        yield made
    finally:
        await made.close()


async def send(made: Cmpp, text: str = "请签收") -> SendResult:
    """Send one message."""
    content = TextContent("【三色预警】", text)
    return await made.send(Message(NOTICE_ID, Language.ZH, ADDRESS, content), 0)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; the test's own time limit is ten seconds."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("version", ["2.0", "3.0"])
async def test_all_messages_share_one_connection_and_its_window(
    carrier: Carrier, version: str
) -> None:
    """However many are sent at once, no more than the window wait for an answer, and all are taken."""
    carrier.behave(Mode.SLOW, delay_ms=20)
    async with channel(carrier.port, version=version, timeout_s=5) as made:
        results = await asyncio.gather(*(send(made) for _ in range(60)))
        assert {result.status for result in results} == {SendStatus.ACCEPTED}
        assert len({result.provider_message_id for result in results}) == 60
        assert [session.most_unanswered for session in carrier.gateway.sessions] == [WINDOW]


async def test_more_connections_share_the_load(carrier: Carrier) -> None:
    """Two connections, when the account has two: both are used."""
    carrier.behave(Mode.SLOW, delay_ms=20)
    async with channel(carrier.port, connections=2, timeout_s=5) as made:
        made.listen(Desk())
        await until(lambda: len(carrier.gateway.sessions) == 2)
        await asyncio.gather(*(send(made) for _ in range(40)))
        used = [session.most_unanswered for session in carrier.gateway.sessions]
        assert len(used) == 2
        assert min(used) > 0


async def test_a_full_window_is_no_message_sent(carrier: Carrier) -> None:
    """Who finds no place in the window in time has certainly sent nothing."""
    carrier.behave(Mode.TIMEOUT)
    async with channel(carrier.port, window=1, timeout_s=0.2) as made:
        results = await asyncio.gather(send(made), send(made), return_exceptions=False)
        told = {(result.status, result.reason) for result in results}
        assert (SendStatus.UNKNOWN_OUTCOME, Reason.TIMEOUT) in told
        assert carrier.count("requests") == sum(
            result.status is SendStatus.UNKNOWN_OUTCOME for result in results
        )


async def test_the_heartbeat_keeps_a_quiet_connection(carrier: Carrier) -> None:
    """Nothing is sent, the gateway is asked again and again, and the connection stays."""
    async with channel(carrier.port, heartbeat_s=0.02) as made:
        made.listen(Desk())
        await until(lambda: any(s.heartbeats > 10 for s in carrier.gateway.sessions))
        assert carrier.gateway.past == []


async def test_a_silent_gateway_is_left_after_three_heartbeats(carrier: Carrier) -> None:
    """A connection on which nobody answers is replaced, and the next message goes through."""
    carrier.behave(Mode.TIMEOUT, LINE)
    async with channel(carrier.port, heartbeat_s=0.05) as made:
        made.listen(Desk())
        await until(lambda: len(carrier.gateway.past) > 0)
        assert carrier.gateway.past[0].heartbeats == 3
        carrier.behave(Mode.OK, LINE)
        await until(lambda: len(carrier.gateway.sessions) > 0)
        assert (await send(made)).status is SendStatus.ACCEPTED


async def test_a_lost_connection_is_made_anew(carrier: Carrier) -> None:
    """The gateway cuts a quiet connection: the next message does not notice."""
    async with channel(carrier.port, heartbeat_s=0.01, heartbeat_misses=1000) as made:
        assert (await send(made)).status is SendStatus.ACCEPTED
        await until(lambda: carrier.gateway.sessions[0].heartbeats > 1)
        carrier.gateway.sessions[0].writer.close()
        await until(lambda: len(carrier.gateway.past) == 1 and bool(carrier.gateway.sessions))
        assert (await send(made)).status is SendStatus.ACCEPTED
        assert len(carrier.shown()) == 2


async def test_a_slow_desk_does_not_hold_up_the_next_connection(carrier: Carrier) -> None:
    """A report is still on its way to the log when the connection is lost: messages go on meanwhile."""
    stuck = asyncio.Event()

    class SlowDesk(Desk):
        async def receipt(self, channel: str, news: ReceiptNews) -> bool:
            await stuck.wait()
            return await super().receipt(channel, news)

    desk = SlowDesk()
    async with channel(carrier.port, timeout_s=60) as made:
        made.listen(desk)
        await send(made)
        await until(lambda: len(carrier.gateway.sessions[0].answers) == 1)
        carrier.gateway.sessions[0].writer.close()
        await until(lambda: len(carrier.gateway.past) == 1 and bool(carrier.gateway.sessions))
        assert (await send(made)).status is SendStatus.ACCEPTED
        assert desk.receipts == []
        stuck.set()
        await until(lambda: len(desk.receipts) >= 2)


async def test_a_gateway_that_comes_back_is_found(carrier: Carrier) -> None:
    """While nobody listens nothing is sent, and says so; afterwards all goes on by itself."""
    async with listening(carrier.gateway.serve) as port:
        pass
    async with channel(port) as made:
        down = await send(made)
        assert (down.status, down.reason) == (SendStatus.RETRY, Reason.UNREACHABLE)
        async with listening(carrier.gateway.serve, port):
            await until(lambda: len(carrier.gateway.sessions) > 0)
            assert (await send(made)).status is SendStatus.ACCEPTED
            await made.close()


async def test_a_gateway_that_throws_us_out_is_not_stormed() -> None:
    """Let in and cut off at once, twice: the third greeting waits, and messages are not held up by it."""
    greetings = 0

    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal greetings
        greetings += 1
        header = wire.HEADER.unpack(await reader.readexactly(12))
        body = await reader.readexactly(header[0] - 12)
        answer = wire.connect_resp(0x20, 0, body[6:22], credentials.CMPP_SECRET)
        writer.write(
            wire.HEADER.pack(12 + len(answer), wire.CONNECT | wire.RESP, header[2]) + answer
        )
        await writer.drain()
        writer.close()

    async with listening(rude) as port, channel(port, reconnect_s=60) as made:
        made.listen(Desk())
        await until(lambda: greetings == 2)
        results = [await send(made) for _ in range(5)]
        assert {result.reason for result in results} <= {Reason.UNREACHABLE, Reason.TIMEOUT}
        assert results[-1].status is SendStatus.RETRY
        assert greetings == 2


@pytest.mark.parametrize("version", ["2.0", "3.0"])
async def test_a_wrong_secret_asks_for_a_person_and_is_told_to_nobody(
    carrier: Carrier, version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gateway's refusal is our own fault; neither result nor log shows the secret."""
    async with channel(carrier.port, version=version, secret="test-wrong-secret") as made:
        result = await send(made)
        assert (result.status, result.reason) == (
            SendStatus.MISCONFIGURED,
            Reason.BAD_CREDENTIALS,
        )
        assert result.provider_code == "connect 3"
        said = "".join(capsys.readouterr())
        assert "line.not_connected" in said
        assert "test-wrong-secret" not in f"{said}{result!r}{made!r}{vars(made)!r}"


async def test_a_gateway_that_does_not_know_the_secret_is_refused_when_asked(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With verify_gateway, who lets us in without proof gets no message."""
    monkeypatch.setattr(wire, "connect_resp", lambda version, *_: bytes([0]) + bytes(16) + b"\x20")
    async with channel(carrier.port, verify_gateway=True) as made:
        assert (await send(made)).reason is Reason.BAD_CREDENTIALS
    async with channel(carrier.port) as made:
        assert (await send(made)).status is SendStatus.ACCEPTED


async def test_we_say_goodbye(carrier: Carrier) -> None:
    """Closing ends the conversation by TERMINATE."""
    async with channel(carrier.port) as made:
        await send(made)
    await until(lambda: len(carrier.gateway.past) == 1)
    assert carrier.gateway.past[0].said_goodbye


async def test_a_long_message_is_one_message(carrier: Carrier) -> None:
    """Three parts are taken, the phone shows one text, and the id names all three."""
    async with channel(carrier.port) as made:
        result = await send(made, LONG)
        assert carrier.count("requests") == 3
        assert carrier.shown() == ["【三色预警】" + LONG]
        assert len(result.provider_message_id.split(" ")) == 3


async def test_a_throttled_part_is_tried_again_by_itself(carrier: Carrier) -> None:
    """Result 8 for the second part: only that part goes again, and the message is whole."""
    carrier.behave(Mode.THROTTLE, code="2/8")
    async with channel(carrier.port) as made:
        assert (await send(made, LONG)).status is SendStatus.ACCEPTED
        assert carrier.count("requests") == 4
        assert carrier.shown() == ["【三色预警】" + LONG]


async def test_a_refused_part_is_named(carrier: Carrier) -> None:
    """The message is not sent, and the result says which part failed and why."""
    carrier.behave(Mode.REFUSE_200, code="2/6")
    async with channel(carrier.port) as made:
        result = await send(made, LONG)
        assert (result.status, result.reason) == (SendStatus.GIVE_UP, Reason.TOO_LONG)
        assert result.provider_code == "6 part 2/3"
        assert carrier.shown() == []


@pytest.mark.parametrize("close", [False, True], ids=["silent", "cut off"])
async def test_an_unanswered_part_is_never_sent_again(carrier: Carrier, close: bool) -> None:
    """Its answer is lost: the outcome is unknown, the part is named, and no part goes twice."""
    carrier.behave(Mode.TIMEOUT, code="3/", close=close, delivered_anyway=True)
    async with channel(carrier.port) as made:
        result = await send(made, LONG)
        assert (result.status, result.reason) == (SendStatus.UNKNOWN_OUTCOME, Reason.TIMEOUT)
        assert result.provider_code == "timeout part 3/3"
        assert carrier.count("requests") == 3
        assert carrier.shown() == ["【三色预警】" + LONG]


async def test_a_gateway_that_answers_no_part_before_the_last_is_served() -> None:
    """SMSGate's server joins the parts first and answers them then: none of them may wait for another's answer."""

    async def joining(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held: list[int] = []
        while True:
            length, command, sequence = wire.HEADER.unpack(await reader.readexactly(12))
            body = await reader.readexactly(length - 12)
            if command == wire.CONNECT:
                said = wire.connect_resp(0x20, 0, body[6:22], credentials.CMPP_SECRET)
                writer.write(wire.HEADER.pack(12 + len(said), command | wire.RESP, sequence) + said)
            elif command == wire.SUBMIT:
                held.append(sequence)
                for held_one in held if len(held) == wire.read_submit(0x20, body).total else []:
                    said = wire.answer(0x20, held_one, 0)
                    writer.write(wire.HEADER.pack(21, wire.SUBMIT | wire.RESP, held_one) + said)

    async with listening(joining) as port, channel(port) as made:
        assert (await send(made, LONG)).status is SendStatus.ACCEPTED


async def test_a_late_answer_changes_nothing(carrier: Carrier) -> None:
    """After its time the outcome is unknown and stays so; the connection serves the next message."""
    carrier.behave(Mode.SLOW, delay_ms=300, count=1)
    async with channel(carrier.port, timeout_s=0.15) as made:
        assert (await send(made)).status is SendStatus.UNKNOWN_OUTCOME
        await until(lambda: carrier.count("accepted") == 1)
        assert (await send(made)).status is SendStatus.ACCEPTED
        assert carrier.gateway.past == []


async def test_noise_between_messages_ends_nothing_and_a_lost_frame_does() -> None:
    """A message nobody knows is passed over; an impossible length ends the connection, and another is made."""
    connections = 0

    async def noisy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            length, command, sequence = wire.HEADER.unpack(await reader.readexactly(12))
            body = await reader.readexactly(length - 12)
            if command == wire.CONNECT:
                said = wire.connect_resp(0x20, 0, body[6:22], credentials.CMPP_SECRET)
                writer.write(wire.HEADER.pack(12 + len(said), command | wire.RESP, sequence) + said)
            elif command == wire.SUBMIT:
                writer.write(wire.HEADER.pack(16, 0x77, 1) + b"\1\2\3\4")
                writer.write(wire.HEADER.pack(13, wire.DELIVER, 1) + b"\1")
                said = wire.answer(0x20, 5, 0)
                writer.write(wire.HEADER.pack(21, wire.SUBMIT | wire.RESP, sequence) + said)
                writer.write(b"\xff" * 12)

    async with listening(noisy) as port, channel(port) as made:
        assert (await send(made)).status is SendStatus.ACCEPTED
        await until(lambda: connections == 2)
        assert (await send(made)).status is SendStatus.ACCEPTED


@pytest.mark.parametrize("version", ["2.0", "3.0"])
async def test_every_part_has_its_report(carrier: Carrier, version: str) -> None:
    """The reports name the ids the parts were taken under."""
    desk = Desk()
    async with channel(carrier.port, version=version) as made:
        made.listen(desk)
        result = await send(made, LONG)
        await until(lambda: len(desk.receipts) == 3)
        ids = {news.provider_message_id for news in desk.receipts}
        assert ids == set(result.provider_message_id.split(" "))
        assert {(news.arrived, news.code) for news in desk.receipts} == {(True, "DELIVRD")}


async def test_what_cannot_be_taken_is_brought_again(carrier: Carrier) -> None:
    """While the log is away the gateway gets no yes, so a report is not lost."""
    desk = Desk(fails=1)
    async with channel(carrier.port) as made:
        made.listen(desk)
        await send(made)
        await until(lambda: len(desk.receipts) == 1)
        assert desk.fails == 0


async def test_who_listens_no_more_leaves_it_with_the_gateway(carrier: Carrier) -> None:
    """While a worker ends, what is brought is asked for again, and the next one to listen gets it."""
    first, second = Desk(), Desk()
    async with channel(carrier.port) as made:
        made.listen(first)
        await until(lambda: len(carrier.gateway.sessions) == 1)
        made.listen(None)
        bringing = asyncio.create_task(carrier.gateway.bring_reply(MOBILE, "1"))
        await until(lambda: carrier.gateway.sessions[0].refused > 0)
        made.listen(second)
        assert await bringing
        assert (len(first.replies), len(second.replies)) == (0, 1)


async def test_a_reply_is_brought_with_its_id(carrier: Carrier) -> None:
    """What a person writes reaches the desk, from the number the roster knows."""
    desk = Desk()
    async with channel(carrier.port) as made:
        made.listen(desk)
        await until(lambda: len(carrier.gateway.sessions) == 1)
        assert await carrier.gateway.bring_reply(MOBILE, "收到")
        assert [news for _, news in desk.replies] == [ReplyNews(MOBILE, "收到")]
        assert all(reply_id for reply_id, _ in desk.replies)


async def test_the_gateways_own_heartbeat_and_goodbye_are_answered() -> None:
    """ACTIVE_TEST and TERMINATE from the gateway get their answers under their own numbers."""
    heard: list[tuple[int, int]] = []

    async def asking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length, command, sequence = wire.HEADER.unpack(await reader.readexactly(12))
            body = await reader.readexactly(length - 12)
            heard.append((command, sequence))
            if command == wire.CONNECT:
                said = wire.connect_resp(0x20, 0, body[6:22], credentials.CMPP_SECRET)
                writer.write(wire.HEADER.pack(12 + len(said), command | wire.RESP, sequence) + said)
                writer.write(wire.HEADER.pack(12, wire.ACTIVE_TEST, 41))
            elif command == wire.ACTIVE_TEST | wire.RESP:
                writer.write(wire.HEADER.pack(12, wire.TERMINATE, 42))

    async with listening(asking) as port, channel(port, reconnect_s=60) as made:
        made.listen(Desk())
        await until(lambda: (wire.TERMINATE | wire.RESP, 42) in heard)
        assert (wire.ACTIVE_TEST | wire.RESP, 41) in heard
