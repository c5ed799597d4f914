"""Every gateway must misbehave exactly as told, for as long as told, and count what it did."""

import time
from pathlib import Path

import httpx
import pytest

from tests.simulators import credentials
from tests.simulators.client import Simulators

GATEWAY = "wecom-robot"
KEY = credentials.WECOM_ROBOT_KEY
PATH = f"/wecom/cgi-bin/webhook/send?key={KEY}"


def send(http: httpx.Client, text: str = "x", timeout: float = 5.0) -> httpx.Response:
    body = {"msgtype": "text", "text": {"content": text}}
    return http.post(PATH, json=body, timeout=timeout)


def errcodes(http: httpx.Client, number: int) -> list[int]:
    return [int(send(http).json()["errcode"]) for _ in range(number)]


def test_count(simulators: Simulators, http: httpx.Client) -> None:
    """An instruction with a count is over after that many messages."""
    simulators.behave(GATEWAY, "throttle", count=2)
    assert errcodes(http, 3) == [45009, 45009, 0]


def test_address_before_gateway(simulators: Simulators, http: httpx.Client) -> None:
    """An instruction for one address wins over the one for the whole gateway."""
    simulators.behave(GATEWAY, "throttle")
    simulators.behave(GATEWAY, "ok", KEY)
    assert errcodes(http, 1) == [0]


def test_ok_ends_a_storm(simulators: Simulators, http: httpx.Client) -> None:
    """The mode ok replaces the instruction before it."""
    simulators.behave(GATEWAY, "throttle")
    simulators.behave(GATEWAY, "ok")
    assert errcodes(http, 1) == [0]


def test_probability_is_repeatable(simulators: Simulators, http: httpx.Client) -> None:
    """A storm with a probability strikes some messages, and the same ones on every run."""
    runs = []
    for _ in range(2):
        simulators.reset()
        simulators.behave(GATEWAY, "throttle", probability=0.5)
        runs.append(errcodes(http, 20))
    assert runs[0] == runs[1]
    assert set(runs[0]) == {0, 45009}


def test_http_500(simulators: Simulators, http: httpx.Client) -> None:
    """A broken gateway is an HTTP 500 and delivers nothing."""
    simulators.behave(GATEWAY, "http_500")
    assert send(http).status_code == 500
    assert simulators.messages() == []


@pytest.mark.parametrize(("anyway", "shown"), [(True, 1), (False, 0)])
def test_timeout(simulators: Simulators, http: httpx.Client, anyway: bool, shown: int) -> None:
    """A hanging gateway may or may not have shown the message it never answered for."""
    simulators.behave(GATEWAY, "timeout", delivered_anyway=anyway, delay_ms=2000)
    with pytest.raises(httpx.ReadTimeout):
        send(http, timeout=0.2)
    assert len(simulators.messages()) == shown


def test_connection_closed(simulators: Simulators, http: httpx.Client) -> None:
    """A gateway told to close breaks off in the middle of its answer."""
    simulators.behave(GATEWAY, "timeout", close=True)
    with pytest.raises(httpx.RemoteProtocolError):
        send(http)
    assert simulators.messages() == []


def test_slow(simulators: Simulators, http: httpx.Client) -> None:
    """A slow gateway answers right, but late."""
    simulators.behave(GATEWAY, "slow", delay_ms=200)
    started = time.monotonic()
    assert send(http).json()["errcode"] == 0
    assert time.monotonic() - started >= 0.2


def test_dropped(simulators: Simulators, http: httpx.Client) -> None:
    """A dropping gateway says yes and shows nothing."""
    simulators.behave(GATEWAY, "dropped")
    assert errcodes(http, 1) == [0]
    assert simulators.messages() == []


def test_code_of_choice(simulators: Simulators, http: httpx.Client) -> None:
    """A refusal can be given any of the vendor's codes."""
    simulators.behave(GATEWAY, "refuse_200", code="40008")
    assert errcodes(http, 1) == [40008]


def test_stats(simulators: Simulators, http: httpx.Client) -> None:
    """Requests, accepted, refused, failed and delivered are counted per gateway."""
    for mode in ("ok", "throttle", "http_500"):
        simulators.behave(GATEWAY, mode)
        send(http)
    counts = simulators.stats()[GATEWAY]
    wanted = {"requests": 3, "accepted": 1, "refused": 1, "failed": 1, "delivered": 1}
    assert {name: counts[name] for name in wanted} == wanted
    assert set(simulators.stats()) == {GATEWAY}


@pytest.mark.parametrize(
    ("gateway", "mode", "options", "named"),
    [
        ("pigeon", "ok", {}, "wecom-robot"),
        (GATEWAY, "dance", {}, "refuse_200"),
        (GATEWAY, "ok", {"dealy_ms": "1"}, "delay_ms"),
    ],
)
def test_unknown_instruction(
    simulators: Simulators, gateway: str, mode: str, options: dict[str, str], named: str
) -> None:
    """An unknown gateway, mode or key is refused, and the answer names what is allowed."""
    with pytest.raises(ValueError, match=named):
        simulators.behave(gateway, mode, **options)


def test_messages_since(simulators: Simulators, http: httpx.Client) -> None:
    """Messages are in order, and only the later ones are given after a number."""
    for text in ("一", "二", "三"):
        send(http, text)
    everything = simulators.messages()
    assert [message.text for message in everything] == ["一", "二", "三"]
    later = simulators.messages(since=everything[0].seq)
    assert [message.text for message in later] == ["二", "三"]


def test_numbers_rise_over_a_reset(simulators: Simulators, http: httpx.Client) -> None:
    """A reset empties the phones but never gives a sequence number twice."""
    send(http)
    before = simulators.messages()[-1].seq
    simulators.reset()
    assert simulators.messages() == []
    send(http)
    assert [message.seq for message in simulators.messages()] == [before + 1]


def test_unexpected_message_fails(simulators: Simulators, http: httpx.Client) -> None:
    """A message nobody expected is named in the failure."""
    send(http, "没人等的消息")
    with pytest.raises(AssertionError, match="没人等的消息"):
        simulators.fails_on_unexpected()


def test_missing_message_fails(simulators: Simulators, http: httpx.Client) -> None:
    """A message that does not come fails the test and tells what came instead."""
    send(http, "别的")
    with pytest.raises(AssertionError, match="别的"):
        simulators.phone(KEY).expects("红色", within_seconds=0.05)


def test_one_message_is_expected_once(simulators: Simulators, http: httpx.Client) -> None:
    """The same message does not satisfy two expectations."""
    send(http, "红色")
    simulators.phone(KEY).expects("红色")
    with pytest.raises(AssertionError):
        simulators.phone(KEY).expects("红色", within_seconds=0.05)


def test_stops_and_cleans_up(tmp_path: Path) -> None:
    """A stopped process leaves neither a listener nor a state file behind."""
    started = Simulators.start(tmp_path)
    started.stop()
    assert not (tmp_path / "simulators.json").exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{started.http}/_control/stats", trust_env=False)


def test_stops_by_itself(tmp_path: Path) -> None:
    """A process past its time ends without being told."""
    started = Simulators.start(tmp_path, max_seconds=0.2)
    give_up = time.monotonic() + 5
    while (tmp_path / "simulators.json").exists() and time.monotonic() < give_up:
        time.sleep(0.02)
    assert not (tmp_path / "simulators.json").exists()
    started.stop()
