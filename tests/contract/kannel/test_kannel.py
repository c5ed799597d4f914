"""Kannel, a gateway that knows nothing of us, must find the simulated SMSC indistinguishable from a real one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services.cli.local.process import LocalProcess, answers, free_port, spawn
from tests.contract.simulators.receiver import Receiver
from tests.simulators import credentials
from tests.simulators.client import Simulators

MOBILE = "13800138000"
LONG = "请于今日内首次走访并反馈，" * 12
SENT = "0: Accepted for delivery"
ARRIVED, FAILED = "1", "2"


@dataclass(frozen=True, slots=True)
class Kannel:
    """Bearerbox and smsbox, and where a message is handed in."""

    url: str
    status_url: str
    receiver: Receiver

    def send(self, text: str) -> httpx.Response:
        """Hand in one message; its receipts are told to the receiver."""
        asked = {
            "username": "tester",
            "password": "tester-pw",
            "from": credentials.SMPP_SOURCE,
            "to": f"86{MOBILE}",
            "text": text,
            "charset": "UTF-8",
            "coding": "0" if text.isascii() else "2",
            "dlr-mask": "3",
            "dlr-url": f"{self.receiver.url}?kind=receipt&what=%d",
        }
        return httpx.get(self.url, params=asked, trust_env=False, timeout=10.0)

    def is_online(self) -> bool:
        """Whether the SMSC has let it in."""
        said = httpx.get(self.status_url, trust_env=False, timeout=10.0)
        return "(online" in said.text


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Where receipts and replies are told."""
    with Receiver() as started:
        yield started


@pytest.fixture(scope="module")
def kannel(
    simulators: Simulators, receiver: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kannel]:
    """Signed in at the simulated SMSC."""
    folder: Path = tmp_path_factory.mktemp("kannel")
    simulators.reset(everything=True)
    admin, boxes, sending = free_port(), free_port(), free_port()
    page = folder / "kannel.conf"
    page.write_text(_settings(simulators, receiver, (admin, boxes, sending)), encoding="utf-8")
    started: list[LocalProcess] = []
    try:
        for program, port in (("bearerbox", boxes), ("smsbox", sending)):
            log = folder / f"{program}.log"
            process = spawn(program, [f"/usr/sbin/{program}", "-v", "1", str(page)], log)
            started.append(process)
            process.wait_until(lambda port=port: answers(port))  # type: ignore[misc]
        url = f"http://127.0.0.1:{sending}/cgi-bin/sendsms"
        status = f"http://127.0.0.1:{admin}/status.txt?password=admin-pw"
        found = Kannel(url, status, receiver)
        started[0].wait_until(found.is_online)
        yield found
    finally:
        for process in reversed(started):
            process.stop()


@pytest.fixture(autouse=True)
def fresh(simulators: Simulators, kannel: Kannel) -> None:
    """Nothing from another test."""
    simulators.reset(everything=True)
    kannel.receiver.pushed.clear()


@pytest.mark.parametrize("text", ["Plain text", "请签收", LONG], ids=["plain", "one", "parts"])
def test_kannels_messages_arrive_whole_with_their_receipts(
    simulators: Simulators, kannel: Kannel, text: str
) -> None:
    """Plain letters, UCS-2, and parts joined again; Kannel understands each receipt."""
    assert kannel.send(text).text == SENT
    shown = simulators.phone(MOBILE).expects(text)
    parts = len(shown.reference.split())
    assert (parts > 1) == (text is LONG)
    told = kannel.receiver.wait(1, 10.0)
    assert {(item["kind"], item["what"]) for item in told} == {("receipt", ARRIVED)}
    simulators.fails_on_unexpected()


def test_kannel_reads_a_failure(simulators: Simulators, kannel: Kannel) -> None:
    """A receipt that says no is one to Kannel as well."""
    simulators.behave("smpp", "receipt_failed")
    assert kannel.send("请签收").text == SENT
    told = kannel.receiver.wait(1, 10.0)
    assert [(item["kind"], item["what"]) for item in told] == [("receipt", FAILED)]


def test_kannel_takes_a_reply(simulators: Simulators, kannel: Kannel) -> None:
    """What a person writes reaches the service behind Kannel, and is acknowledged."""
    assert simulators.reply("smpp", MOBILE, "收到")
    told = kannel.receiver.wait(1, 10.0)
    # It hands on the octets as they came.
    octets = "收到".encode("utf-16-be").decode("ascii")
    assert told == [{"kind": "reply", "from": f"+86{MOBILE}", "text": octets}]


def test_kannel_comes_back_when_it_is_let_in_again(simulators: Simulators, kannel: Kannel) -> None:
    """A throttled message is sent again by Kannel itself, and shown once."""
    simulators.behave("smpp", "throttle", count=1)
    assert kannel.send("请签收").text == SENT
    simulators.phone(MOBILE).expects("请签收", within_seconds=20.0)
    time.sleep(0.2)
    simulators.fails_on_unexpected()


def _settings(simulators: Simulators, receiver: Receiver, ports: tuple[int, int, int]) -> str:
    admin, boxes, sending = ports
    groups = (
        {
            "group": "core",
            "admin-port": admin,
            "admin-interface": "127.0.0.1",
            "admin-password": "admin-pw",
            "smsbox-port": boxes,
            "smsbox-interface": "127.0.0.1",
            "sms-resend-freq": 1,
        },
        {
            "group": "smsc",
            "smsc": "smpp",
            "smsc-id": "simulated",
            "host": "127.0.0.1",
            "port": simulators.smpp_port,
            "transceiver-mode": "true",
            "smsc-username": credentials.SMPP_SYSTEM_ID,
            "smsc-password": credentials.SMPP_PASSWORD,
            "system-type": "VMA",
            "enquire-link-interval": 1,
            "reconnect-delay": 1,
        },
        {
            "group": "smsbox",
            "bearerbox-host": "127.0.0.1",
            "sendsms-port": sending,
            "sendsms-interface": "127.0.0.1",
        },
        {
            "group": "sendsms-user",
            "username": "tester",
            "password": "tester-pw",
            "concatenation": "true",
            "max-messages": 10,
        },
        {
            "group": "sms-service",
            "keyword": "default",
            "get-url": f"{receiver.url}?kind=reply&from=%p&text=%b",
            "max-messages": 0,
        },
    )
    return "\n\n".join(
        "\n".join(f"{key} = {_quoted(value)}" for key, value in group.items()) for group in groups
    )


def _quoted(value: object) -> str:
    """Addresses hold what would end a value."""
    return f'"{value}"' if isinstance(value, str) and ":" in value else str(value)
