"""How many parts an SMS is charged as: UTF-16 units, 70 in one part, else 67 each."""

from __future__ import annotations

SINGLE_UNITS = 70
PART_UNITS = 67


def utf16_units(text: str) -> int:
    """The length carriers count: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def segments(text: str) -> int:
    """The number of parts; an empty text is still one message."""
    units = utf16_units(text)
    return 1 if units <= SINGLE_UNITS else -(-units // PART_UNITS)
