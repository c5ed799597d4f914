"""The notifier as a process with a carrier's gateway, on real Kafka and Redis: parts, reports, replies, kills."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from redis import Redis

from sanse.notify.v1 import notify_pb2
from services.common.settings import CommonSettings
from tests.contract.notifier.real_notifier import RealNotifier, eventually
from tests.simulators.client import Simulators

PHONES = ("13800138001", "13800138002", "13800138003")
OFFICIALS = (
    f"GW-1,532301001001,village,grid,zh,cmpp,{PHONES[0]},,",
    f"GW-2,532301001002,village,grid,zh,cmpp|webhook,{PHONES[1]},,",
    f"GW-3,532301001003,village,grid,zh,smpp,{PHONES[2]},,",
)
DELIVERED = notify_pb2.DELIVERY_STATUS_DELIVERED
SENT = notify_pb2.DELIVERY_STATUS_SENT


@pytest.fixture(scope="module")
def shared(
    kafka: str,
    redis_url: str,
    simulators: Simulators,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[RealNotifier]:
    """One process for each version; a test may ask for another than 2.0."""
    version = getattr(request, "param", "2.0")
    prefix = f"cmpp{uuid4().hex[:8]}"
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=prefix, partitions=4)
    changes = {"SANSE_CMPP_VERSION": version, "SANSE_RECEIPT_WITHIN_S": "60"}
    folder = tmp_path_factory.mktemp("cmpp")
    running = RealNotifier.start(settings, simulators, folder, OFFICIALS, **changes)
    yield running
    running.stop()


@pytest.fixture
def notifier(shared: RealNotifier) -> RealNotifier:
    """A notifier with two officials who are reached by CMPP, and only what comes from now on."""
    shared.begin_day()
    return shared


def _sent(notifier: RealNotifier) -> list[notify_pb2.Delivery]:
    return [item for item in notifier.deliveries() if item.status == SENT]


def test_a_notice_in_parts_is_delivered_when_all_parts_are(notifier: RealNotifier) -> None:
    """Each notice shows once, signed and whole; each part's report is on the log, and the last one ends it."""
    _all_parts_arrive(notifier)


