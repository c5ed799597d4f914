"""The simulation's idea of levels is that of the scoring service."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from services.cli.simulate.packs import PackShape, load_shapes
from services.common.settings import REPOSITORY
from services.risk_scoring.adapters.pack_loader import load_packs
from services.risk_scoring.domain.answers import NO, YES
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.rating import rate

_FOLDER = REPOSITORY / "deploy" / "packs"
RULES: Mapping[str, Pack] = load_packs(_FOLDER)
SHAPES: Mapping[str, PackShape] = load_shapes(_FOLDER)


@given(data=st.data(), pack_id=st.sampled_from(sorted(SHAPES)))
def test_levels_agree_with_the_scoring_service(data: st.DataObject, pack_id: str) -> None:
    """Any set of indicators answered yes, all others no, gives the same level in both."""
    shape, rules = SHAPES[pack_id], RULES[pack_id]
    yes = data.draw(st.sets(st.sampled_from(shape.indicators), max_size=6))
    answers = bytes(YES if item.id in yes else NO for item in rules.indicators)
    assert shape.level(tuple(yes)) is rate(rules, answers, 0).level
