"""Providers of a kind on real parts: one that is down is avoided, one that cannot deliver a notice is spent for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from sanse.escalation.v1 import cases_pb2
from sanse.notify.v1 import notify_pb2
from services.cli.local.process import free_port
from services.common.settings import CommonSettings
from tests.contract.notifier.real_notifier import (
    CALLBACK_TOKEN,
    RealNotifier,
    eventually,
    notice,
    templates_with,
)
from tests.simulators import credentials as secrets
from tests.simulators.client import Simulators

# One provider may take six a minute, all others as many as come; persons are not limited here.
LIMIT = {"huawei_sms: 0": "huawei_sms: 6", "person: {per_hour: 30": "person: {per_hour: 0"}
OFFICIALS = ("GW-1,532301001001,village,grid,zh,sms|webhook,13800138001,,",)
HUAWEI = {
    "SANSE_HUAWEI_SMS_APP_KEY": secrets.HUAWEI_APP_KEY,
    "SANSE_HUAWEI_SMS_APP_SECRET": secrets.HUAWEI_APP_SECRET,
    "SANSE_HUAWEI_SMS_SENDER": secrets.HUAWEI_SENDER,
}
DELIVERED = notify_pb2.DELIVERY_STATUS_DELIVERED
SLOW = {"slow_answer_s: 3": "slow_answer_s: 0.4", "slow_arrival_s: 60": "slow_arrival_s: 2"}
# What the tests before did is forgotten quickly.
SLOW |= {
    "slow: {half_in_s: 300, worst_at: 0.5, doubt: 5": "slow: {half_in_s: 2, worst_at: 0.5, doubt: 1"
}


@pytest.fixture(scope="module")
def notifier(
    kafka: str,
    redis_url: str,
    simulators: Simulators,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RealNotifier]:
    """A notifier with four SMS providers for all tests."""
    simulators.reset(everything=True)
    folder = tmp_path_factory.mktemp("kinds")
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix="kinds", partitions=4)
    own = {"SANSE_METRICS_PORT": str(free_port()), "SANSE_RECEIPT_WITHIN_S": "60"}
    own |= templates_with(folder, "sending.yaml", SLOW | LIMIT) | HUAWEI
    own |= {
        "SANSE_RATE_LIMITS": "true",
        "SANSE_SMPP_HOST": "",
        "SANSE_HUAWEI_SMS_BASE_URL": simulators.http,
    }
    running = RealNotifier.start(settings, simulators, folder, OFFICIALS, **own)
    for vendor in ("aliyun", "tencent", "huawei"):
        url = f"http://{running.page}/callbacks/{vendor}/receipt?token={CALLBACK_TOKEN}"
        simulators.receipts(f"{vendor}-sms", url)
    yield running
    running.stop()


def _weight(notifier: RealNotifier, channel: str) -> float:
    wanted = f'sanse_provider_weight{{channel="{channel}",kind="sms"}}'
    page = httpx.get(f"http://127.0.0.1:{notifier.env['SANSE_METRICS_PORT']}", trust_env=False)
    found = [line for line in page.text.splitlines() if line.startswith(wanted)]
    return float(found[0].split()[-1]) if found else 0.0


def _ids(told: list[notify_pb2.Notice]) -> set[str]:
    return {one.notice_id for one in told}


def _tries_at(notifier: RealNotifier, told: list[notify_pb2.Notice]) -> Counter[str]:
    """Attempts by channel; a receipt is a step of the same attempt."""
    wanted, steps = _ids(told), notifier.deliveries()
    attempts = {(s.notice_id, s.attempt, s.channel) for s in steps if s.notice_id in wanted}
    return Counter(channel for _, _, channel in attempts)


def test_a_provider_that_is_down_is_avoided_and_loses_nothing(notifier: RealNotifier) -> None:
    """All arrive by other providers at once; the next messages hardly go near it, and red not at all."""
    notifier.simulators.reset()
    notifier.simulators.behave("aliyun-sms", "http_500")
    first = [notice(n) for n in range(40)]
    notifier.tell(first)
    notifier.wait_for_ends(first)
    eventually(lambda: 0 < _weight(notifier, "aliyun_sms") < 25)
    second = [notice(n) for n in range(100, 140)]
    red = notice(200)
    red.colour = cases_pb2.NOTICE_COLOUR_RED
    notifier.tell([*second, red])
    told = [*first, *second, red]
    notifier.wait_for_ends(told)
    ends = notifier.ends()
    assert {ends[one.notice_id].status for one in told} == {DELIVERED}
    # Some gateways do not keep the notice's id: each message by its own link then.
    assert list(notifier.shown().values()) == [1] * len(told)
    before, after = _tries_at(notifier, first), _tries_at(notifier, second)
    assert min(before[name] for name in ("aliyun_sms", "tencent_sms", "cmpp")) >= 4
    assert after["aliyun_sms"] < before["aliyun_sms"]
    assert "webhook" not in before + after
    assert "aliyun_sms" not in _tries_at(notifier, [red])


def test_a_provider_at_its_limit_leaves_messages_to_others(notifier: RealNotifier) -> None:
    """It takes what it may in a minute; others take the rest at once, and a full minute is no failed attempt."""
    notifier.simulators.reset()
    told = [notice(n) for n in range(500, 540)]
    notifier.tell(told)
    notifier.wait_for_ends(told)
    steps = [step for step in notifier.deliveries() if step.notice_id in _ids(told)]
    assert {step.reason for step in steps} == {"ok"}
    times = sorted({step.after.sent_ms for step in steps if step.channel == "huawei_sms"})
    # One is free at once, then one each ten seconds.
    assert len(times) <= 2 + (times[-1] - times[0] if times else 0) / 10_000


def test_what_one_carrier_blocks_another_provider_carries(notifier: RealNotifier) -> None:
    """The receipt's no spends the provider for this notice alone; the next of the kind delivers."""
    notifier.simulators.reset()
    notifier.simulators.behave("aliyun-sms", "receipt_failed", code="BLACK")
    for gateway in ("cmpp", "huawei-sms"):
        notifier.simulators.behave(gateway, "bad_address")
    told = [notice(n) for n in range(300, 312)]
    notifier.tell(told)
    notifier.wait_for_ends(told)
    ends = notifier.ends()
    assert {ends[one.notice_id].channel for one in told} == {"tencent_sms"}
    steps = [
        step for step in notifier.deliveries() if step.notice_id in {n.notice_id for n in told}
    ]
    spent = {name for step in steps for name in step.after.spent}
    assert "cmpp" in spent <= {"aliyun_sms", "cmpp", "huawei_sms"}


def test_a_slow_answer_and_a_late_arrival_lower_the_weight(notifier: RealNotifier) -> None:
    """Nothing fails, and yet who answers slowly, and whose messages come late, get fewer."""
    notifier.simulators.reset()
    notifier.simulators.behave("tencent-sms", "slow", delay_ms=600)
    notifier.simulators.behave("cmpp", "receipt_late", delay_ms=2500)
    told = [notice(n) for n in range(400, 440)]
    notifier.tell(told)
    notifier.wait_for_ends(told)
    for channel in ("tencent_sms", "cmpp"):
        avoided = f'"component": "providers", "channel": "{channel}"'
        eventually(lambda avoided=avoided: notifier.process.has_logged(avoided))  # type: ignore[misc]
    assert {step.reason for step in notifier.deliveries() if step.notice_id in _ids(told)} == {"ok"}
