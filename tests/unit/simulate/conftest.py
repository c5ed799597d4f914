"""A small written world, shared by the tests of this folder."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from services.cli.simulate.packs import PackShape, load_shapes
from services.cli.simulate.reports import Mix
from services.cli.simulate.world import World, build_world
from services.cli.simulate.write import write_world
from services.common.settings import REPOSITORY

SEED = 20200601
SCALE = 0.002
MIX = Mix(duplicates=0.01, broken=0.01)


@pytest.fixture(scope="session")
def packs() -> Mapping[str, PackShape]:
    """The packs that are shipped."""
    return load_shapes(REPOSITORY / "deploy" / "packs")


@pytest.fixture(scope="session")
def world() -> World:
    """A thousandth or two of the prefecture."""
    return build_world(SEED, SCALE)


@pytest.fixture(scope="session")
def written(
    tmp_path_factory: pytest.TempPathFactory, world: World, packs: Mapping[str, PackShape]
) -> Path:
    """The folder that the small world was written to."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, world, packs, MIX, lambda done, expected: None)
    return folder
