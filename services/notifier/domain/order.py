"""Which message goes before which, and which never waits."""

from __future__ import annotations

from services.common.terms import Level, NoticeColour
from services.notifier.domain.notices import Notice, NoticeKind

# A duty of the law runs by the hour; an answer goes to who has just written; a test has a guard of its own; a digest
# has waited.
_AT_ONCE = frozenset(
    {NoticeKind.LEGAL_DUTY, NoticeKind.REPLY_ANSWER, NoticeKind.TEST, NoticeKind.DIGEST}
)


def is_red(notice: Notice) -> bool:
    """A red level or a red notice: never held, never limited, first in every line."""
    return notice.level is Level.RED or notice.colour is NoticeColour.RED


def never_waits(notice: Notice) -> bool:
    """What neither a storm, nor a person's limit, nor the night holds back."""
    return notice.kind in _AT_ONCE or is_red(notice)
