"""What one person gets, on real parts: a limit an hour with one digest for the rest, and rules of the own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest

from sanse.common.v1 import common_pb2
from sanse.notify.v1 import notify_pb2, notify_service_pb2, notify_service_pb2_grpc
from services.cli.sending.why import why_lines
from services.common.settings import CommonSettings
from tests.contract.notifier.real_notifier import (
    RealNotifier,
    eventually,
    notice,
    templates_with,
    token_in,
)
from tests.simulators.client import Simulators
from tests.simulators.phones import Message

OFFICIALS = ("GW-1,532301001001,village,grid,zh,wecom_app,13800138001,wx-1,",)
LIMIT = {"person: {per_hour: 30, digest_every_s: 600": "person: {per_hour: 3, digest_every_s: 4"}
DIGESTED = notify_pb2.DELIVERY_STATUS_DIGESTED
DELIVERED = notify_pb2.DELIVERY_STATUS_DELIVERED


@pytest.fixture
def notifier(
    kafka: str, redis_url: str, sanse_prefix: str, simulators: Simulators, folder: Path
) -> Iterator[RealNotifier]:
    """A notifier that tells one person three things an hour, and the rest every four seconds."""
    simulators.reset(everything=True)
    settings = CommonSettings(
        kafka=kafka, redis=redis_url, prefix=f"{sanse_prefix}-person", partitions=4
    )
    env = {**templates_with(folder, "sending.yaml", LIMIT), "SANSE_RATE_LIMITS": "true"}
    running = RealNotifier.start(settings, simulators, folder, OFFICIALS, **env)
    yield running
    running.stop()


def test_what_is_above_a_persons_limit_comes_as_one_message(notifier: RealNotifier) -> None:
    """Three go, red goes; all others end in digests that name every case and lead to each of their pages."""
    told = [notice(n) for n in range(1, 16)]
    red = notice(20)
    red.level = common_pb2.LEVEL_RED
    notifier.tell([*told, red])
    notifier.wait_for_ends([*told, red])
    ends = notifier.ends()
    single = [one for one in told if ends[one.notice_id].status == DELIVERED]
    rest = [one for one in told if ends[one.notice_id].status == DIGESTED]
    # Three an hour: six at most, should the hour turn just now.
    assert 3 <= len(single) <= 6
    assert len(single) + len(rest) == len(told)
    assert ends[red.notice_id].status == DELIVERED
    eventually(lambda: sum("多件通知" in one.text for one in _shown(notifier)) >= 1)
    digests = [one for one in _shown(notifier) if "多件通知" in one.text]
    assert len(notifier.shown()) == 1 + len(single) + len(digests)
    assert all(any(one.case_no in digest.text for digest in digests) for one in rest)
    pages = [_page(notifier, token_in(digest.text)).text for digest in digests]
    links = {name: link for page in pages for link, name in re.findall(r'href="(.+?)">(\S+)', page)}
    assert links.keys() >= {one.case_no for one in rest}
    first = rest[0]
    assert "签收" in _page(notifier, links[first.case_no]).text
    assert _page(notifier, links[first.case_no], post=True).status_code == 200
    assert [command.case_id for command in notifier.commands()] == [first.case_id]
    assert _page(notifier, token_in(digests[0].text), post=True).status_code == 400
    with grpc.insecure_channel(notifier.env["SANSE_GRPC_LISTEN"]) as channel:
        api = notify_service_pb2_grpc.NotifierServiceStub(channel)
        asked = notify_service_pb2.GetDeliveriesRequest(case_id=first.case_id)
        why = "\n".join(
            why_lines(
                first.case_id, api.GetDeliveries(asked, metadata=(("x-official-id", "GW-1"),))
            )
        )
    assert "超出本人每小时上限" in why
    assert "已并入汇总" in why
    assert "多件通知汇总" in why


def _shown(notifier: RealNotifier) -> list[Message]:
    return notifier.simulators.on_phone("wx-1")


def _page(notifier: RealNotifier, token: str, *, post: bool = False) -> httpx.Response:
    url = f"http://{notifier.page}/a/{token}"
    return httpx.post(url, trust_env=False) if post else httpx.get(url, trust_env=False)
