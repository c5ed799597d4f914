"""Which message goes before which."""

from __future__ import annotations

from services.common.terms import Level, NoticeColour
from services.notifier.domain.notices import Notice


def is_red(notice: Notice) -> bool:
    """A red level or a red notice: never held, never limited, first in every line."""
    return notice.level is Level.RED or notice.colour is NoticeColour.RED
