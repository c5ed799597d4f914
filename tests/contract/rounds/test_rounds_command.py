"""sanse rounds from the command line, on a real log: what is shown is the truth, what is wrong is said clearly."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from services.cli import context
from services.cli.main import app
from tests.contract.rounds.world import (
    WrittenWorld,
    command_env,
    publish,
    written_world,
)

Sanse = Callable[..., Result]


@pytest.fixture
def world(kafka: str, redis_url: str, sanse_prefix: str, folder: Path) -> WrittenWorld:
    """A prefecture of about 400 households, not yet on the log."""
    return written_world(folder, kafka, redis_url, f"{sanse_prefix}-{folder.name}")


@pytest.fixture
def sanse(world: WrittenWorld, monkeypatch: pytest.MonkeyPatch) -> Sanse:
    """Runs a command in Chinese, or in the language given, with the world's settings."""
    monkeypatch.setattr(context, "RUN_FILE", world.folder / "no-stack.json")
    env = command_env(world.settings)

    def run(*arguments: object, language: str = "zh") -> Result:
        return CliRunner().invoke(
            app, ["rounds", *map(str, arguments)], env={**env, "SANSE_LANG": language}
        )

    return run


async def test_a_report_is_the_truth_on_screen_in_json_and_in_csv(
    world: WrittenWorld, sanse: Sanse
) -> None:
    """Registered by the command, every level of a report holds the true counts, and its lines add up."""
    await publish(world)
    truth = world.truth()
    registered = _in_thread(sanse, "register", world.register_file(2), "--round", "2026-2")
    assert registered.exit_code == 0, registered.output
    assert f"登记 {truth['2026-2', '532300']['target']} 户" in registered.output
    table = world.folder / "out.csv"
    for level in ("county", "township", "village", "grid"):
        told = sanse("report", "2026-2", "--level", level, "--json", "--csv", table)
        assert told.exit_code == 0, told.output
        found = json.loads(told.stdout)
        for unit in found["units"]:
            expected = truth.get(("2026-2", unit["code"]))
            if expected is not None:
                assert {name: unit[name] for name in expected} == expected
        for name in ("target", "assessed", "refused", "away", "moved", "missing"):
            assert sum(unit[name] for unit in found["units"]) == found["total"][name]
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = {row["code"]: row for row in csv.DictReader(file)}
        assert rows["532300"]["assessed"] == str(truth["2026-2", "532300"]["assessed"])
    shown = sanse("report", "2026-2")
    assert "楚雄市" in shown.output
    assert "评估率" in shown.output
    assert "coverage" in sanse("report", "2026-2", language="en").output
    rate = 100 * truth["2026-2", "532300"]["assessed"] / truth["2026-2", "532300"]["target"]
    assert f"{rate:.2f} %" in sanse("list").output
    # The same file again, and the counts as of before anything was registered.
    assert (
        "没有任何改变"
        in _in_thread(sanse, "register", world.register_file(2), "--round", "2026-2").output
    )
    before = json.loads(sanse("report", "2026-2", "--as-of", "2026-01-01", "--json").stdout)
    assert before["total"]["target"] == before["total"]["assessed_unregistered"] == 0


def test_missing_households_are_listed_by_pseudonym_or_by_number(
    world: WrittenWorld, sanse: Sanse
) -> None:
    """With the register file at hand the numbers are shown; without it only pseudonyms."""
    file = world.register_file(1)
    _in_thread(sanse, "register", file, "--round", "2026-1")
    with file.open() as lines:
        rows = list(csv.DictReader(lines))
    grid = rows[0]["grid"]
    numbers = {row["household_no"] for row in rows if row["grid"] == grid}
    told = sanse("missing", "2026-1", grid, "--register", file, "--json")
    assert set(json.loads(told.stdout)["households"]) == numbers
    bare = sanse("missing", "2026-1", grid)
    assert f"{len(numbers)} 户" in bare.output
    assert not any(number in bare.output for number in numbers)


def test_wrong_rows_are_told_and_the_good_ones_registered(
    world: WrittenWorld, sanse: Sanse
) -> None:
    """Each refused row has its line, field and reason in both languages; the exit code is 1."""
    rows = world.register_file(1).read_text().splitlines()
    wrong = world.folder / "wrong.csv"
    wrong.write_text("\n".join([*rows[:3], "53230100009999,999999999999999"]))
    zh = _in_thread(sanse, "register", wrong, "--round", "2026-1")
    assert zh.exit_code == 1
    assert "4 grid 的区划代码不存在" in zh.output
    assert "登记 2 户" in zh.output
    wrong.write_text("\n".join([*rows[:3], "53230100009999,12"]))
    en = _in_thread(sanse, "register", wrong, "--round", "2026-1", language="en")
    assert "4 grid must have 6 digits" in en.output


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (("report", "2030-1"), "没有轮次 2030-1；允许：2026-1", "allowed: 2026-1"),
        (("report", "2026-1", "--jurisdiction", "532399"), "没有区划代码", "allowed: 532300"),
        (("report", "2026-1", "--level", "street"), "允许：county", "allowed: county"),
        (("report", "2026-1", "--as-of", "now"), "不是日期或时间", "no date or time"),
        (("missing", "2026-1", "532301"), "15 位", "15 digits"),
    ],
)
def test_what_does_not_exist_is_said_with_what_does(
    sanse: Sanse, arguments: tuple[str, ...], zh: str, en: str
) -> None:
    """An unknown round, code, level or time is a usage error that names what is allowed."""
    for language, words in (("zh", zh), ("en", en)):
        told = sanse(*arguments, language=language)
        assert told.exit_code == 2
        assert words in told.output.replace("\n", " ").replace("│ ", "")


def test_a_wrong_round_is_told_by_check(world: WrittenWorld, sanse: Sanse) -> None:
    """check exits with 1 and names file, line and path; right ones pass."""
    assert sanse("check").exit_code == 0
    file = next(world.settings.rounds_dir.glob("*.yaml"))
    file.write_text(file.read_text("utf-8").replace("packs:", "pack:"), encoding="utf-8")
    told = sanse("check")
    assert told.exit_code == 1
    assert f"{file.name}:" in told.output.replace("\n", "")
    assert "pack" in told.output


def _in_thread(sanse: Sanse, *arguments: object, language: str = "zh") -> Result:
    """A command that runs a loop of its own, also from within a test's loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(sanse, *arguments, language=language).result()
