"""The promise of a send, with the process killed at every step of it: attempted, not lost, at most once too often."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sanse.notify.v1 import notify_pb2
from services.common.settings import CommonSettings
from tests.contract.notifier.real_notifier import CALLBACK_TOKEN, RealNotifier, eventually, notice
from tests.simulators.client import Simulators

PHONE = "13800138001"
OFFICIALS = (f"GW-1,532301001001,village,grid,zh,aliyun_sms,{PHONE},,",)
# In the order of one message's life; a notice rides through all of them.
BEFORE_THE_RECEIPT = ("after_commit", "before_claim", "after_claim", "after_send", "after_record")
DELIVERED = notify_pb2.DELIVERY_STATUS_DELIVERED


@pytest.fixture
def running(
    kafka: str, redis_url: str, sanse_prefix: str, simulators: Simulators, folder: Path
) -> Iterator[RealNotifier]:
    """A notifier that dies at the first step of its first message."""
    simulators.reset(everything=True)
    prefix = f"{sanse_prefix}-kill"
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=prefix, partitions=2)
    env = {"SANSE_FAILPOINT": BEFORE_THE_RECEIPT[0], "SANSE_RECEIPT_WITHIN_S": "300"}
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
        running.restart(place)
        running.wait_ready()
        assert _push(running, what, item) == 0
        _dies(running)
    running.restart()
    running.wait_ready()
    assert _push(running, what, item) == 200


def test_a_message_killed_at_every_step_of_its_life(running: RealNotifier) -> None:
    """Seven deaths: the notice is not lost, is shown once too often where nobody can know, and ends delivered."""
    told = notice(1)
    running.tell([told])
    _dies(running)
    for place in BEFORE_THE_RECEIPT[1:]:
        running.restart(place)
        _dies(running)
    first, second = running.simulators.on_phone(PHONE)
    assert first.notice_id == second.notice_id == told.notice_id
    receipt = {"biz_id": second.reference, "success": True, "err_code": "DELIVERED"}
    _push_until_taken(running, "receipt", receipt)
    running.wait_for_ends([told])
    assert running.ends()[told.notice_id].status == DELIVERED
    assert running.shown() == {told.notice_id: 2}


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
