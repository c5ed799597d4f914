"""How carriers count an SMS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.segments import segments, utf16_units

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 134, 2),
        ("字" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("a" * 160, 3),
    ],
)
def test_seventy_then_sixty_seven(text: str, parts: int) -> None:
    """70 units in one part, else 67 each; an emoji is two units, a Latin letter one."""
    assert segments(text) == parts


@given(_texts, _texts)
def test_units_add_up(a: str, b: str) -> None:
    """The length of two texts together is the sum of their lengths."""
    assert utf16_units(a + b) == utf16_units(a) + utf16_units(b)


@given(_texts, _texts)
def test_more_text_never_needs_fewer_parts(a: str, b: str) -> None:
    """Parts grow with the text."""
    assert segments(a + b) >= segments(a)
