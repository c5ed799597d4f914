"""The packs as shipped: their own unit cases, their scope, and what they must never score."""

from __future__ import annotations

import pytest

from services.common.pack_catalogue import load_outlines
from services.common.terms import Level
from services.risk_scoring.domain.forbidden import FORBIDDEN, forbidden_in
from services.risk_scoring.domain.pack import Pack, PackCase
from services.risk_scoring.domain.pack_cases import rate_case
from services.risk_scoring.domain.pack_checks import problems, problems_across
from services.risk_scoring.domain.routing import pack_for_incident
from services.risk_scoring.domain.verdict import duties_of
from tests.unit.risk_scoring.makers import CHILD, HOUSEHOLD, PACKS, PACKS_DIR, PARTNER

CASES = [(pack, case) for pack in PACKS.values() for case in pack.cases]


@pytest.mark.parametrize(("pack", "case"), CASES, ids=lambda one: getattr(one, "name", ""))
def test_case(pack: Pack, case: PackCase) -> None:
    """Each case of a pack gives the level, the reason and the duties it states."""
    rating = rate_case(pack, case)
    assert (rating.level, rating.cannot_rate) == (case.level, case.cannot_rate)
    assert set(case.duties) <= set(duties_of(pack, rating))


@pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.id)
def test_shipped_packs_are_clean(pack: Pack) -> None:
    """No check finds anything in a shipped pack."""
    assert problems(pack) == []


def test_shipped_packs_fit_together() -> None:
    """Each kind of incident has one pack, and kinds that none lists have one."""
    assert problems_across(list(PACKS.values())) == []


@pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.id)
def test_lethal_signs_are_red_alone(pack: Pack) -> None:
    """Every lethal sign is red by itself."""
    signs = [one for one in pack.indicators if one.trigger]
    assert signs
    assert all(one.floor is Level.RED for one in signs)


def test_outlines_agree() -> None:
    """Intake's outline of a pack names the same indicators in the same order."""
    outlines = load_outlines(PACKS_DIR)
    for pack in PACKS.values():
        assert outlines[pack.id].version == pack.version
        assert outlines[pack.id].indicators == tuple(one.id for one in pack.indicators)


def test_partner_pack_refuses_neighbours() -> None:
    """A neighbour dispute is never rated by the partner pack, even when it names it."""
    assert pack_for_incident(PACKS, "partner_violence", "neighbour_dispute") is HOUSEHOLD
    assert pack_for_incident(PACKS, "partner_violence", "domestic_violence") is PARTNER


def test_routing_by_category() -> None:
    """Without a pack the kind decides; an unlisted kind goes to the household pack; hazards to none."""
    assert pack_for_incident(PACKS, "", "domestic_violence") is PARTNER
    assert pack_for_incident(PACKS, "", "child_harm") is CHILD
    assert pack_for_incident(PACKS, "", "debt_dispute") is HOUSEHOLD
    assert pack_for_incident(PACKS, "", "something_new") is HOUSEHOLD
    assert pack_for_incident(PACKS, "", "hidden_hazard") is None
    assert pack_for_incident(PACKS, "no_such_pack", "stalking") is PARTNER


@pytest.mark.parametrize(
    "text",
    ["少数民族家庭", "信教", "政治面貌", "曾经上访", "精神障碍", "残疾", "低保户", "刑满释放", "petitioner",
     "ex-prisoner", "left_behind_child", "religious", "unemployed", "流动人口", "重点人员"],
)  # fmt: skip
def test_forbidden_words(text: str) -> None:
    """Who somebody is never becomes a rule, in either language."""
    assert forbidden_in(text) is not None


def test_every_forbidden_factor_has_a_name() -> None:
    """Each factor can be told to the author in both languages."""
    assert all(factor.name.zh and factor.name.en for factor in FORBIDDEN)
