"""What one person gets in an hour: red, the law and answers always; the rest in one message, nothing lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.common.terms import Level, NoticeColour
from services.notifier.adapters import codec
from services.notifier.domain.limits import (
    Gathered,
    PersonPolicy,
    bundle_moment,
    bundle_of,
    gathered,
    in_bundle,
    may_be_gathered,
    waits_for_bundle,
)
from services.notifier.domain.notices import NO_CASE, DeliveryStatus, Notice, NoticeKind, Progress
from services.notifier.domain.planner import supersedes
from services.notifier.domain.results import Reason
from tests.unit.notifier.test_templates import NOTICE

NOW = 1_700_000_000_000
POLICY = PersonPolicy(per_hour=3, bundle_every_ms=600_000, bundle_most=5)
PLAIN = replace(NOTICE, colour=NoticeColour.NONE, kind=NoticeKind.DUTY_ASSIGNED)


def _members(count: int) -> list[Gathered]:
    return [
        Gathered(
            n,
            replace(
                PLAIN, notice_id=f"n{n}", case_id=f"c{n}", case_no=f"no{n}", act_due_ms=NOW - n
            ),
        )
        for n in range(count)
    ]


@given(
    st.sampled_from(list(NoticeKind)), st.sampled_from(list(NoticeColour)), st.sampled_from(Level)
)
def test_what_protects_at_once_is_never_limited(
    kind: NoticeKind, colour: NoticeColour, level: Level
) -> None:
    """A red level or notice, a duty of the law and what is about no case go out whatever came before."""
    notice = replace(NOTICE, kind=kind, colour=colour, level=level)
    free = NO_CASE | {NoticeKind.LEGAL_DUTY}
    passes = colour is NoticeColour.RED or level is Level.RED or kind in free
    assert may_be_gathered(notice, Progress(), POLICY) is not passes


@given(st.text("abcdef0123", min_size=1), st.integers(NOW, NOW + 10**7))
def test_each_official_has_an_own_moment_of_the_period(official: str, now_ms: int) -> None:
    """Always ahead, never further than one period, and the same for all that come until then."""
    at_ms = bundle_moment(official, now_ms, POLICY)
    assert now_ms < at_ms <= now_ms + POLICY.bundle_every_ms
    assert bundle_moment(official, at_ms - 1, POLICY) == at_ms
    assert bundle_moment(official, at_ms, POLICY) == at_ms + POLICY.bundle_every_ms


def test_a_gathered_notice_ends_in_its_bundle() -> None:
    """Each step is newer than the one before; it is asked about its limit once, and its end has a name."""
    waiting = gathered(Progress(seen_ms=5), NOW)
    assert supersedes(Progress(), waiting)
    assert (waiting.status, waiting.reason) == (DeliveryStatus.RETRYING, Reason.OVER_PERSON_LIMIT)
    assert waits_for_bundle(waiting) and not may_be_gathered(PLAIN, waiting, POLICY)
    later = gathered(waiting, NOW + 1)
    end = in_bundle(later)
    assert supersedes(waiting, later) and supersedes(later, end)
    assert end.status.final and end.reason is Reason.IN_BUNDLE
    assert not may_be_gathered(PLAIN, Progress(), replace(POLICY, per_hour=0))


@given(st.permutations(range(5)))
def test_the_same_members_make_the_same_message(order: list[int]) -> None:
    """In whatever order they joined: one id, the nearest deadline first, all cases named, all parts kept."""
    members = _members(5)
    bundle = bundle_of([members[n] for n in order], NOW, POLICY)
    assert bundle.notice_id == bundle_of(members, NOW + 9, POLICY).notice_id
    assert bundle.case_nos == ("no4", "no3", "no2", "no1", "no0")
    assert set(bundle.parts) == {(n, f"n{n}") for n in range(5)}
    assert bundle.notice_id != bundle_of(members[:4], NOW, POLICY).notice_id


def test_a_bundle_has_an_end() -> None:
    """More than fit wait for the next: the most urgent are in this one."""
    bundle = bundle_of(_members(8), NOW, POLICY)
    assert [notice_id for _, notice_id in bundle.parts] == ["n7", "n6", "n5", "n4", "n3"]


def test_two_notices_of_one_case_name_it_once() -> None:
    """A bundle tells of cases, and of each once; it comes back from the wire as it was."""
    one, two = _members(2)
    again = Gathered(7, replace(two.notice, notice_id="again"))
    bundle = bundle_of([one, two, again], NOW, POLICY)
    assert sorted(bundle.case_nos) == ["no0", "no1"]
    assert len(bundle.parts) == 3
    wire: Notice = codec.read_notices(codec.notice_batch(3, bundle))[0].notice
    assert wire == bundle
