"""The promise of a send, with the process killed at every step of it: attempted, not lost, at most once too often."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sanse.notify.v1 import notify_pb2
from services.common.settings import CommonSettings
from tests.contract.notifier.real_notifier import (
    CALLBACK_TOKEN,
    RealNotifier,
    eventually,
    notice,
    templates_with,
)
from tests.simulators.client import Simulators

PHONE = "13800138001"
OFFICIALS = (
    f"GW-1,532301001001,village,grid,zh,sms,{PHONE},,",
    "GW-2,532301001002,village,grid,zh,webhook,,,",
)
LIMIT = {"person: {per_hour: 30, bundle_every_s: 600": "person: {per_hour: 6, bundle_every_s: 4"}
# In the order of one message's life.
BEFORE_THE_RECEIPT = ("after_commit", "before_claim", "after_claim", "after_send", "after_record")
DELIVERED = notify_pb2.DELIVERY_STATUS_DELIVERED
BUNDLED = notify_pb2.DELIVERY_STATUS_BUNDLED


@pytest.fixture
def running(
    kafka: str, redis_url: str, sanse_prefix: str, simulators: Simulators, folder: Path
) -> Iterator[RealNotifier]:
    """A notifier that dies at the first step of its first message."""
    simulators.reset(everything=True)
    prefix = f"{sanse_prefix}-kill"
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=prefix, partitions=2)
    env = {"SANSE_FAILPOINT": BEFORE_THE_RECEIPT[0], "SANSE_RECEIPT_WITHIN_S": "300"}
    env |= {**templates_with(folder, "sending.yaml", LIMIT), "SANSE_RATE_LIMITS": "true"}
    # Three providers, of which a test breaks some.
    env |= {"SANSE_SMPP_HOST": ""}
    started = RealNotifier.start(settings, simulators, folder, OFFICIALS, **env)
    yield started
    started.stop()


def _push(running: RealNotifier, what: str, item: dict[str, object]) -> int:
    """Push as the platform does: the answer's status; 0 when the connection broke."""
    url = f"http://{running.page}/callbacks/aliyun/{what}?token={CALLBACK_TOKEN}"
    try:
        return httpx.post(url, json=[item], trust_env=False, timeout=20).status_code
    except httpx.TransportError:
        return 0


def _dies(running: RealNotifier) -> None:
    eventually(lambda: not running.process.alive, 30, running.process.log_tail)


def _push_until_taken(running: RealNotifier, what: str, item: dict[str, object]) -> None:
    """Killed before and after it is written, the process takes it at the third push."""
    for place in (f"before_{what}", f"after_{what}"):
        if running.env["SANSE_FAILPOINT"] != place:
            running.restart(place)
        running.wait_ready()
        assert _push(running, what, item) == 0
        _dies(running)
    running.restart()
    running.wait_ready()
    assert _push(running, what, item) == 200


def test_a_message_killed_at_any_step_is_not_lost(running: RealNotifier) -> None:
    """A death at each step of a message's life, while two of three providers are down: all arrive in time and end
    delivered, and one alone may come twice.
    """
    for gateway, mode in (("tencent-sms", "http_500"), ("cmpp", "throttle")):
        running.simulators.behave(gateway, mode)
    told = [notice(number) for number in range(len(BEFORE_THE_RECEIPT))]
    for place, one in zip(BEFORE_THE_RECEIPT, told, strict=True):
        if running.env["SANSE_FAILPOINT"] != place:
            running.restart(place)
            running.wait_ready()
        running.tell([one])
        _dies(running)
        running.restart()
        running.wait_ready()
        eventually(lambda one=one: _has_left(running, one), 60, running.process.log_tail)
    newest = {message.notice_id: message for message in running.simulators.on_phone(PHONE)}
    for number, one in enumerate(told):
        reference = newest[one.notice_id].reference
        receipt = {"biz_id": reference, "success": True, "err_code": "DELIVERED"}
        if number:
            assert _push(running, "receipt", receipt) == 200
        else:
            _push_until_taken(running, "receipt", receipt)
    running.wait_for_ends(told)
    assert {running.ends()[one.notice_id].status for one in told} == {DELIVERED}
    # Killed between sending and recording nobody can know that it left: it is sent again.
    may_repeat = told[BEFORE_THE_RECEIPT.index("after_send")].notice_id
    shown = running.shown()
    assert shown.keys() == {one.notice_id for one in told}
    assert {one: count for one, count in shown.items() if count > 1} in ({}, {may_repeat: 2})
    steps = running.deliveries()
    assert {step.channel for step in steps} > {"aliyun_sms"}
    taken = [step.after for step in steps if step.status == notify_pb2.DELIVERY_STATUS_SENT]
    assert all(0 < after.sent_ms - after.seen_ms < 60_000 for after in taken)


def _has_left(running: RealNotifier, one: notify_pb2.Notice) -> bool:
    return any(
        item.notice_id == one.notice_id and item.status == notify_pb2.DELIVERY_STATUS_SENT
        for item in running.deliveries()
    )


def test_a_reply_killed_in_the_middle_is_one_reply(running: RealNotifier) -> None:
    """What a reply means is settled before anything follows: pushed again, it acknowledges the same case, once."""
    running.restart()
    notices = [notice(number) for number in range(2)]
    running.wait_ready()
    running.tell(notices)
    eventually(lambda: len(running.shown()) == 2, 20)
    reply = {"phone_number": PHONE, "content": "1", "sequence_id": 7}
    _push_until_taken(running, "reply", reply)
    assert len({item.command_id for item in running.commands()}) == 1
    assert len({item.case_id for item in running.commands()}) == 1


def test_held_messages_and_their_bundle_survive_two_deaths(running: RealNotifier) -> None:
    """Killed when holds are written, and when the bundle is but its notices are open: each ends, told once by one."""
    running.restart("after_record")
    told = [notice(number, "GW-2") for number in range(20)]
    running.wait_ready()
    running.tell(told)
    _dies(running)
    running.restart("after_bundle")
    _dies(running)
    running.restart()
    running.wait_ready()
    running.wait_for_ends(told, 60)
    ends, ids = running.ends(), {one.notice_id for one in told}
    bundled = {one for one in ids if ends[one].status == BUNDLED}
    assert len(bundled) >= 8
    assert {ends[one].status for one in ids - bundled} == {DELIVERED}
    bundles = ends.keys() - ids
    eventually(lambda: bundles <= running.ends().keys() and bundles <= running.shown().keys())
    shown = running.shown()
    assert shown.keys() == bundles | (ids - bundled)
    assert {shown[one] for one in bundles} == {1}
    # What had left when the first death came, and was not on record, comes once more.
    assert max(shown.values()) <= 2
