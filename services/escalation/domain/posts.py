"""Who holds which post: what decisions need to know of the roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from services.common.divisions import contains
from services.common.terms import Tier
from services.escalation.domain.bulletins import GapAhead

# The duty of a post that is owner of the cases of its unit and tier.
OWNER = "owner"


class OwnerReason(StrEnum):
    """Why this official is the owner; written into the case."""

    ON_ROSTER = "on_roster"
    ROSTER_GAP_NEXT_TIER = "roster_gap_next_tier"
    NOBODY_ON_ROSTER = "nobody_on_roster"
    ASSIGNED_BY_PERSON = "assigned_by_person"
    DEPARTMENT_GAP_TO_CENTRE = "department_gap_to_centre"


@dataclass(frozen=True, slots=True)
class Post:
    """An official's place in the ladder; with a department, beside it."""

    official_id: str
    jurisdiction_code: str
    tier: Tier
    department: str = ""
    # Further units the same person serves at the same tier.
    also: tuple[str, ...] = ()

    def is_over(self, jurisdiction_code: str) -> bool:
        """Whether the place lies in this official's jurisdiction.

        A department is over no place: it sees and does what was handed to it, nothing else.
        """
        return not self.department and self.serves(jurisdiction_code)

    def serves(self, jurisdiction_code: str) -> bool:
        """Whether a duty over the place may be given to this official."""
        units = (self.jurisdiction_code, *self.also)
        return any(contains(unit, jurisdiction_code) for unit in units)


@dataclass(frozen=True, slots=True)
class Appointment:
    """The official who becomes responsible, at which tier, and why this one.

    keeper_id: who keeps the roster in which nobody was on duty; "" when nobody is named or nothing is missing.
    """

    owner_id: str
    tier: Tier
    reason: OwnerReason
    keeper_id: str = ""


class Posts(Protocol):
    """Look-ups in the roster."""

    def as_of(self, at_ms: int) -> Posts:
        """The same look-ups as they stood at a moment: a message read again finds the same people."""

    def get(self, official_id: str) -> Post | None:
        """The post of an official; None when not on the roster."""

    def owner(self, jurisdiction_code: str, tier: Tier) -> Appointment:
        """Who is responsible at a tier for a place; the next tier up where there is a gap.

        With nobody on the roster the owner id is empty and the reason says so.
        """

    def department(self, jurisdiction_code: str, department: str, tier: Tier) -> Appointment:
        """Who speaks for a department of a tier; the centre's official there where nobody does."""

    def holder(self, jurisdiction_code: str, tier: Tier, duty: str) -> str:
        """Who has a further duty, such as the deputy's, at a tier over a place; "" when nobody has."""

    def gaps_ahead(self, until_ms: int) -> Sequence[tuple[GapAhead, str]]:
        """Posts with nobody on duty from now until a moment, each with who is to be told of it, the first first."""

    def stand_in(self, official_id: str) -> str:
        """Who stands in for an official who is on leave; "" for one who is not, or for whom nobody does."""
