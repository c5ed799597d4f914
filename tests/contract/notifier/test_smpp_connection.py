"""The lasting connection to an SMSC: the simulated one, and another implementation of the protocol."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import smpp34
from pydantic import SecretStr

from services.cli.local.process import free_port
from services.notifier.channels.smpp.client import Smpp
from services.notifier.domain.parts import part_ids
from services.notifier.domain.results import Reason, SendStatus
from tests.contract.notifier.rig import MOBILE, message_for, smpp_config
from tests.contract.notifier.test_cmpp_connection import Desk, listening, until
from tests.contract.tls.authority import Authority
from tests.simulators import credentials
from tests.simulators.behaviour import Behaviour, Mode
from tests.simulators.courier import Courier
from tests.simulators.exchange import Exchange
from tests.simulators.vendors.cmpp import WINDOW
from tests.simulators.vendors.smpp import LINE, SmppGateway

LONG = "长" * 150
# With its title and its link.
PARTS = 4


class Smsc:
    """The simulated SMSC inside the test's own loop."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.gateway = SmppGateway(self.exchange)
        self.port = 0

    def behave(self, mode: Mode, gateway: str = "smpp", **options: Any) -> None:
        """Treat what comes in this way."""
        self.exchange.behaviours.set(Behaviour(gateway, mode, **options))


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    """An SMSC that listens, with its courier."""
    found = Smsc()
    courier = Courier(found.exchange, {}, {"smpp": found.gateway})
    carrying = asyncio.create_task(courier.run())
    async with listening(found.gateway.serve) as port:
        found.port = port
        yield found
        for session in found.gateway.sessions:
            session.writer.close()
    carrying.cancel()


@asynccontextmanager
async def channel(port: int, **changes: Any) -> AsyncIterator[Smpp]:
    """The channel under test, closed at the end."""
    made = Smpp(smpp_config(port, **{"reconnect_s": 0.05, "part_wait_s": 0.01, **changes}))
    try:
        yield made
    finally:
        await made.close()


async def test_all_messages_share_one_connection_and_its_window(smsc: Smsc) -> None:
    """However many are sent at once, no more than the window wait for an answer, and all are taken."""
    smsc.behave(Mode.SLOW, delay_ms=20)
    async with channel(smsc.port, timeout_s=5) as made:
        results = await asyncio.gather(*(made.send(message_for(made), 0) for _ in range(40)))
        assert {result.status for result in results} == {SendStatus.ACCEPTED}
        assert [session.most_unanswered for session in smsc.gateway.sessions] == [WINDOW]


async def test_each_part_has_its_receipt_and_a_failed_desk_gets_it_again(smsc: Smsc) -> None:
    """A long text arrives whole; receipts name the parts, and are brought until they are safe."""
    desk = Desk(fails=1)
    async with channel(smsc.port) as made:
        made.listen(desk)
        result = await made.send(message_for(made, LONG), 0)
        await until(lambda: len(desk.receipts) == PARTS)
    assert LONG in smsc.exchange.phones.of(MOBILE)[0].text
    assert {news.provider_message_id for news in desk.receipts} == set(
        part_ids(result.provider_message_id)
    )
    assert all(news.arrived for news in desk.receipts)
    assert smsc.gateway.past[0].refused == 1
    assert smsc.gateway.past[0].said_goodbye


async def test_a_silent_smsc_is_left_and_found_again(smsc: Smsc) -> None:
    """Three heartbeats without an answer end a connection; the next message goes over another."""
    smsc.behave(Mode.TIMEOUT, LINE)
    async with channel(smsc.port, heartbeat_s=0.05) as made:
        made.listen(Desk())
        await until(lambda: len(smsc.gateway.past) > 0)
        assert smsc.gateway.past[0].heartbeats == 3
        smsc.behave(Mode.OK, LINE)
        await until(lambda: len(smsc.gateway.sessions) > 0)
        assert (await made.send(message_for(made), 0)).status is SendStatus.ACCEPTED


async def test_a_wrong_password_is_our_own_fault(smsc: Smsc) -> None:
    """The bind is refused: misconfigured, with the SMSC's own status."""
    async with channel(smsc.port, password=SecretStr("wrong")) as made:
        result = await made.send(message_for(made), 0)
    assert (result.status, result.reason) == (SendStatus.MISCONFIGURED, Reason.BAD_CREDENTIALS)
    assert result.provider_code == "bind 0xe"


async def test_a_reply_is_brought_and_taken(smsc: Smsc) -> None:
    """What a person writes arrives with the number as the roster has it."""
    desk = Desk()
    async with channel(smsc.port) as made:
        made.listen(desk)
        await until(lambda: len(smsc.gateway.sessions) == 1)
        assert await smsc.gateway.bring_reply(MOBILE, "收到", times=2)
    assert {(news.mobile, news.text) for _, news in desk.replies} == {(MOBILE, "收到")}
    assert len({reply_id for reply_id, _ in desk.replies}) == 1


async def test_another_implementation_takes_and_brings_messages() -> None:
    """A server that is not ours joins our parts, and its receipt and reply are read."""
    desk, port = Desk(), free_port()
    server = smpp34.Server("127.0.0.1", port, system_id="OTHER")
    await server.start()
    try:
        async with channel(port) as made:
            made.listen(desk)
            bound = await server.next()
            assert isinstance(bound, smpp34.Esme)
            assert bound.system_id == credentials.SMPP_SYSTEM_ID
            sending = asyncio.create_task(made.send(message_for(made, LONG), 0))
            parts = [await _taken(server, number) for number in range(PARTS)]
            result = await sending
            text = b"".join(part[6:] for part in sorted(parts, key=lambda part: part[5]))
            assert LONG in text.decode("utf-16-be")
            assert result.provider_message_id == "m-0 m-1 m-2 m-3"
            receipt = b"id:m-0 stat:DELIVRD"
            for esm_class, content in ((4, receipt), (0, b"1")):
                said = await bound.deliver_sm(
                    "1069", content, source_addr=f"86{MOBILE}", esm_class=esm_class
                )
                assert said.is_success
    finally:
        await server.stop()
    assert [(news.provider_message_id, news.arrived) for news in desk.receipts] == [("m-0", True)]
    assert [news.text for _, news in desk.replies] == ["1"]


async def test_an_smsc_that_cannot_prove_itself_gets_no_password(
    smsc: Smsc, tmp_path: Path
) -> None:
    """With TLS: the unit's own authority is believed, a stranger's is not, and nothing is said to it."""
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    context, own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ours.server()
    context.load_cert_chain(own.certificate, own.key)
    server = await asyncio.start_server(smsc.gateway.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    reasons = []
    for authority in (ours, theirs):
        async with channel(port, tls=True, ca_file=authority.ca, timeout_s=5) as made:
            reasons.append((await made.send(message_for(made), 0)).reason)
    server.close()
    assert reasons == [Reason.OK, Reason.BAD_CERTIFICATE]
    assert len(smsc.gateway.past) == 1


async def _taken(server: smpp34.Server, number: int) -> bytes:
    """The next part that comes, taken under a number of the server's own."""
    part = await server.next()
    assert isinstance(part, smpp34.SubmitSmEvent)
    part.accept(f"m-{number}")
    return bytes(part.short_message)
