"""How cases lie in a lane of the store: state keys, deadlines, and the sets that look-ups use."""

from __future__ import annotations

from services.escalation.domain.cases import Case
from services.escalation.domain.draft import county_of

OPEN = "open"
CLOSED = "closed"


def subject_key(subject_id: str) -> str:
    """State key of all cases of a subject."""
    return f"s:{subject_id}"


def case_key(case_id: str) -> str:
    """State key that leads from a case to its subject."""
    return f"c:{case_id}"


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
