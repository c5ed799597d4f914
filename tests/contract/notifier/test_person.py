"""What one person gets, on real parts: a limit an hour with one bundle for the rest, and rules of the own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import grpc
import httpx
import pytest
from redis import Redis

from sanse.common.v1 import common_pb2
from sanse.notify.v1 import notify_pb2, notify_service_pb2, notify_service_pb2_grpc
from services.cli.sending.why import why_lines
from services.cli.topic_reader import read_topic
from services.common.clock import SystemClock
from services.common.duty.moments import local
from services.common.ids import derived_id
from services.common.lanes import LANES, lane_of
from services.common.settings import CommonSettings
from services.common.spans import HOUR_MS, MINUTE_MS
from services.common.topics import Topic
from tests.contract.notifier.real_notifier import (
    RealNotifier,
    eventually,
    notice,
    templates_with,
    token_in,
)
from tests.simulators.client import Simulators
from tests.simulators.phones import Message

OFFICIALS = (
    "GW-1,532301001001,village,grid,zh,wecom_app,,wx-1,,,,,,",
    "GW-2,532301001001,village,grid,zh,wecom_app|sms:1|webhook:2,13800138002,wx-2,,,,,,",
    "GW-3,532301001001,village,grid,zh,webhook,,,,,,,{quiet},",
    "GW-4,532301001001,village,grid,zh,aliyun_sms,13800138004|13900139004,,,,,,,",
    "GW-5,532301001001,village,grid,zh,wecom_app,,wx-5,,,,,,GW-6",
    "GW-6,532301001001,village,deputy,zh,webhook,,,,,,,,",
    "GW-7,532301001001,village,grid,zh,webhook,,,,,,,,",
)
PAGE = {
    "person: {per_hour: 30, bundle_every_s: 600": "person: {per_hour: 3, bundle_every_s: 4",
    "mass_from: 500, duties_s: 60, others_s: 600": "mass_from: 1, duties_s: 0, others_s: 1800",
}
BUNDLED = notify_pb2.DELIVERY_STATUS_BUNDLED
DELIVERED = notify_pb2.DELIVERY_STATUS_DELIVERED
OVERTAKEN = notify_pb2.DELIVERY_STATUS_OVERTAKEN
HALF_HOUR_MS = 1_800_000


def _now_ms() -> int:
    return SystemClock().now_ms()


def _quiet() -> str:
    """An hour ago until in two hours."""
    return f"{local(_now_ms() - HOUR_MS):%H:%M}-{local(_now_ms() + 2 * HOUR_MS):%H:%M}"


@pytest.fixture(scope="module")
def notifier(
    kafka: str,
    redis_url: str,
    simulators: Simulators,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RealNotifier]:
    """One notifier for all: three things an hour for each person, the rest every four seconds."""
    simulators.reset(everything=True)
    folder = tmp_path_factory.mktemp("person")
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix="person", partitions=4)
    env = {**templates_with(folder, "sending.yaml", PAGE), "SANSE_RATE_LIMITS": "true"}
    env |= {"SANSE_ASK_RECEIPT_S": "[1]"}
    officials = [row.format(quiet=_quiet()) for row in OFFICIALS]
    running = RealNotifier.start(settings, simulators, folder, officials, **env)
    yield running
    running.stop()


def test_what_is_above_a_persons_limit_comes_as_one_message(notifier: RealNotifier) -> None:
    """Three go, red goes; all others end in bundles that name every case and lead to each of their pages."""
    told = [notice(n) for n in range(1, 16)]
    red = notice(20)
    red.level = common_pb2.LEVEL_RED
    notifier.tell([*told, red])
    notifier.wait_for_ends([*told, red])
    ends = notifier.ends()
    single = [one for one in told if ends[one.notice_id].status == DELIVERED]
    rest = [one for one in told if ends[one.notice_id].status == BUNDLED]
    # Three an hour: six at most, should the hour turn just now.
    assert 3 <= len(single) <= 6
    assert len(single) + len(rest) == len(told)
    assert ends[red.notice_id].status == DELIVERED
    eventually(lambda: sum("多件通知" in one.text for one in _shown(notifier)) >= 1)
    bundles = [one for one in _shown(notifier) if "多件通知" in one.text]
    assert len(_shown(notifier)) == 1 + len(single) + len(bundles)
    assert all(any(one.case_no in bundle.text for bundle in bundles) for one in rest)
    pages = [_page(notifier, token_in(bundle.text)).text for bundle in bundles]
    links = {name: link for page in pages for link, name in re.findall(r'href="(.+?)">(\S+)', page)}
    assert links.keys() >= {one.case_no for one in rest}
    first = rest[0]
    assert "签收" in _page(notifier, links[first.case_no]).text
    assert _page(notifier, links[first.case_no], post=True).status_code == 200
    assert [command.case_id for command in notifier.commands()] == [first.case_id]
    assert _page(notifier, token_in(bundles[0].text), post=True).status_code == 400
    why = _why(notifier, first)
    assert "超出本人每小时上限" in why
    assert "已并入汇总" in why
    assert "多件通知汇总" in why


def test_other_channels_follow_until_somebody_acknowledges(notifier: RealNotifier) -> None:
    """What is to follow is on the log before the first message leaves; sent when due, unless it became idle."""
    wanted, idle, by_sms = (notice(n, "GW-2") for n in (101, 102, 103))
    notifier.tell([wanted, idle])
    eventually(lambda: len(_following(notifier)) == 4)
    planned = sorted(one.not_before_ms for one in _following(notifier).values())
    assert [at - planned[0] > MINUTE_MS / 2 for at in planned] == [False, False, True, True]
    assert planned[0] > notifier.deliveries()[0].after.sent_ms
    notifier.wait_for_ends([wanted, idle])
    [card] = [one for one in notifier.simulators.on_phone("wx-2") if idle.case_no in one.text]
    assert _page(notifier, token_in(card.text), post=True).status_code == 200
    notifier.simulators.behave("wecom-app", "bad_address", address="wx-2")
    notifier.tell([by_sms])
    eventually(lambda: len(notifier.simulators.on_phone("13800138002")) == 1)
    soon = _now_ms() + 500
    follows = [
        _follower(wanted, "webhook", soon),
        _follower(idle, "webhook", soon),
        _follower(by_sms, "sms", soon),
    ]
    notifier.tell(follows)
    notifier.wait_for_ends(follows)
    ends = [notifier.ends()[one.notice_id] for one in follows]
    assert [(end.status, end.reason) for end in ends] == [
        (DELIVERED, "ok"),
        (OVERTAKEN, "acknowledged"),
        (OVERTAKEN, "told_already"),
    ]
    assert ends[0].after.sent_ms >= soon
    assert [one.notice_id for one in notifier.simulators.on_phone("GW-2")] == [follows[0].notice_id]
    assert "未签收则改用 webhook" in _why(notifier, wanted)


def test_the_night_is_kept_and_red_wakes(notifier: RealNotifier) -> None:
    """Put off to the end of the quiet hours, on record: neither a killed process nor an empty Redis forgets it."""
    asleep, red = notice(201, "GW-3"), notice(202, "GW-3")
    red.level = common_pb2.LEVEL_RED
    notifier.tell([asleep, red])
    notifier.wait_for_ends([red])
    eventually(lambda: _state(notifier, asleep).last_reason == "quiet_hours")
    due_ms = _state(notifier, asleep).next_try_ms
    assert 2 * HOUR_MS - MINUTE_MS * 2 < due_ms - _now_ms() <= 2 * HOUR_MS + MINUTE_MS
    with Redis.from_url(notifier.settings.redis) as redis:
        redis.flushall()
    notifier.restart()
    notifier.wait_ready()
    eventually(lambda: _state(notifier, asleep).next_try_ms == due_ms, 20)
    [shown] = notifier.simulators.on_phone("GW-3")
    assert shown.notice_id == red.notice_id
    assert "免打扰" in _why(notifier, asleep)


def test_a_second_device_and_a_substitute(notifier: RealNotifier) -> None:
    """A dead number leads to the second one; one whom nothing reaches is told through the substitute."""
    notifier.simulators.behave("aliyun-sms", "bad_address", address="13800138004")
    notifier.simulators.behave("wecom-app", "bad_address", address="wx-5")
    two_phones, unreachable = notice(301, "GW-4"), notice(302, "GW-5")
    notifier.tell([two_phones, unreachable])
    notifier.simulators.phone("13900139004").expects("000301")
    notifier.simulators.phone("GW-6").expects("000302")
    notifier.wait_for_ends([two_phones, unreachable])
    ends = notifier.ends()
    assert ends[two_phones.notice_id].status == DELIVERED
    assert ends[unreachable.notice_id].reason == "bad_address"
    assert notifier.simulators.on_phone("13800138004") == []
    assert "本人无法送达" in _why(notifier, unreachable)


def test_reminders_of_a_mass_leave_lane_by_lane(notifier: RealNotifier) -> None:
    """Spread over the half hour, a reminder leaves when its lane's moment has come; a duty at once."""
    into_ms = _now_ms() % HALF_HOUR_MS
    lane = min(LANES - 1, (into_ms + 3000) * LANES // HALF_HOUR_MS + 1)
    moment_ms = _now_ms() - into_ms + HALF_HOUR_MS * lane // LANES
    numbers = (n for n in range(4000, 9000) if lane_of(f"H{n:020d}") == lane)
    later, duty = notice(next(numbers), "GW-7"), notice(next(numbers), "GW-7")
    later.kind = notify_pb2.NOTICE_KIND_REMINDER
    notifier.tell([later, duty])
    notifier.wait_for_ends([later, duty], 40)
    ends = notifier.ends()
    assert ends[later.notice_id].after.sent_ms >= moment_ms
    assert ends[duty.notice_id].after.sent_ms < ends[later.notice_id].after.sent_ms


def _follower(first: notify_pb2.Notice, channel: str, not_before_ms: int) -> notify_pb2.Notice:
    """As the notifier writes it, but due soon."""
    made = notify_pb2.Notice()
    made.CopyFrom(first)
    made.notice_id = derived_id("soon", first.notice_id, channel)
    made.only_channel, made.follows, made.not_before_ms = channel, first.notice_id, not_before_ms
    return made


def _following(notifier: RealNotifier) -> dict[str, notify_pb2.Notice]:
    """Notices that the notifier planned to follow others, by id."""
    found: dict[str, notify_pb2.Notice] = {}
    for record in read_topic(notifier.settings, Topic.NOTICES):
        batch = notify_pb2.NoticeBatch.FromString(record.value)
        found |= {one.notice_id: one for one in batch.notices if one.follows}
    return found


def _told(
    notifier: RealNotifier, one: notify_pb2.Notice
) -> notify_service_pb2.GetDeliveriesResponse:
    with grpc.insecure_channel(notifier.env["SANSE_GRPC_LISTEN"]) as channel:
        api = notify_service_pb2_grpc.NotifierServiceStub(channel)
        asked = notify_service_pb2.GetDeliveriesRequest(case_id=one.case_id)
        told: notify_service_pb2.GetDeliveriesResponse = api.GetDeliveries(
            asked, metadata=(("x-official-id", one.recipient_id),)
        )
        return told


def _state(notifier: RealNotifier, one: notify_pb2.Notice) -> notify_pb2.NoticeState:
    try:
        return _told(notifier, one).states[one.notice_id]
    except grpc.RpcError:
        # Not served again yet, or the notice not read yet.
        return notify_pb2.NoticeState()


def _why(notifier: RealNotifier, one: notify_pb2.Notice) -> str:
    return "\n".join(why_lines(one.case_id, _told(notifier, one)))


def _shown(notifier: RealNotifier) -> list[Message]:
    return notifier.simulators.on_phone("wx-1")


def _page(notifier: RealNotifier, token: str, *, post: bool = False) -> httpx.Response:
    url = f"http://{notifier.page}/a/{token}"
    return httpx.post(url, trust_env=False) if post else httpx.get(url, trust_env=False)
