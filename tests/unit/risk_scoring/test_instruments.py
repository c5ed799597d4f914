"""Rating against published tables: encoded as packs, the instruments give what their tables say.

Only the numbers of the tables; no wording of any instrument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.common.terms import Level
from services.risk_scoring.domain.pack import Indicator, Pack, Text, tables_of
from services.risk_scoring.domain.rating import rate
from tests.unit.risk_scoring.makers import HOUSEHOLD, NO, PACKS, UNKNOWN, YES

_GREEN, _YELLOW, _RED = Level.GREEN, Level.YELLOW, Level.RED
# Danger Assessment: one point per yes, more for items 2 to 9 (weights remembered, bands read in a source).
_DA_WEIGHTS = (1, 5, 4, 4, 3, 3, 3, 2, 2, *[1] * 10)
_DA_HIGHEST = 37


def _instrument(
    weights: Sequence[int], yellow_at: int, red_at: int, red_alone: Sequence[int] = ()
) -> Pack:
    model = HOUSEHOLD.indicators[0]
    items: list[Indicator] = [
        replace(
            model,
            id=f"item_{at}",
            text=Text("项", "item"),
            weight=weight,
            floor=_RED if at in red_alone else Level.NONE,
            trigger=False,
            implied_by=(),
        )
        for at, weight in enumerate(weights)
    ]
    return replace(
        HOUSEHOLD,
        yellow_at=yellow_at,
        red_at=red_at,
        indicators=tuple(items),
        duties=(),
        tables=tables_of(items, ()),
    )


def _rows(length: int) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from([YES, NO, UNKNOWN]), min_size=length, max_size=length).map(
        bytes
    )


@given(_rows(11))
def test_lethality_trigger_rule(row: bytes) -> None:
    """LAP: any of the first three, or four of the other eight, is high; unknown counts as neither."""
    pack = _instrument([0, 0, 0, *[1] * 8], yellow_at=1, red_at=4, red_alone=[0, 1, 2])
    high = YES in row[:3] or row[3:].count(YES) >= 4
    assert (rate(pack, row, 0).level is _RED) is high


@given(_rows(19))
def test_danger_bands(row: bytes) -> None:
    """Danger Assessment: 0-7 is the lowest band, 8-13 the next, 14 and more the upper two."""
    pack = _instrument(_DA_WEIGHTS, yellow_at=8, red_at=14)
    score = sum(weight for weight, answer in zip(_DA_WEIGHTS, row, strict=True) if answer == YES)
    band = _RED if score >= 14 else _YELLOW if score >= 8 else _GREEN
    rating = rate(pack, row, 0)
    assert (rating.points, rating.level) == (score, band)


def test_danger_highest() -> None:
    """Danger Assessment: all answered yes give 37 points."""
    pack = _instrument(_DA_WEIGHTS, yellow_at=8, red_at=14)
    assert rate(pack, bytes([YES]) * len(_DA_WEIGHTS), 0).points == _DA_HIGHEST


@given(_rows(11))
def test_shandong_scale(row: bytes) -> None:
    """Shandong: more than six of nine is high; any of the two special items is high alone."""
    pack = _instrument([*[1] * 9, 0, 0], yellow_at=1, red_at=7, red_alone=[9, 10])
    high = row[:9].count(YES) > 6 or YES in row[9:]
    assert (rate(pack, row, 0).level is _RED) is high


def test_reassessment_clock() -> None:
    """VioGén: 72 hours, 7, 30 and 60 days from the highest level down, and 120 days where it had no clock."""
    for pack in PACKS.values():
        assert pack.clocks.steps == (72, 7 * 24, 30 * 24, 60 * 24, 120 * 24)
        assert pack.clocks.tighter_days == 90
