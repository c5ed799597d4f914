"""Where a case stands for one official, judged by its ledger's newest entry known here and by own acknowledgements."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.common.terms import Tier
from services.notifier.domain.notices import NextAct, Notice, NoticeKind


class Standing(Enum):
    """What a case still wants of the official it was told to."""

    AWAITS_ACKNOWLEDGEMENT = "awaits_acknowledgement"
    ACKNOWLEDGED = "acknowledged"
    # A tier above has it now.
    TAKEN_OVER = "taken_over"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CaseView:
    """What the notifier keeps of a case: enough to know whether a message or a reply still fits."""

    case_id: str
    sequence: int
    # Time of the ledger entry it was read from.
    at_ms: int
    tier: Tier
    next_act: NextAct
    resolved: bool
    # Of an obligation: kinds of evidence that are there, and when the closing that waits was asked for; 0 for none.
    shown: frozenset[str] = frozenset()
    closing_at_ms: int = 0


# Messages that ask for an act, and are idle once it is done. All others are owed whatever happens.
_ASK = frozenset({NoticeKind.DUTY_ASSIGNED, NoticeKind.LEVEL_RAISED, NoticeKind.LEGAL_DUTY})


def standing_of(notice: Notice, case: CaseView | None, acknowledged_until_ms: int) -> Standing:
    """Where the notice's case stands for its recipient.

    acknowledged_until_ms: creation of the newest notice acknowledged by hand, -1 for none. A view older than
    the notice says nothing about it: the ledger is read a moment later than the notice.
    """
    fresh = case if case is not None and case.at_ms >= notice.created_at_ms else None
    if fresh is not None and fresh.resolved:
        return Standing.CLOSED
    if notice.kind is NoticeKind.TAKEN_OVER or _moved_up(notice, fresh):
        return Standing.TAKEN_OVER
    act = fresh.next_act if fresh is not None else notice.act
    if act is not NextAct.ACKNOWLEDGE or acknowledged_until_ms >= notice.created_at_ms:
        return Standing.ACKNOWLEDGED
    return Standing.AWAITS_ACKNOWLEDGEMENT


def overtaken(notice: Notice, case: CaseView | None) -> bool:
    """Whether what the message asks for was done, or the case had moved on, before the message left."""
    if case is None or notice.kind not in _ASK or case.at_ms <= notice.created_at_ms:
        return False
    if case.resolved or _moved_up(notice, case):
        return True
    return notice.act is NextAct.ACKNOWLEDGE and case.next_act is not NextAct.ACKNOWLEDGE


def _moved_up(notice: Notice, case: CaseView | None) -> bool:
    return case is not None and notice.tier is not Tier.NONE and case.tier > notice.tier
