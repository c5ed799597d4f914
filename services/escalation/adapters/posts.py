"""The roster as decisions see it: posts without contact data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.common.divisions import code_at
from services.common.duty.facts import DEPUTY, KEEPER, OWNER, Person, PostKey
from services.common.duty.folder import LiveRoster, is_roster_of_posts
from services.common.duty.gaps import Stretch, gaps
from services.common.duty.on_duty import on_duty, posts_at
from services.common.roster import Owner, Roster
from services.common.terms import Tier
from services.escalation.domain.bulletins import GapAhead
from services.escalation.domain.posts import Appointment, OwnerReason, Post


class RosterPosts:
    """Look-ups, remembered, in a CSV, which does not change while the worker runs and knows no dates."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._owners: dict[tuple[str, Tier], Appointment] = {}
        self._departments: dict[tuple[str, str, Tier], Appointment] = {}

    def as_of(self, at_ms: int) -> RosterPosts:
        """A CSV says the same at all times."""
        return self

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

    def holder(self, jurisdiction_code: str, tier: Tier, duty: str) -> str:
        """In a CSV the second line of a unit is the deputy; it knows no other duties."""
        deputy = self._roster.deputy(jurisdiction_code, tier) if duty == DEPUTY else None
        return deputy.official_id if deputy else ""

    def gaps_ahead(self, until_ms: int) -> Sequence[tuple[GapAhead, str]]:
        """A CSV knows no dates."""
        return ()

    def stand_in(self, official_id: str) -> str:
        """A CSV knows no leave."""
        return ""


class DutyPosts:
    """Look-ups in a roster of posts; each moment has its own answers."""

    def __init__(self, live: LiveRoster, at_ms: int = 0) -> None:
        self._live = live
        self._at_ms = at_ms
        self._roster = live.roster.as_known(at_ms)

    def as_of(self, at_ms: int) -> DutyPosts:
        """What the roster said at a moment about that moment, also when it was changed since."""
        return DutyPosts(self._live, at_ms)

    def get(self, official_id: str) -> Post | None:
        """The highest post a person may act for now; None when there is none."""
        posts = posts_at(self._roster, official_id, self._at_ms)
        if not posts:
            return None
        own = [one for one in posts if not one.department] or posts
        first = max(own, key=lambda one: one.tier)
        also = tuple(
            one.jurisdiction_code
            for one in own
            if one.tier is first.tier and one.department == first.department and one is not first
        )
        return Post(official_id, first.jurisdiction_code, first.tier, first.department, also)

    def owner(self, jurisdiction_code: str, tier: Tier) -> Appointment:
        """Who is on duty at a tier for a place; where nobody is, the next tier at once."""
        keeper, reason = "", OwnerReason.ON_ROSTER
        for step in map(Tier, range(tier, Tier.PREFECTURE + 1)):
            found = self.holder(jurisdiction_code, step, OWNER)
            if found:
                return Appointment(found, step, reason, keeper)
            keeper = keeper or self._keeper(jurisdiction_code, step)
            reason = OwnerReason.ROSTER_GAP_NEXT_TIER
        return Appointment("", Tier.PREFECTURE, OwnerReason.NOBODY_ON_ROSTER, keeper)

    def department(self, jurisdiction_code: str, department: str, tier: Tier) -> Appointment:
        """Who speaks for a department now; where nobody does, who is on duty at the centre."""
        unit = code_at(jurisdiction_code, tier)
        found = self._holder(PostKey(tier, unit, OWNER, department))
        if found:
            return Appointment(found, tier, OwnerReason.ON_ROSTER)
        centre = self.owner(jurisdiction_code, tier)
        if not centre.owner_id:
            return centre
        keeper = centre.keeper_id or self._keeper(jurisdiction_code, tier)
        return Appointment(
            centre.owner_id, centre.tier, OwnerReason.DEPARTMENT_GAP_TO_CENTRE, keeper
        )

    def holder(self, jurisdiction_code: str, tier: Tier, duty: str) -> str:
        """Who has a duty at a tier over a place now; "" when nobody has."""
        return self._holder(PostKey(tier, code_at(jurisdiction_code, tier), duty))

    def stand_in(self, official_id: str) -> str:
        """The substitute named for the official's leave now."""
        now = [one for one in self._roster.leaves(official_id) if one.covers(self._at_ms)]
        return now[-1].substitute if now else ""

    def gaps_ahead(self, until_ms: int) -> Sequence[tuple[GapAhead, str]]:
        """Each with the keeper of that roster; where nobody keeps it, with who is responsible a tier above."""
        found = gaps(self._roster, self._roster.posts(), self._at_ms, until_ms)
        return [(_gap_of(one), self._told_of(one.post)) for one in found]

    def _told_of(self, post: PostKey) -> str:
        above = Tier(min(post.tier + 1, Tier.PREFECTURE))
        keeper = self._keeper(post.jurisdiction_code, post.tier)
        return keeper or self.owner(post.jurisdiction_code, above).owner_id

    def _holder(self, post: PostKey) -> str:
        found = on_duty(self._roster, post, self._at_ms)
        return found.person_id if isinstance(found, Person) else ""

    def _keeper(self, jurisdiction_code: str, tier: Tier) -> str:
        """Who keeps the roster of a unit: the keeper of the unit, else of the nearest one above."""
        steps = map(Tier, range(tier, Tier.PREFECTURE + 1))
        return next(filter(None, (self.holder(jurisdiction_code, s, KEEPER) for s in steps)), "")


def load_posts(path: Path) -> RosterPosts | DutyPosts:
    """The roster the settings name: a roster of posts, or a CSV; ValueError says what is wrong."""
    if is_roster_of_posts(path):
        return DutyPosts(LiveRoster(path))
    return RosterPosts(Roster.load(path))


def _gap_of(gap: Stretch) -> GapAhead:
    post = gap.post
    return GapAhead(str(post), post.jurisdiction_code, post.duty, gap.from_ms, gap.until_ms)


def _appointment(found: Owner) -> Appointment:
    owner_id = found.official.official_id if found.official else ""
    return Appointment(owner_id, found.tier, OwnerReason(found.reason.value))
