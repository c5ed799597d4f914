"""The roster as decisions see it: posts without contact data, look-ups remembered."""

from __future__ import annotations

from services.common.roster import Roster
from services.common.terms import Tier
from services.escalation.domain.posts import Appointment, OwnerReason, Post


class RosterPosts:
    """Look-ups in a roster that does not change while the worker runs."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._owners: dict[tuple[str, Tier], Appointment] = {}

    def get(self, official_id: str) -> Post | None:
        """The post of an official; None when not on the roster."""
        official = self._roster.get(official_id)
        if official is None:
            return None
        return Post(official.official_id, official.jurisdiction_code, official.tier)

    def owner(self, jurisdiction_code: str, tier: Tier) -> Appointment:
        """Who is responsible at a tier for a place; the next tier up where there is a gap."""
        key = (jurisdiction_code, tier)
        known = self._owners.get(key)
        if known is None:
            known = self._owners[key] = self._find(jurisdiction_code, tier)
        return known

    def _find(self, jurisdiction_code: str, tier: Tier) -> Appointment:
        found = self._roster.owner(jurisdiction_code, tier)
        owner_id = found.official.official_id if found.official else ""
        return Appointment(owner_id, found.tier, OwnerReason(found.reason.value))
