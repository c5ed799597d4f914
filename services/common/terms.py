"""The regulation's own terms as enums with the same numbers as in protos/; see docs/glossary.md."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """Warning level (三色预警); a larger value is a higher risk. NONE: not rated."""

    NONE = 0
    GREEN = 1
    YELLOW = 2
    RED = 3


class Tier(IntEnum):
    """Administrative tier that holds responsibility (层级包保)."""

    NONE = 0
    VILLAGE = 1
    TOWNSHIP = 2
    COUNTY = 3
    PREFECTURE = 4


class NoticeColour(IntEnum):
    """Colour of a supervision notice (白黄红督办单)."""

    NONE = 0
    WHITE = 1
    YELLOW = 2
    RED = 3


class Answer(IntEnum):
    """Three-valued answer; NOT_ASKED counts as UNKNOWN, and unknown is never "no"."""

    NOT_ASKED = 0
    YES = 1
    NO = 2
    UNKNOWN = 3


class Language(IntEnum):
    """Language of a text shown to a person; Chinese is the default."""

    NONE = 0
    ZH = 1
    EN = 2
