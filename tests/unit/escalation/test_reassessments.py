"""A home not assessed again in time is a duty: once for each clock, closed by the next assessment, by nothing less."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.common.ids import derived_id
from services.common.settings import CommonSettings
from services.common.spans import DAY_MS, HOUR_MS
from services.common.terms import Level, Tier
from services.common.yaml_nodes import FileError
from services.escalation.adapters.obligation_file import read_obligation
from services.escalation.domain.cases import CaseStatus, EvidenceKind, NextAct
from services.escalation.domain.events import EntryType, NoticeKind
from services.escalation.domain.messages import (
    Acknowledge,
    Command,
    FindingReason,
    Origin,
    Owed,
)
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import (
    GRID,
    HOUSEHOLD,
    POLICY,
    START_MS,
    TOWNSHIP,
    VILLAGE,
    Desk,
    rules,
)

FILE = CommonSettings().obligations_dir / "reassessment.yaml"
PACK = "household_dispute"


def overdue(due_ms: int = START_MS - DAY_MS, level: str = "yellow", pack_id: str = PACK) -> Owed:
    """What the clock says of the home."""
    return Owed(
        cause_id=derived_id("reassessment", HOUSEHOLD, pack_id, due_ms),
        origin=Origin.REASSESSMENT,
        detail=level,
        subject_id=HOUSEHOLD,
        jurisdiction_code=GRID,
        at_ms=START_MS,
        pack_id=pack_id,
    )


@pytest.fixture
def desk() -> Desk:
    """The shipped kind, and a home that is late."""
    desk = Desk(rules(None, POLICY, read_obligation(FILE)))
    assert desk.takes(overdue()).reason is Reason.OPENED_BY_OVERDUE_ASSESSMENT
    return desk


def assessed(desk: Desk, **details: object) -> Reason | None:
    """A new assessment finds nothing; what follows from it is decided as the lane does. None: nothing follows."""
    facts = {"reason": FindingReason.UNCHANGED, "computed_level": Level.NONE}
    facts |= {"reassess_due_ms": desk.now_ms + 90 * DAY_MS} | details
    then = desk.finds(Level.NONE, **facts).then
    return desk.takes(then).reason if then else None


def test_the_village_owes_it_and_climbs_as_any_duty(desk: Desk) -> None:
    """Its own official is told, has a date, and is late by the ladder; the case has no level."""
    case = desk.case
    assert (case.owner_id, case.tier, case.level) == (VILLAGE, Tier.VILLAGE, Level.NONE)
    assert (case.obligation, case.pack_id) == ("reassessment", f"reassessment/{PACK}")
    assert case.resolve_due_ms == START_MS + 14 * DAY_MS
    desk.expects(NoticeKind.DUTY_ASSIGNED, VILLAGE)
    desk.expects_nothing_more()
    desk.passes(24 * 7)
    assert desk.case.notices


def test_one_clock_opens_once_also_after_it_was_closed(desk: Desk) -> None:
    """Proposed again each morning it does nothing; the next clock that runs out is another."""
    assert desk.takes(overdue()).reason is Reason.DUPLICATE
    # The date moved, say by an incident, and the home is still not assessed: one duty is enough.
    assert desk.takes(overdue(START_MS - HOUR_MS)).reason is Reason.CASE_OPEN_ALREADY
    assert assessed(desk) is Reason.ASSESSED_AGAIN
    assert desk.takes(overdue()).reason is Reason.DUPLICATE
    later = overdue(START_MS + 90 * DAY_MS)
    assert desk.takes(later).reason is Reason.OPENED_BY_OVERDUE_ASSESSMENT
    assert [case.is_open for case in desk.subject.cases] == [False, True]


@pytest.mark.parametrize("reached", ["opened", "acknowledged", "visited", "closing"])
def test_the_next_assessment_closes_it_wherever_it_stands(desk: Desk, reached: str) -> None:
    """With the decision as evidence, in the ledger; its owner has it at the end."""
    if reached == "acknowledged":
        desk.does(VILLAGE, Acknowledge())
    if reached in ("visited", "closing"):
        desk.visits(VILLAGE)
    if reached == "closing":
        assert desk.resolves(VILLAGE, "refused").reason is Reason.CLOSING_REQUESTED
        assert desk.case.owner_id == TOWNSHIP
    assert assessed(desk) is Reason.ASSESSED_AGAIN
    case = desk.case
    assert (case.status, case.next_act, case.owner_id) == (
        CaseStatus.RESOLVED,
        NextAct.NONE,
        VILLAGE,
    )
    assert desk.happened()[-2:] == [EntryType.EVIDENCE_ADDED, EntryType.RESOLVED]
    assert desk.entries[-1].reason == "assessed"
    assert case.evidence_of(EvidenceKind.ASSESSMENT) is not None
    assert (case.closing, case.deadline_ms) == (None, None)


@pytest.mark.parametrize(
    "details",
    [
        {"from_incident": True},
        {"pack_id": "partner_violence"},
        # A report of an old visit, or one that met nobody, does not set the clock anew.
        {"reassess_due_ms": START_MS - DAY_MS},
        {"reassess_due_ms": 0},
    ],
)
def test_nothing_less_than_an_assessment_closes_it(desk: Desk, details: dict[str, object]) -> None:
    """An incident, another pack, an old report: the duty stays."""
    assert assessed(desk, **details) is None
    assert desk.case.is_open


def test_where_no_assessment_can_be_made_two_persons_close_it_after_a_visit(desk: Desk) -> None:
    """Refused or moved away: somebody was there, and the township agrees."""
    assert desk.resolves(VILLAGE, "refused").reason is Reason.EVIDENCE_MISSING
    desk.visits(VILLAGE)
    assert desk.resolves(VILLAGE, "refused").reason is Reason.CLOSING_REQUESTED
    assert desk.case.owner_id == TOWNSHIP


def test_an_open_case_of_the_risk_is_enough(desk: Desk) -> None:
    """Its revisits are duties already; of another pack, or resolved, it is not."""
    assert assessed(desk) is Reason.ASSESSED_AGAIN
    desk.finds(Level.YELLOW)
    assert desk.takes(overdue(START_MS)).reason is Reason.CASE_OPEN_ALREADY
    other = overdue(START_MS, pack_id="partner_violence")
    assert desk.takes(other).reason is Reason.OPENED_BY_OVERDUE_ASSESSMENT


def test_which_levels_are_owed_it_is_data(desk: Desk) -> None:
    """Homes without a level are met by the next round: the shipped kind opens nothing for them."""
    assert desk.takes(overdue(START_MS, "none", "p")).reason is Reason.NO_SUCH_KIND


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("details: [green, yellow, red]", "details: [pink]", "are no levels"),
        ("code: assessed,", "code: done,", "assessed is missing"),
        ("evidence: [visit]", "evidence: [assessment]", "not usable"),
    ],
)
def test_a_kind_that_could_not_work_is_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    """With the line, and what is allowed."""
    file = tmp_path / "reassessment.yaml"
    file.write_text(FILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(FileError, match=words):
        read_obligation(file)


def test_commands_of_persons_cannot_say_that_a_home_was_assessed(desk: Desk) -> None:
    """Only a decision of scoring leads to the act; the protocol has no field for it."""
    then = desk.finds(
        Level.NONE, reason=FindingReason.UNCHANGED, reassess_due_ms=desk.now_ms + DAY_MS
    ).then
    assert isinstance(then, Command)
    assert then.actor_id == "machine"
