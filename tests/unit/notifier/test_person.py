"""A person's own rules: the night, what follows without acknowledgement, who is told instead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.duty.person_rules import PersonRules
from services.common.terms import Level, NoticeColour
from services.common.topics import Topic
from services.notifier.adapters import codec
from services.notifier.domain.limits import may_be_gathered
from services.notifier.domain.notices import DeliveryStatus, NextAct, NoticeKind, Progress
from services.notifier.domain.person import (
    follow_ups,
    held_at_night,
    may_sleep,
    stand_in,
    told_already,
)
from services.notifier.domain.planner import no_longer_needed, supersedes
from services.notifier.domain.results import Reason
from services.notifier.service.handler import NoticeFold, notice_key, recent_key, state_key
from tests.unit.notifier.test_limits import POLICY
from tests.unit.notifier.test_templates import NOTICE

NOW = 1_700_000_000_000
CHANNELS = ("wecom_app", "sms", "voice")
RULES = PersonRules((0, 5, 10), None, "D-1")
FIRST = replace(
    NOTICE,
    colour=NoticeColour.NONE,
    level=Level.YELLOW,
    kind=NoticeKind.DUTY_ASSIGNED,
    act=NextAct.ACKNOWLEDGE,
)


@given(
    st.sampled_from(list(NoticeKind)), st.sampled_from(list(NoticeColour)), st.sampled_from(Level)
)
def test_red_wakes_and_so_does_the_law(
    kind: NoticeKind, colour: NoticeColour, level: Level
) -> None:
    """Only red, a duty of the law, an answer and a test disturb the night; a bundle does not."""
    notice = replace(NOTICE, kind=kind, colour=colour, level=level)
    red = kind is not NoticeKind.BUNDLE and (colour is NoticeColour.RED or level is Level.RED)
    wakes = (NoticeKind.LEGAL_DUTY, NoticeKind.REPLY_ANSWER, NoticeKind.TEST)
    assert may_sleep(notice, Progress()) is not (red or kind in wakes)
    assert not may_sleep(notice, Progress(attempts=1))


def test_what_is_put_off_to_the_morning_is_a_step_of_its_own() -> None:
    """Newer than what was known, open, and due then; the morning's step is newer still."""
    night = held_at_night(Progress(seen_ms=5), NOW)
    assert supersedes(Progress(), night)
    assert (night.status, night.reason, night.due_ms) == (
        DeliveryStatus.RETRYING,
        Reason.QUIET_HOURS,
        NOW,
    )
    assert supersedes(night, held_at_night(night, NOW + 1))
    end = no_longer_needed(night, Reason.ACKNOWLEDGED)
    assert (end.status, end.reason) == (DeliveryStatus.OVERTAKEN, Reason.ACKNOWLEDGED)


def test_what_follows_has_its_channel_and_its_time() -> None:
    """One message for each channel with minutes; the same whenever they are planned, but for the time."""
    sms, voice = follow_ups(FIRST, CHANNELS, RULES, NOW)
    assert [(one.only_channel, one.not_before_ms) for one in (sms, voice)] == [
        ("sms", NOW + 300_000),
        ("voice", NOW + 600_000),
    ]
    assert {one.follows for one in (sms, voice)} == {FIRST.notice_id}
    later = follow_ups(FIRST, CHANNELS, RULES, NOW + 9)
    assert [one.notice_id for one in later] == [sms.notice_id, voice.notice_id]
    assert follow_ups(sms, CHANNELS, RULES, NOW) == []
    assert not may_be_gathered(sms, Progress(), POLICY)
    assert codec.read_notice(codec.notice_message(sms).SerializeToString()) == sms


@pytest.mark.parametrize(
    "other",
    [
        {"act": NextAct.FIRST_VISIT},
        {"kind": NoticeKind.TEST},
        {"kind": NoticeKind.REPLY_ANSWER},
        {"only_channel": "sms"},
        {"stands_in_for": "GW-9"},
    ],
)
def test_nothing_follows_what_nobody_acknowledges(other: dict[str, object]) -> None:
    """Nor an answer that goes back the way it came, nor the message to a substitute."""
    assert follow_ups(replace(FIRST, **other), CHANNELS, RULES, NOW) == []  # type: ignore[arg-type]


@given(st.sampled_from(DeliveryStatus), st.sampled_from(["aliyun_sms", "cmpp", "wecom_app"]))
def test_who_was_told_by_sms_already_gets_no_second(status: DeliveryStatus, channel: str) -> None:
    """When the first message had to go by SMS and may have arrived, the SMS that was to follow is not sent."""
    arrived = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.UNCONFIRMED)
    first = Progress(status=status, channel=channel)
    expected = status in arrived and channel != "wecom_app"
    assert told_already(first, ("aliyun_sms", "cmpp")) is expected


@given(st.sampled_from(DeliveryStatus))
def test_a_substitute_is_told_when_nothing_reached_the_person(status: DeliveryStatus) -> None:
    """Once, under an id of its own, and what does not reach the substitute goes no further."""
    found = stand_in(FIRST, Progress(status=status), RULES)
    assert (found is not None) is (status is DeliveryStatus.FAILED)
    if found is not None:
        assert (found.recipient_id, found.stands_in_for) == ("D-1", FIRST.recipient_id)
        assert found.notice_id != FIRST.notice_id
        assert stand_in(found, Progress(status=status), PersonRules(substitute="GW-1")) is None
        assert codec.read_notice(codec.notice_message(found).SerializeToString()) == found
    [sms, _] = follow_ups(FIRST, CHANNELS, RULES, NOW)
    assert stand_in(sms, Progress(status=status), RULES) is None
    assert stand_in(FIRST, Progress(status=status), PersonRules()) is None


def test_a_message_that_follows_waits_for_its_time_also_after_a_rebuild() -> None:
    """Rebuilt from the log it is due when it was to be, and a reply still means the first message."""
    [sms, _] = follow_ups(FIRST, CHANNELS, RULES, NOW)
    [restored] = NoticeFold().add(Topic.NOTICES, codec.notice_batch(3, sms))
    assert restored.outcome.deadlines == {sms.notice_id: sms.not_before_ms}
    raw = restored.outcome.puts[state_key(sms.notice_id)]
    assert raw is not None
    progress = codec.read_progress(raw)
    assert (progress.status, progress.due_ms, progress.seen_ms) == (
        DeliveryStatus.PENDING,
        sms.not_before_ms,
        sms.not_before_ms,
    )
    assert notice_key(sms.notice_id) in restored.outcome.puts
    assert recent_key(sms.recipient_id) not in restored.outcome.puts
