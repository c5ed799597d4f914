"""The roster as decisions see it: posts without contact data, look-ups remembered."""

from __future__ import annotations

from services.common.roster import Owner, Roster
from services.common.terms import Tier
from services.escalation.domain.posts import Appointment, OwnerReason, Post


class RosterPosts:
    """Look-ups in a roster that does not change while the worker runs."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._owners: dict[tuple[str, Tier], Appointment] = {}
        self._departments: dict[tuple[str, str, Tier], Appointment] = {}

    def get(self, official_id: str) -> Post | None:
        """The post of an official; None when not on the roster."""
        official = self._roster.get(official_id)
        if official is None:
            return None
        place, tier = official.jurisdiction_code, official.tier
        return Post(official.official_id, place, tier, official.department)

    def owner(self, jurisdiction_code: str, tier: Tier) -> Appointment:
        """Who is responsible at a tier for a place; the next tier up where there is a gap."""
        key = (jurisdiction_code, tier)
        known = self._owners.get(key)
        if known is None:
            found = self._roster.owner(jurisdiction_code, tier)
            known = self._owners[key] = _appointment(found)
        return known

    def department(self, jurisdiction_code: str, department: str, tier: Tier) -> Appointment:
        """Who speaks for a department of a tier; the centre's official there where nobody does."""
        key = (jurisdiction_code, department, tier)
        known = self._departments.get(key)
        if known is None:
            found = self._roster.department(jurisdiction_code, department, tier)
            known = self._departments[key] = _appointment(found)
        return known


def _appointment(found: Owner) -> Appointment:
    owner_id = found.official.official_id if found.official else ""
    return Appointment(owner_id, found.tier, OwnerReason(found.reason.value))
