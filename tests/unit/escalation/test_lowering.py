"""Lowering in a case: its dwell time, its ground, its two persons, and what happens when scoring does not follow."""

from __future__ import annotations

import pytest

from services.common.spans import HOUR_MS
from services.common.terms import Level
from services.escalation.domain.cases import CaseStatus, NextAct
from services.escalation.domain.events import EntryType, LevelChange, NoticeKind
from services.escalation.domain.messages import (
    ApproveLowering,
    Command,
    FindingReason,
    LoweringRefused,
    RaiseLevel,
    RequestLowering,
)
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import (
    COUNTY,
    HOUSEHOLD,
    PREFECTURE,
    TOWNSHIP,
    VILLAGE,
    Desk,
)

DAY_H = 24


def red() -> Desk:
    """A red case, acknowledged and visited by the county."""
    desk = Desk()
    desk.finds(Level.RED)
    desk.visits(COUNTY)
    desk.unread.clear()
    return desk


def falls(desk: Desk, level: Level = Level.GREEN, **details: object) -> str:
    """A fresh assessment finds less; gives its id."""
    desk.now_ms += HOUR_MS
    facts: dict[str, object] = {
        "computed_level": level,
        "reason": FindingReason.FALL_RECORDED,
        "made_at_ms": desk.now_ms - 60_000,
        "lowering_from_ms": desk.case.level_set_at_ms + 14 * DAY_H * HOUR_MS,
    }
    desk.finds(desk.case.level, **(facts | details))
    return f"decision-{desk.count}"


def asks(desk: Desk, ground: str, level: Level = Level.GREEN, who: str = COUNTY) -> Reason:
    """A request, once the dwell time is over."""
    desk.now_ms = max(desk.now_ms, desk.case.lowering_from_ms)
    return desk.does(who, RequestLowering(level, ground, "calm_again")).reason


def test_not_before_the_dwell_time_is_over() -> None:
    """Refused until the time scoring named, with a reason of its own; then it may be asked for."""
    desk = red()
    request = RequestLowering(Level.GREEN, falls(desk))
    assert desk.does(COUNTY, request).reason is Reason.DWELL_NOT_OVER
    assert desk.entries[-1].type is EntryType.COMMAND_REFUSED
    desk.now_ms = desk.case.lowering_from_ms - 1
    assert desk.does(COUNTY, request).reason is Reason.DWELL_NOT_OVER
    desk.now_ms += 1
    assert desk.does(COUNTY, request).reason is Reason.LOWERING_REQUESTED


@pytest.mark.parametrize(("start", "to"), [(Level.RED, Level.YELLOW), (Level.YELLOW, Level.GREEN)])
def test_above_green_a_second_person_approves(start: Level, to: Level) -> None:
    """Red and yellow are above green: no single person lowers from either, to whatever level."""
    desk = Desk()
    desk.finds(start)
    owner, above = (COUNTY, PREFECTURE) if start is Level.RED else (TOWNSHIP, COUNTY)
    assert asks(desk, falls(desk), to, owner) is Reason.LOWERING_REQUESTED
    assert desk.case.level is start
    assert desk.does(owner, ApproveLowering()).reason is Reason.SECOND_PERSON_MISSING
    assert desk.does(above, ApproveLowering()).reason is Reason.LOWERED_BY_TWO_PERSONS
    assert desk.case.level is to


def test_ledger_tells_scoring_who_changed_what_and_why() -> None:
    """A lowering names both persons and its ground, a person's raise the one; the machine's raise names nobody."""
    desk = red()
    ground = falls(desk)
    asks(desk, ground)
    desk.does(PREFECTURE, ApproveLowering())
    lowered = desk.entries[-1]
    assert (lowered.type, lowered.level) == (EntryType.LEVEL_LOWERED, Level.GREEN)
    assert lowered.change == LevelChange(
        HOUSEHOLD, "household_dispute", Level.RED, COUNTY, PREFECTURE, ground
    )
    desk.does(VILLAGE, RaiseLevel(Level.YELLOW))
    assert desk.entries[-1].change == LevelChange(
        HOUSEHOLD, "household_dispute", Level.GREEN, "", VILLAGE, ""
    )
    desk.finds(Level.RED, reason=FindingReason.RAISED)
    raised = next(one for one in reversed(desk.entries) if one.type is EntryType.LEVEL_RAISED)
    assert (raised.level, raised.change) == (Level.RED, None)


def test_unknown_answer_that_could_be_worse_is_no_ground() -> None:
    """Computed green, but an unknown could give red: it has to be asked first."""
    desk = red()
    ground = falls(desk, highest_possible=Level.RED)
    assert asks(desk, ground, Level.YELLOW) is Reason.UNKNOWN_COULD_BE_HIGHER


def test_assessment_made_before_the_level_was_set_is_no_ground() -> None:
    """It came later, but it was made earlier."""
    desk = red()
    before_ms = desk.case.level_set_at_ms - 1
    assert asks(desk, falls(desk, made_at_ms=before_ms)) is Reason.FRESH_ASSESSMENT_MISSING


