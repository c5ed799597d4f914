"""The long tail: what Apprise says yes to has arrived; its no, which has no reason, sends the message on."""

from __future__ import annotations

import sys

import pytest
from pydantic import SecretStr

from services.notifier.channels.apprise.client import Apprise, AppriseUnusable
from services.notifier.channels.apprise.config import AppriseConfig
from services.notifier.domain.results import Reason, SendStatus
from tests.contract.notifier.rig import ADDRESS, message_for, sent
from tests.simulators.client import Simulators

SECRET = "long-tail-secret"


def channel(simulators: Simulators, host: str = "") -> Apprise:
    """A channel whose service is the simulated one."""
    url = f"json://{SECRET}@{host or simulators.host}/apprise/{{official_id}}"
    return Apprise(AppriseConfig(url=SecretStr(url), timeout_s=0.3))


@pytest.fixture(autouse=True)
def fresh(simulators: Simulators) -> None:
    """No message and no instruction from another test."""
    simulators.reset(everything=True)


def test_a_yes_has_arrived_whole(simulators: Simulators) -> None:
    """Title, words with rare letters and the link reach the official's own address, once."""
    made = channel(simulators)
    result = sent(made, message_for(made, "𠮷镇已走访👨‍👩‍👧"))
    assert (result.status, result.reason) == (SendStatus.DELIVERED, Reason.OK)
    simulators.phone("GW-1").expects(["黄色预警", "𠮷镇已走访👨‍👩‍👧", "https://sanse.example/a/"])
    simulators.fails_on_unexpected()


@pytest.mark.parametrize("mode", ["refuse_200", "throttle", "bad_address", "http_500", "timeout"])
def test_a_no_sends_the_message_on(
    simulators: Simulators, mode: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever the reason: another channel, and neither the address nor its secret in a log."""
    simulators.behave("apprise", mode, delay_ms=1500)
    made = channel(simulators)
    message = message_for(made)
    result = sent(made, message)
    assert (result.status, result.reason) == (SendStatus.SWITCH_PROVIDER, Reason.GATEWAY_ERROR)
    said = f"{capfd.readouterr()}{made!r}{result!r}{message!r}"
    assert not [hidden for hidden in (SECRET, ADDRESS.mobile) if hidden in said]


def test_a_service_that_is_away_sends_the_message_on(simulators: Simulators) -> None:
    """Nobody listens there: another channel."""
    made = channel(simulators, "127.0.0.1:9")
    assert sent(made, message_for(made)).status is SendStatus.SWITCH_PROVIDER


def test_an_oversize_message_is_given_up(simulators: Simulators) -> None:
    """What Apprise would cut or send in pieces is refused here."""
    made = channel(simulators)
    result = sent(made, message_for(made, "长" * 40_000))
    assert (result.status, result.reason) == (SendStatus.GIVE_UP, Reason.TOO_LONG)
    assert simulators.messages() == []


def test_a_missing_package_is_told_at_start(
    simulators: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Configured and not installed: the start ends with what to install."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(AppriseUnusable, match=r"pip install 'sanse\[apprise\]'"):
        channel(simulators)


def test_an_address_apprise_does_not_know_is_told_at_start() -> None:
    """The setting is named, not its value."""
    with pytest.raises(AppriseUnusable, match="SANSE_APPRISE_URL") as told:
        Apprise(AppriseConfig(url=SecretStr(f"nowhere://{SECRET}")))
    assert SECRET not in str(told.value)