def test_a_report_brought_twice_changes_nothing(notifier: RealNotifier) -> None:
    """The gateway that missed our yes brings every report again: one end, one message."""
    notifier.simulators.receipts("cmpp", "", repeat=3)
    notices = [notifier.notice(n) for n in range(5)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    eventually(lambda: notifier.has_logged("receipts.taken"))
    ended = [item for item in notifier.deliveries() if item.final]
    assert {item.delivery_id for item in ended} == {
        item.delivery_id for item in notifier.ends().values()
    }
    assert len(notifier.simulators.on_phone(PHONES[0])) == 5


def test_a_report_finds_its_notice_after_a_restart(notifier: RealNotifier) -> None:
    """The worker that sent is killed before the phone answers: its successor takes the reports."""
    notifier.simulators.receipts("cmpp", "", delay_ms=2500)
    notices = [notifier.notice(n) for n in range(10)]
    notifier.tell(notices)
    eventually(lambda: len(_sent(notifier)) == 10)
    notifier.restart()
    notifier.wait_for_ends(notices, 45)
    assert {item.status for item in notifier.ends().values()} == {DELIVERED}
    assert len(notifier.simulators.on_phone(PHONES[0])) == 10


def test_a_report_finds_its_notice_after_a_lost_redis(notifier: RealNotifier) -> None:
    """FLUSHALL between message and report: every part's report is found in the rebuilt lanes."""
    notifier.simulators.receipts("cmpp", "", delay_ms=3000)
    notices = [notifier.notice(n) for n in range(10)]
    notifier.tell(notices)
    eventually(lambda: len(_sent(notifier)) == 10)
    with Redis.from_url(notifier.settings.redis) as redis:
        redis.flushall()
    # Something must come for the lanes to notice; the same notices change nothing else.
    notifier.tell(notices)
    notifier.wait_for_ends(notices, 45)
    assert {item.status for item in notifier.ends().values()} == {DELIVERED}
    assert len(notifier.simulators.on_phone(PHONES[0])) == 10


def test_a_redis_lost_between_two_parts_reports_loses_neither(notifier: RealNotifier) -> None:
    """The first part's arrival stands on the log: with the second one's the notice is delivered."""
    notifier.simulators.behave("cmpp", "receipt_late", delay_ms=0, code="2/3000")
    notices = [notifier.notice(n) for n in range(5)]
    notifier.tell(notices)
    arrived = "DELIVRD part 1/2"
    eventually(lambda: [item.provider_code for item in _sent(notifier)].count(arrived) == 5)
    with Redis.from_url(notifier.settings.redis) as redis:
        redis.flushall()
    notifier.tell(notices)
    notifier.wait_for_ends(notices, 45)
    assert {item.status for item in notifier.ends().values()} == {DELIVERED}
    assert len(notifier.simulators.on_phone(PHONES[0])) == 5


def test_any_worker_takes_any_report(notifier: RealNotifier) -> None:
    """Two workers share the lanes; the gateway brings all reports to the one that connected last."""
    second = notifier.join_second()
    notifier.forget_log()
    notices = [notifier.notice(n) for n in range(40)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices, 60)
    assert {item.status for item in notifier.ends().values()} == {DELIVERED}
    assert len(notifier.simulators.on_phone(PHONES[0])) == 40
    logs = (notifier.has_logged, second.has_logged)
    assert [has_logged("notice.sent") for has_logged in logs] == [True, True]
    assert [has_logged("receipts.taken") for has_logged in logs] == [False, True]


def test_a_kill_between_message_and_answer_repeats_at_most_once(notifier: RealNotifier) -> None:
    """Nobody knows whether the gateway took it: the successor sends once more, never twice."""
    notifier.simulators.behave("cmpp", "slow", delay_ms=3000)
    # Their parts fit the window: all are on their way at once.
    notices = [notifier.notice(n) for n in range(5)]
    notifier.tell(notices)
    eventually(lambda: len(notifier.simulators.on_phone(PHONES[0])) == 5)
    assert _sent(notifier) == []
    notifier.restart()
    notifier.simulators.behave("cmpp", "ok")
    notifier.wait_for_ends(notices, 45)
    assert {item.status for item in notifier.ends().values()} == {DELIVERED}
    assert set(notifier.shown().values()) <= {1, 2}


def test_a_lost_answer_is_unconfirmed_and_sent_no_second_time(notifier: RealNotifier) -> None:
    """The gateway cuts the connection in the middle of a submit: an honest "unconfirmed", one message."""
    notifier.simulators.behave("cmpp", "timeout", close=True, delivered_anyway=True, count=1)
    notices = [notifier.notice(1)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    end = notifier.ends()[notices[0].notice_id]
    assert (end.status, end.reason) == (notify_pb2.DELIVERY_STATUS_UNCONFIRMED, "timeout")
    others = [notifier.notice(2)]
    notifier.tell(others)
    notifier.wait_for_ends(others)
    assert notifier.ends()[others[0].notice_id].status == DELIVERED
    assert len(notifier.simulators.on_phone(PHONES[0])) == 2


def test_a_reply_over_cmpp_acknowledges_once(notifier: RealNotifier) -> None:
    """ "1" acknowledges the newest case; the same reply brought three times leaves the case before it open."""
    notices = [notifier.notice(n, "GW-1", notifier.created_ms + n) for n in (1, 2)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    notifier.simulators.receipts("cmpp", "", repeat=3)
    assert notifier.simulators.reply("cmpp", PHONES[0], "1")
    assert notifier.has_logged("reply.repeated")
    told = [(item.case_id, item.WhichOneof("act")) for item in notifier.commands()]
    assert told == [(notices[1].case_id, "acknowledge")]
    notifier.simulators.receipts("cmpp", "", repeat=1)
    assert notifier.simulators.reply("cmpp", PHONES[0], "收到")
    eventually(lambda: len(notifier.commands()) == 2)
    assert {item.case_id for item in notifier.commands()} == {item.case_id for item in notices}


def test_smpp_ends_a_notice_and_takes_a_reply_as_cmpp_does(notifier: RealNotifier) -> None:
    """In parts, each with its receipt, and "1" acknowledges once though it is brought three times."""
    notices = [notifier.notice(n, "GW-3", notifier.created_ms + n) for n in (1, 2)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    ends = [notifier.ends()[item.notice_id] for item in notices]
    assert {(end.channel, end.status) for end in ends} == {("smpp", DELIVERED)}
    assert {len(end.provider_message_id.split(" ")) for end in ends} == {2}
    assert len(notifier.simulators.on_phone(PHONES[2])) == 2
    notifier.simulators.receipts("smpp", "", repeat=3)
    assert notifier.simulators.reply("smpp", PHONES[2], "1")
    told = [(item.case_id, item.WhichOneof("act")) for item in notifier.commands()]
    assert told == [(notices[1].case_id, "acknowledge")]


def test_no_secret_or_number_is_in_the_log(notifier: RealNotifier) -> None:
    """What the process wrote while it sent, was refused and took replies names neither secret nor phone."""
    notifier.simulators.behave("cmpp", "bad_address", count=1)
    notices = [notifier.notice(n, "GW-2") for n in range(3)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    assert notifier.simulators.reply("cmpp", PHONES[1], "收到")
    written = "".join(path.read_text() for path in notifier.folder.glob("notifier-*.log"))
    assert "line.connected" in written
    secrets = [notifier.env[name] for name in ("SANSE_CMPP_SECRET", "SANSE_SMPP_PASSWORD")]
    assert not any(hidden in written for hidden in (*secrets, *PHONES))


# Version 3.0 last: another process, started once.
in_version_3 = pytest.mark.parametrize("shared", ["3.0"], indirect=True, scope="module")


@in_version_3
def test_parts_arrive_in_the_later_version_too(notifier: RealNotifier) -> None:
    """The same of 3.0, whose reports are longer."""
    assert notifier.env["SANSE_CMPP_VERSION"] == "3.0"
    _all_parts_arrive(notifier)


@in_version_3
def test_one_failed_part_sends_the_notice_on(notifier: RealNotifier) -> None:
    """Without its second part nobody can read the text: the next channel is used, and the record says why."""
    notifier.simulators.behave("cmpp", "receipt_failed", code="2/MK:0010")
    notices = [notifier.notice(1, "GW-2")]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    notifier.simulators.phone("GW-2").expects(notices[0].case_no)
    end = notifier.ends()[notices[0].notice_id]
    assert (end.channel, end.status) == ("webhook", DELIVERED)
    failed = [item for item in notifier.deliveries() if item.reason == "phone_unreachable"]
    assert [item.provider_code for item in failed] == ["MK:0010"]


def _all_parts_arrive(notifier: RealNotifier) -> None:
    notices = [notifier.notice(n, f"GW-{n % 2 + 1}") for n in range(30)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    shown = [message.text for phone in PHONES for message in notifier.simulators.on_phone(phone)]
    assert len(shown) == len(set(shown)) == 30
    assert all(text.startswith("【三色预警】黄色预警提醒") for text in shown)
    ends = notifier.ends().values()
    assert {(item.channel, item.status) for item in ends} == {("cmpp", DELIVERED)}
    parts = {len(item.provider_message_id.split(" ")) for item in ends}
    assert min(parts) > 1
    codes = {item.provider_code for item in _sent(notifier)}
    assert {f"DELIVRD part 1/{count}" for count in parts} <= codes