@pytest.mark.parametrize(
    "details",
    [
        {"computed_level": Level.YELLOW, "reason": FindingReason.FALL_RECORDED},
        {"highest_possible": Level.RED, "reason": FindingReason.FALL_RECORDED},
        {"reason": FindingReason.CANNOT_RATE, "computed_level": Level.GREEN},
        {"reason": FindingReason.UNCHANGED, "computed_level": Level.RED},
    ],
)
def test_a_newer_assessment_that_says_more_ends_the_request(details: dict[str, object]) -> None:
    """What waits to fall to green does not outlive an assessment that does not support green."""
    desk = red()
    asks(desk, falls(desk))
    falls(desk, **details)
    assert desk.case.lowering is None
    assert desk.does(PREFECTURE, ApproveLowering()).reason is Reason.NO_LOWERING_WAITS


def test_a_newer_assessment_that_says_as_little_leaves_the_request() -> None:
    """Two green assessments are no less ground than one."""
    desk = red()
    asks(desk, falls(desk))
    falls(desk)
    assert desk.does(PREFECTURE, ApproveLowering()).reason is Reason.LOWERED_BY_TWO_PERSONS


@pytest.mark.parametrize(
    "reason", [FindingReason.LOWERED_BY_PERSON, FindingReason.RAISED_BY_PERSON]
)
@pytest.mark.parametrize("level", [Level.GREEN, Level.RED])
def test_what_scoring_says_after_persons_opens_and_raises_nothing(
    reason: FindingReason, level: Level
) -> None:
    """Scoring's own record of the change is no news: not to an open case, a resolved one, or no case."""
    desk = red()
    asks(desk, falls(desk))
    desk.does(PREFECTURE, ApproveLowering())
    before = desk.subject
    said = desk.finds(level, computed_level=Level.GREEN, reason=reason)
    assert (said.reason, said.subject, said.notices) == (Reason.NOT_RATED, before, ())
    desk.visits(COUNTY)
    desk.resolves(COUNTY)
    before = desk.subject
    assert desk.finds(level, computed_level=Level.GREEN, reason=reason).subject == before
    nobody = Desk()
    assert nobody.finds(level, reason=reason).subject.cases == ()


def _refused(desk: Desk, level: Level = Level.RED) -> LoweringRefused:
    return LoweringRefused("refusal-1", desk.case.case_id, HOUSEHOLD, level, desk.now_ms)


def test_a_lowering_that_scoring_does_not_follow_goes_back() -> None:
    """The case returns to the level in force, its owner is told, and the second telling does nothing."""
    desk = red()
    asks(desk, falls(desk))
    desk.does(PREFECTURE, ApproveLowering())
    desk.unread.clear()
    assert desk.takes(_refused(desk)).reason is Reason.LOWERING_NOT_FOLLOWED
    assert (desk.case.level, desk.case.status) == (Level.RED, CaseStatus.OPENED)
    assert desk.entries[-1].reason == Reason.LOWERING_NOT_FOLLOWED
    desk.expects(NoticeKind.LEVEL_RAISED, COUNTY)
    desk.expects_nothing_more()
    assert desk.takes(_refused(desk)).reason is Reason.DUPLICATE


def test_a_refusal_never_lowers_and_finds_only_its_case() -> None:
    """At the level already, or of a case nobody knows: nothing happens."""
    desk = red()
    assert desk.takes(_refused(desk, Level.YELLOW)).reason is Reason.NOTHING_NEW
    stranger = LoweringRefused("r", "111-unknown", HOUSEHOLD, Level.RED, desk.now_ms)
    assert desk.takes(stranger).reason is Reason.UNKNOWN_CASE
    assert desk.case.level is Level.RED


def resolved() -> Desk:
    """A red case that was resolved: its level stands."""
    desk = red()
    desk.resolves(COUNTY)
    return desk


def test_the_level_a_resolved_case_left_behind_can_be_lowered() -> None:
    """A fresh assessment is noted without opening anything; two persons lower; nobody owes an act by it."""
    desk = resolved()
    ground = falls(desk)
    assert (desk.case.assessment_decision_id, len(desk.subject.cases)) == (ground, 1)
    assert asks(desk, ground) is Reason.LOWERING_REQUESTED
    assert desk.does(PREFECTURE, ApproveLowering()).reason is Reason.LOWERED_BY_TWO_PERSONS
    assert (desk.case.level, desk.case.status) == (Level.GREEN, CaseStatus.RESOLVED)
    assert (desk.case.next_act, desk.case.deadline_ms) == (NextAct.NONE, None)
    assert desk.takes(_refused(desk)).reason is Reason.LOWERING_NOT_FOLLOWED
    assert (desk.case.level, desk.case.status) == (Level.RED, CaseStatus.RESOLVED)


def test_a_newer_case_takes_the_lowering_of_an_older_one_away() -> None:
    """Once an incident opened a case again, the resolved one is history."""
    desk = resolved()
    asks(desk, falls(desk))
    old = desk.case
    desk.finds(Level.RED, reason=FindingReason.UNCHANGED, from_incident=True)
    assert len(desk.subject.cases) == 2
    approval = Command("late", old.case_id, HOUSEHOLD, PREFECTURE, desk.now_ms, ApproveLowering())
    assert desk.takes(approval).reason is Reason.CASE_CLOSED
