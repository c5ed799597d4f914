"""The simulated prefecture has the real units, the stated size, and invented people only."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.simulate.places import load_places, short_name
from services.cli.simulate.seeded import apportion, stream
from services.cli.simulate.world import World, build_world
from services.common.divisions import code_at
from services.common.roster import OwnerReason, Roster
from services.common.terms import Tier


def test_the_prefecture_has_10_counties_103_townships_and_1106_villages() -> None:
    """The units are the real ones, each below the one its code names."""
    places = load_places()
    assert (len(places.counties), len(places.townships), len(places.villages)) == (10, 103, 1106)
    codes = {unit.code for unit in places.all()}
    assert len(codes) == 1 + 10 + 103 + 1106
    assert {code_at(village.code, Tier.TOWNSHIP) for village in places.villages} <= codes
    assert {code_at(township.code, Tier.COUNTY) for township in places.townships} <= codes


def test_full_size_is_exact() -> None:
    """Scale 1 has 29,000 grids, 31,000 workers and 820,000 households, numbered without gaps."""
    world = build_world(1, 1.0)
    assert (len(world.grids), world.workers, world.households) == (29_000, 31_000, 820_000)
    assert min(grid.households for grid in world.grids) > 0
    assert len({grid.code for grid in world.grids}) == 29_000
    last = Counter[str]()
    for grid in world.grids:
        assert grid.first_household == last[grid.code[:6]] + 1
        last[grid.code[:6]] += grid.households
    assert sum(last.values()) == 820_000


@pytest.mark.parametrize(
    ("scale", "grids", "households"), [(0.1, 2900, 82_000), (0.01, 290, 8200), (0.001, 29, 820)]
)
def test_scaling_thins_grids_and_keeps_every_unit(
    scale: float, grids: int, households: int
) -> None:
    """A smaller world keeps all counties, townships, villages and posts, and at least a grid a county."""
    world = build_world(1, scale)
    assert (len(world.grids), world.households) == (grids, households)
    assert len({grid.code[:6] for grid in world.grids}) == 10
    assert len(world.officials) == 1106 + 103 + 20 + 1 + 2 * 103 + 10 * 10


def test_the_smallest_world_still_has_a_grid_in_each_county() -> None:
    """No county disappears, however small the scale."""
    world = build_world(3, 0.0001)
    assert len({grid.code[:6] for grid in world.grids}) == 10


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5, 0.00001])
def test_a_scale_outside_the_range_is_refused(scale: float) -> None:
    """The error names the allowed range."""
    with pytest.raises(ValueError, match=r"0\.0001 to 1\.0"):
        build_world(1, scale)


def test_every_place_has_its_own_official_at_each_tier(world: World) -> None:
    """The simulated roster has no gap: gaps are for the hand-written example."""
    roster = Roster(world.officials)
    for village in world.places.villages:
        for tier in (Tier.VILLAGE, Tier.TOWNSHIP, Tier.COUNTY, Tier.PREFECTURE):
            owner = roster.owner(village.code, tier)
            assert owner.reason is OwnerReason.ON_ROSTER


def test_officials_are_posts_with_fictitious_contacts(world: World) -> None:
    """Ids come from unit codes, mobiles from one fictitious block, mail from a reserved domain."""
    for number, official in enumerate(world.officials):
        assert re.fullmatch(r"(PF|C|CD|T|V|D-[a-z_]+)-\d{6,12}", official.official_id)
        assert official.mobile == f"1990000{number:04d}"
        assert not official.email or official.email.endswith("@sanse.example")
        assert official.post.endswith(("主任", "责任人", "所长", "负责人"))


def test_each_official_has_an_address_for_each_channel(world: World) -> None:
    """A channel without an address would be a message that cannot be sent."""
    for official in world.officials:
        assert official.channels
        assert ("wecom_app" in official.channels) == bool(official.wecom_id)
        assert ("smtp" in official.channels) == bool(official.email)


def test_a_household_is_found_by_its_count(world: World) -> None:
    """Counting households over the world visits each grid's homes in order, and none twice."""
    numbers = [
        grid.household_no(offset) for grid, offset in map(world.home, range(world.households))
    ]
    assert len(set(numbers)) == world.households
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("东兴社区居民委员会", "东兴社区"),
        ("云龙村民委员会", "云龙村"),
        ("中山农村社区", "中山社区"),
        ("开发区", "开发区"),
    ],
)
def test_villages_have_the_names_people_use(name: str, short: str) -> None:
    """The committee's ending is dropped, the kind of place stays."""
    assert short_name(name) == short


@given(
    total=st.integers(0, 10**6),
    weights=st.lists(st.floats(0.01, 1000), min_size=1, max_size=200),
)
def test_shares_add_up(total: int, weights: list[float]) -> None:
    """Apportioned shares are whole, never negative, and their sum is the total."""
    shares = apportion(total, weights)
    assert sum(shares) == total
    assert min(shares) >= 0
    assert len(shares) == len(weights)


def test_streams_are_independent_of_each_other() -> None:
    """A stream depends on seed and name alone."""
    assert stream(1, "a").random() == stream(1, "a").random()
    assert len({stream(seed, name).random() for seed in (1, 2) for name in ("a", "b")}) == 4
