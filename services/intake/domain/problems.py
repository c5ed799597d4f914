"""What can be wrong with a report: a closed set of reasons, each found problem with its place and its two texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

from services.common.terms import Language

_LONG_NUMBER = re.compile(r"\d{7,}")
_SHOWN_NAME = 60
_SHOWN_ALLOWED = 40


class Reason(Enum):
    """Stable codes; senders and dashboards may rely on them."""

    JSON_MALFORMED = "json.malformed"
    JSON_NOT_OBJECT = "json.not_an_object"
    PROTOBUF_MALFORMED = "protobuf.malformed"
    CLOUDEVENT_MALFORMED = "cloudevent.malformed"
    SOURCE_UNKNOWN = "source.unknown"
    ENCODING_BROKEN = "encoding.not_utf8"
    ENCODING_MIXED = "encoding.mixed"
    RECORD_TOO_LARGE = "record.too_large"
    FIELD_MISSING = "field.missing"
    FIELD_UNKNOWN = "field.unknown"
    FIELD_FORBIDDEN = "field.forbidden"
    FIELD_NOT_EXPECTED = "field.not_expected"
    OWN_LEVEL_MISSING = "assessment.own_level_missing"
    TYPE_WRONG = "type.wrong"
    CODE_UNKNOWN = "code.unknown"
    TEXT_MALFORMED = "text.malformed"
    TEXT_TOO_LONG = "text.too_long"
    IDENTITY_NUMBER = "text.identity_number"
    DATE_MALFORMED = "date.malformed"
    DATE_NO_ZONE = "date.no_zone"
    DATE_IN_FUTURE = "date.in_future"
    DATE_TOO_OLD = "date.too_old"
    JURISDICTION_MALFORMED = "jurisdiction.malformed"
    JURISDICTION_UNKNOWN = "jurisdiction.unknown"
    HOUSEHOLD_MALFORMED = "household.malformed"
    HOUSEHOLD_SAME = "household.same"
    PACK_UNKNOWN = "pack.unknown"
    INDICATOR_UNKNOWN = "indicator.unknown"
    SUPPORT_CATEGORY_UNKNOWN = "support.category_unknown"
    SUPPORT_CATEGORY_SHOWN = "support.category_shown"
    SUPPORT_INTERVAL_LONG = "support.interval_too_long"
    SUPPORT_FIRST_VISIT_LATE = "support.first_visit_too_late"
    SUPPORT_ENDS_LATE = "support.ends_after_category"
    SUPPORT_ENDS_EARLY = "support.ends_before_it_begins"
    NUMBER_OUT_OF_RANGE = "number.out_of_range"
    SCOPE_DENIED = "scope.denied"
    JURISDICTION_DENIED = "jurisdiction.denied"
    COLUMN_TWICE = "column.twice"
    ROW_MALFORMED = "row.malformed"
    FILE_UNREADABLE = "file.unreadable"
    CELL_MERGED = "cell.merged"
    CELL_ERROR = "cell.error"
    CELL_IMPRECISE = "cell.imprecise"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, where, and what would be right. The texts never repeat a value of the report."""

    reason: Reason
    field_path: str
    message_zh: str
    message_en: str
    allowed: str = ""

    def message(self, language: Language) -> str:
        """The text in the sender's language; Chinese unless English was asked for."""
        return self.message_en if language is Language.EN else self.message_zh


def safe_name(name: object) -> str:
    """A field name as it may be shown: short, and without a number that could be somebody's."""
    text = _LONG_NUMBER.sub("•", str(name)[:_SHOWN_NAME])
    return text.encode("ascii", "replace").decode() if not text.isprintable() else text


def listed(codes: Iterable[str]) -> str:
    """Allowed codes in one line, the list cut when it is long."""
    names = list(codes)
    cut = ", …" if len(names) > _SHOWN_ALLOWED else ""
    return ", ".join(names[:_SHOWN_ALLOWED]) + cut


def near(name: object, known: Iterable[str]) -> str:
    """Known names that resemble the given one, for "did you mean"."""
    return ", ".join(get_close_matches(str(name)[:_SHOWN_NAME].lower(), list(known), 3, 0.6))
