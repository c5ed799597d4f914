"""What an official does about a case from a phone: by link or by SMS reply."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from services.common.ids import derived_id
from services.common.spans import DAY_MS


class ActKind(Enum):
    """The acts a phone can do."""

    ACKNOWLEDGE = "acknowledge"
    VISIT = "visit"
    RESOLVE = "resolve"
    # A duty of the law is fulfilled.
    FULFIL = "fulfil"
    # The page was opened; no act, but it is known from then on that the notice was read.
    READ = "read"
    ASK_SUPPORT = "ask_support"
    # Of an obligation: evidence is handed in; a second person agrees to a closing, or does not.
    EVIDENCE = "evidence"
    APPROVE_CLOSING = "approve_closing"
    RETURN_CLOSING = "return_closing"


# How a case ended; the codes of the command, in the order the page shows them.
RESOLUTIONS = ("mediated", "referred", "reconciled", "separated", "other")
_SHANGHAI_MS = 8 * 3_600_000
_DAILY = frozenset({ActKind.VISIT, ActKind.ASK_SUPPORT})


@dataclass(frozen=True, slots=True)
class EvidenceGiven:
    """What was handed in: a file's SHA-256, or words as a stored SealedText, or both.

    mark: says which it was without saying what it says; handed in again it is the same.
    """

    kind: str
    mark: str
    sha256: bytes = b""
    sealed: bytes = b""


NO_EVIDENCE = EvidenceGiven("", "")


@dataclass(frozen=True, slots=True)
class Act:
    """One act by one official on one case; the same id twice is applied once."""

    command_id: str
    kind: ActKind
    case_id: str
    subject_id: str
    official_id: str
    at_ms: int
    via: str
    how: str = ""
    duty_id: str = ""
    given: EvidenceGiven = NO_EVIDENCE


@dataclass(frozen=True, slots=True)
class CaseRef:
    """The case a notice was about, and when the notice was made."""

    notice_id: str
    case_id: str
    subject_id: str
    created_at_ms: int


def act_on(
    ref: CaseRef,
    kind: ActKind,
    official_id: str,
    at_ms: int,
    via: str,
    duty_id: str = "",
    given: EvidenceGiven = NO_EVIDENCE,
) -> Act:
    """An act caused by a notice. An official may visit, or need help, on another day: the day is part of the id."""
    day = (at_ms + _SHANGHAI_MS) // DAY_MS if kind in _DAILY else ""
    command_id = derived_id(kind.value, ref.notice_id, official_id, duty_id or given.mark or day)
    act = Act(command_id, kind, ref.case_id, ref.subject_id, official_id, at_ms, via)
    return replace(act, duty_id=duty_id, given=given)
