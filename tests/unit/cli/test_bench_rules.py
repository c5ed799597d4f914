"""The engines that are measured side by side say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.bench.naive import Naive
from services.cli.bench.rules import Zen, check, distinct_rows
from services.risk_scoring.domain.pack import Pack
from tests.unit.risk_scoring.makers import PACKS, answers_of

ENGINES = {pack.id: (Naive(pack), Zen(pack)) for pack in PACKS.values()}


@given(st.data())
def test_judge_naive_and_zen_agree(data: st.DataObject) -> None:
    """On any row: points, level, bounds, hits, unknowns, next question, counterfactual and duties."""
    pack = data.draw(st.sampled_from(sorted(PACKS.values(), key=lambda one: one.id)))
    check(pack, [data.draw(answers_of[pack.id])], *ENGINES[pack.id])


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS.keys())
def test_rows_are_distinct(pack: Pack) -> None:
    """No row is measured twice, so nothing remembered can flatter."""
    rows = distinct_rows(pack, 500, seed=3)
    assert len(set(rows)) == len(rows) == 500
