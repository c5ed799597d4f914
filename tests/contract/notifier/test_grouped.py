"""One message about several cases of a household: all numbers on it, and one tap acknowledges each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiokafka import TopicPartition
from redis.asyncio import Redis

from sanse.notify.v1 import notify_pb2
from services.common.clock import SystemClock
from services.common.kafka_admin import ensure_topics
from services.common.kafka_out import LaneProducer
from services.common.lane_rebuild import read_to_end
from services.common.lane_store import LaneStore
from services.common.lanes import lane_of, partition_of
from services.common.settings import CommonSettings
from services.common.terms import Language
from services.common.topics import Topic
from services.notifier.adapters.acknowledged import Acknowledged
from services.notifier.adapters.codec import read_notice, read_notices
from services.notifier.adapters.command_codec import read_commands
from services.notifier.adapters.once import Once
from services.notifier.domain.acts import ActKind
from services.notifier.domain.message import TextContent
from services.notifier.domain.notices import Notice
from services.notifier.domain.standing import Standing
from services.notifier.domain.wording import case_word
from services.notifier.service.composer import with_all_cases
from services.notifier.service.desk import Desk
from services.notifier.service.page_text import View, case_page
from tests.unit.notifier.test_templates import NOTICE

GROUP: Notice = replace(
    NOTICE, other_case_ids=("case-b", "case-c"), other_case_nos=("532301-B", "532301-C")
)


@pytest.fixture
async def desk(
    kafka: str, redis_url: str, sanse_prefix: str
) -> AsyncIterator[tuple[Desk, CommonSettings]]:
    """A desk on real Kafka and Redis."""
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=sanse_prefix, partitions=2)
    ensure_topics(settings)
    redis, producer = Redis.from_url(redis_url), LaneProducer(settings)
    await producer.start()
    store = LaneStore(redis, sanse_prefix, "notifier")
    taken, once = Acknowledged(redis, sanse_prefix), Once(redis, sanse_prefix)
    yield Desk(producer, store, taken, once, SystemClock()), settings
    await producer.stop()
    await redis.aclose()


async def test_one_tap_acts_on_every_case(desk: tuple[Desk, CommonSettings]) -> None:
    """Acknowledging and visiting hold for all its cases; a resolution is of one; what is done twice is written once."""
    at, settings = desk
    for kind in (ActKind.ACKNOWLEDGE, ActKind.ACKNOWLEDGE, ActKind.VISIT, ActKind.RESOLVE):
        await at.hand_in(GROUP, kind, "phone_page", "mediated")

    part = partition_of(lane_of(GROUP.subject_id), settings.partitions)
    topic = TopicPartition(settings.topics(Topic.COMMANDS), part)
    values = [value async for value in read_to_end(settings.kafka, [topic])]
    commands = [command for value in values for command in read_commands(value)]
    acts = [(command.WhichOneof("act"), command.case_id) for command in commands]
    cases = ["case", "case-b", "case-c"]
    assert acts == [
        *[("acknowledge", case) for case in cases],
        *[("record_visit", case) for case in cases],
        ("resolve", "case"),
    ]
    assert len({one.command_id for one in commands}) == 7
    for case_id in cases:
        standing = await at.standing(replace(GROUP, case_id=case_id))
        assert standing is not Standing.AWAITS_ACKNOWLEDGEMENT


def test_every_form_tells_of_all_cases() -> None:
    """An SMS says how many, messages with room and the page name each."""
    assert case_word(NOTICE.case_nos, Language.ZH) == NOTICE.case_no
    assert case_word(GROUP.case_nos, Language.ZH) == f"{NOTICE.case_no}等3件"
    assert case_word(GROUP.case_nos, Language.EN) == f"{NOTICE.case_no} +2"
    content = TextContent("title", "text")
    assert with_all_cases(content, NOTICE) is content
    told = with_all_cases(content, GROUP).text
    page = case_page(View(GROUP, acknowledged=False), Language.ZH, {}, {})
    for number in GROUP.case_nos:
        assert number in told and number in page


def test_what_went_out_with_another_is_not_sent_itself() -> None:
    """The log keeps it, the notifier passes over it."""
    common = {"subject_id": "H1", "case_no": "532301-A"}
    lead = notify_pb2.Notice(
        notice_id=NOTICE.notice_id, other_case_ids=["b"], other_case_nos=["532301-B"], **common
    )
    other = notify_pb2.Notice(
        notice_id="1b6f3c8e-7a51-5d2e-9f3d-1c2b3a4d5e6f", grouped_into=NOTICE.notice_id, **common
    )
    batch = notify_pb2.NoticeBatch(lane=1, notices=[other, lead]).SerializeToString()

    (sent,) = read_notices(batch)
    assert sent.notice.case_nos == ("532301-A", "532301-B")
    assert read_notice(sent.raw) == sent.notice
