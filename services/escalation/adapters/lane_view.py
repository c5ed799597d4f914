"""How cases lie in a lane of the store: state keys, deadlines, and the sets that look-ups use."""

from __future__ import annotations

from services.escalation.domain.cases import Case
from services.escalation.domain.draft import county_of

OPEN = "open"
CLOSED = "closed"
_CHASE = "~chase"
_NUMBER = "~number"


def subject_key(subject_id: str) -> str:
    """State key of all cases of a subject."""
    return f"s:{subject_id}"


def case_key(case_id: str) -> str:
    """State key that leads from a case to its subject."""
    return f"c:{case_id}"


def ladder_member(case_id: str) -> str:
    """Deadline of the act a case waits for."""
    return case_id


def chase_member(case_id: str) -> str:
    """Deadline of the next step over a notice of the case that has no answer."""
    return f"{case_id}{_CHASE}"


def number_member(case_id: str) -> str:
    """Since when a notice of the case waits for its official number: due at once."""
    return f"{case_id}{_NUMBER}"


def case_of_member(member: str) -> str:
    """The case a deadline is about."""
    return member.partition("~")[0]


def is_number(member: str) -> bool:
    """Whether a deadline is about an official number."""
    return member.endswith(_NUMBER)


def deadlines(case: Case) -> dict[str, int | None]:
    """All deadlines of a case; one without notices has no more than its act."""
    found = {ladder_member(case.case_id): case.deadline_ms}
    if case.notices:
        found[chase_member(case.case_id)] = case.chase_due_ms
        found[number_member(case.case_id)] = case.number_wanted_ms
    return found


def owner_set(official_id: str) -> str:
    """Set of the cases an official owns."""
    return f"owner:{official_id}"


def unit_set(county_code: str) -> str:
    """Set of the cases of a county, open and resolved."""
    return f"unit:{county_code}"


def memberships(case: Case, former_owner_id: str = "") -> dict[tuple[str, str], bool]:
    """Which sets a case is in, and out of, from now on."""
    found = {
        (OPEN, case.case_id): case.is_open,
        (CLOSED, case.case_id): not case.is_open,
        (unit_set(county_of(case.jurisdiction_code)), case.case_id): True,
        (owner_set(case.owner_id), case.case_id): True,
    }
    if former_owner_id and former_owner_id != case.owner_id:
        found[(owner_set(former_owner_id), case.case_id)] = False
    return found
