"""Messages about no single case, once a working morning: an official's open duties, and gaps of a roster ahead.

The clock counts and proposes, in the lane of the recipient; whether it was told already is decided here. So each
morning's digest and each gap is told once, whoever proposes it and however often (docs/decisions/0021).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum

from services.common.spans import DAY_MS
from services.escalation.domain.reasons import Reason

# A message has no room for all cases of a busy official; the page and `sanse digest` have.
CASES_NAMED = 20


class BulletinKind(IntEnum):
    """What is told; the numbers are those of the protocol."""

    DIGEST = 170
    ROSTER_OUTLOOK = 171


@dataclass(frozen=True, slots=True)
class DutyCounts:
    """What an official has on the desk."""

    open: int = 0
    red: int = 0
    overdue: int = 0
    due_within_a_day: int = 0
    unanswered: int = 0

    @property
    def presses(self) -> bool:
        """Whether something is late, due soon, or to be answered."""
        return bool(self.overdue or self.due_within_a_day or self.unanswered)


@dataclass(frozen=True, slots=True)
class GapAhead:
    """Nobody is on duty at a post from a moment until another."""

    post: str
    jurisdiction_code: str
    duty: str
    from_ms: int
    until_ms: int

    def covers(self, later: GapAhead) -> bool:
        """Whether who was told of this one knows of another: same post, begun no later, and not over before."""
        return self.post == later.post and self.from_ms <= later.from_ms < self.until_ms


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What the clock proposes to tell an official on a morning (a day as 2026-03-02)."""

    command_id: str
    kind: BulletinKind
    recipient_id: str
    day: str
    at_ms: int
    jurisdiction_code: str
    counts: DutyCounts = field(default_factory=DutyCounts)
    case_nos: tuple[str, ...] = ()
    gaps: tuple[GapAhead, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What an official was told by bulletins, as far as it still matters."""

    recipient_id: str
    digest_day: str = ""
    outlook_day: str = ""
    gaps: tuple[GapAhead, ...] = ()


def tell(told: Told, bulletin: Bulletin) -> tuple[Told, Bulletin | None, Reason]:
    """What is known to have been told after it, the bulletin as it goes out (None: it does not), and why (not)."""
    if bulletin.kind is BulletinKind.DIGEST:
        if bulletin.day <= told.digest_day:
            return told, None, Reason.TOLD_ALREADY
        return replace(told, digest_day=bulletin.day), bulletin, Reason.DIGEST_SENT
    fresh = _fresh(told, bulletin)
    if bulletin.day <= told.outlook_day or not fresh:
        return told, None, Reason.TOLD_ALREADY
    after = remember(told, bulletin.day, fresh, bulletin.at_ms)
    return after, replace(bulletin, gaps=fresh), Reason.GAPS_TOLD


def remember(told: Told, day: str, fresh: tuple[GapAhead, ...], at_ms: int) -> Told:
    """Keep what was told of gaps; one that has been over for a day can be told of no more."""
    kept = tuple(gap for gap in told.gaps if gap.until_ms > at_ms - DAY_MS)
    return replace(told, outlook_day=day, gaps=(*kept, *fresh))


def _fresh(told: Told, bulletin: Bulletin) -> tuple[GapAhead, ...]:
    """The gaps that nobody was told of, in the order given."""
    known = list(told.gaps)
    for gap in bulletin.gaps:
        if not any(one.covers(gap) for one in known):
            known.append(gap)
    return tuple(known[len(told.gaps) :])
