"""SMS replies: what the words ask for, which case they mean, and what becomes of them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from services.notifier.domain.acts import ActKind
from services.notifier.domain.notices import NO_CASE, Notice
from services.notifier.domain.standing import Standing

# 1 acknowledges, 2 records an arrival, 3 asks for support; also by their words.
_WORDS: Mapping[str, ActKind] = {
    "1": ActKind.ACKNOWLEDGE,
    "收到": ActKind.ACKNOWLEDGE,
    "2": ActKind.VISIT,
    "已到场": ActKind.VISIT,
    "3": ActKind.ASK_SUPPORT,
    "请求支援": ActKind.ASK_SUPPORT,
}
_NOISE = re.compile(r"[\s。.!,、:;#]+")
# A whole case number, or the six letters after its county; people type them without the dash as well.
_REPLY = re.compile(
    rf"(?P<word>{'|'.join(_WORDS)})(?:-?(?P<county>\d{{6}}))?-?(?P<code>[0-9A-Z]{{6}})?"
)
_MISTYPED = str.maketrans("OIL", "011")
LISTED_MOST = 3


class ReplyOutcome(Enum):
    """What became of a reply; log field, metric label, ledger of deliveries and wording."""

    ACKNOWLEDGED = "acknowledged"
    VISIT_RECORDED = "visit_recorded"
    SUPPORT_ASKED = "support_asked"
    # The step has changed since the message that is answered.
    ALREADY_ACKNOWLEDGED = "already_acknowledged"
    TAKEN_OVER = "taken_over"
    CLOSED = "closed"
    NOTHING_OPEN = "nothing_open"
    UNKNOWN_TEXT = "unknown_text"
    UNKNOWN_CASE = "unknown_case"
    UNKNOWN_NUMBER = "unknown_number"
    # Older than what was brought already is remembered: it could be a replay.
    TOO_OLD = "too_old"

    @property
    def done(self) -> bool:
        """Whether the reply became an act."""
        return self in _DONE.values()


_DONE: Mapping[ActKind, ReplyOutcome] = {
    ActKind.ACKNOWLEDGE: ReplyOutcome.ACKNOWLEDGED,
    ActKind.VISIT: ReplyOutcome.VISIT_RECORDED,
    ActKind.ASK_SUPPORT: ReplyOutcome.SUPPORT_ASKED,
}
_STALE: Mapping[Standing, ReplyOutcome] = {
    Standing.ACKNOWLEDGED: ReplyOutcome.ALREADY_ACKNOWLEDGED,
    Standing.TAKEN_OVER: ReplyOutcome.TAKEN_OVER,
    Standing.CLOSED: ReplyOutcome.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reply asks for; code: the six letters of the case it names, "" for the newest message's."""

    kind: ActKind
    code: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A case the official was told of: the newest notice about it, and where it stands."""

    notice: Notice
    standing: Standing


@dataclass(frozen=True, slots=True)
class Meant:
    """What becomes of a reply: the notice it answers, if any; with an outcome that is not done, nothing follows."""

    outcome: ReplyOutcome
    notice: Notice | None = None


def read_reply(text: str) -> Asked | None:
    """What a reply asks for; None when it is no known word. Full-width letters and small ones count too."""
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
    found = _REPLY.fullmatch(plain)
    if found is None or (found["county"] and not found["code"]):
        return None
    # Case numbers have none of these letters: who types one means the digit.
    return Asked(_WORDS[found["word"]], (found["code"] or "").translate(_MISTYPED))


def choose(asked: Asked, told: Sequence[Told]) -> Meant:
    """The case a reply means, of all the official was told of, newest message first.

    The newest message is answered; an acknowledgement passes over what is acknowledged already. A case that has
    moved on is answered as such and stops the search: nobody acknowledges an older case by answering a newer one.
    """
    about = [one for one in told if one.notice.kind not in NO_CASE]
    if asked.code:
        about = [one for one in about if code_of(one.notice.case_no) == asked.code]
        if not about:
            return Meant(ReplyOutcome.UNKNOWN_CASE)
    if not about:
        return Meant(ReplyOutcome.NOTHING_OPEN)
    if asked.kind is ActKind.ACKNOWLEDGE:
        return _acknowledged(about)
    newest = about[0]
    moved_on = newest.standing in (Standing.TAKEN_OVER, Standing.CLOSED)
    outcome = _STALE[newest.standing] if moved_on else _DONE[asked.kind]
    return Meant(outcome, newest.notice)


def waiting(told: Sequence[Told], but: Notice | None) -> list[str]:
    """Numbers of the cases that still await the official's acknowledgement, without the one just answered."""
    return [
        one.notice.case_no
        for one in told
        if one.standing is Standing.AWAITS_ACKNOWLEDGEMENT
        and one.notice.kind not in NO_CASE
        and (but is None or one.notice.case_id != but.case_id)
    ]


def wants_answer(outcome: ReplyOutcome, others: Sequence[str]) -> bool:
    """Whether the official must hear what became of the reply; a stranger's number never does.

    A plain success needs no message, unless other cases wait: then it could have been meant for one of them.
    """
    if outcome in (ReplyOutcome.UNKNOWN_NUMBER, ReplyOutcome.TOO_OLD):
        return False
    plain = outcome in (ReplyOutcome.ACKNOWLEDGED, ReplyOutcome.VISIT_RECORDED)
    return bool(others) or not plain


def code_of(case_no: str) -> str:
    """The letters people type to name a case: what stands after the county."""
    return case_no.rpartition("-")[2]


def _acknowledged(about: Sequence[Told]) -> Meant:
    for one in about:
        if one.standing is Standing.AWAITS_ACKNOWLEDGEMENT:
            return Meant(ReplyOutcome.ACKNOWLEDGED, one.notice)
        if one.standing is not Standing.ACKNOWLEDGED:
            return Meant(_STALE[one.standing], one.notice)
    return Meant(ReplyOutcome.ALREADY_ACKNOWLEDGED, about[0].notice)
