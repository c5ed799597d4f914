"""The checks of support categories find each flaw in its place, and no rule can name a category unseen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from services.cli.main import app
from services.common.settings import CommonSettings
from services.common.support import CategoryWords
from services.common.support_checks import check_rules, check_support
from services.common.support_file import load_support, read_support
from services.common.yaml_nodes import FileError

TODAY = date(2026, 11, 26)
SHIPPED = CommonSettings().support_file
Change = Callable[[dict[str, Any]], object]


def _category(name: str, zh: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": {"zh": zh, "en": name.replace("_", " ")},
        "aliases": [f"{zh}别称"],
        "legal_basis": {"law": {"zh": "法", "en": "Law"}, "article": {"zh": "一", "en": "1"}},
        "purpose": {"zh": "帮", "en": "Help"},
        "ends": date(2027, 12, 31),
        "visit_every_days": 30,
        "visited_by": "village",
        "approval": {"approved_by": "局长", "approved_on": date(2026, 1, 5)},
    }


def _write(folder: Path, *changes: Change) -> Path:
    content: dict[str, Any] = {
        "version": "1",
        "offer_to_end_after_declines": 3,
        "categories": [_category("sky_help", "天帮"), _category("sea_help", "海帮")],
    }
    for change in changes:
        change(content)
    file = folder / "categories.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return file


def _both(**values: Any) -> Change:
    return lambda content: [one.update(values) for one in content["categories"]]


def _first(**values: Any) -> Change:
    return lambda content: content["categories"][0].update(values)


FLAWS: dict[str, tuple[Change, str]] = {
    "text.missing": (_first(name={"zh": "", "en": "x"}), "categories[0].name.zh"),
    "law.missing": (
        _first(legal_basis={"law": {"zh": "法", "en": ""}}),
        "categories[0].legal_basis.law.en",
    ),
    "purpose.missing": (_first(purpose={"zh": "", "en": "x"}), "categories[0].purpose.zh"),
    "approval.missing": (
        _first(approval={"approved_by": "", "approved_on": date(2026, 1, 5)}),
        "categories[0].approval.approved_by",
    ),
    "approval.ahead": (
        _first(approval={"approved_by": "x", "approved_on": date(2026, 11, 27)}),
        "categories[0].approval.approved_on",
    ),
    "ends.too_far": (_both(ends=date(2031, 11, 27)), "categories[0].ends"),
    "ends.expired": (_both(ends=date(2026, 11, 25)), "categories[0].ends"),
    "interval.zero": (_both(visit_every_days=0), "categories[0].visit_every_days"),
    "id.duplicate": (_both(id="sky_help"), "categories[1].id"),
    "interval.betrays": (_first(visit_every_days=7), "categories[0].visit_every_days"),
    "ends.betrays": (_first(ends=date(2027, 6, 30)), "categories[0].ends"),
}


def test_a_clean_file_has_no_finding(tmp_path: Path) -> None:
    """Nothing is found where nothing is wrong, also on the last day of a category and at five years exactly."""
    assert check_support(_write(tmp_path), TODAY) == []
    assert check_support(_write(tmp_path, _both(ends=TODAY)), TODAY) == []
    assert check_support(_write(tmp_path, _both(ends=date(2031, 11, 26))), TODAY) == []


@pytest.mark.parametrize("code", FLAWS)
def test_each_flaw_is_found_in_its_place(tmp_path: Path, code: str) -> None:
    """File, line, path, both languages and a cure; and only this flaw."""
    change, path = FLAWS[code]
    file = _write(tmp_path, change)
    found = check_support(file, TODAY)
    assert {one.flaw.value for one in found} <= {code, "interval.betrays", "ends.betrays"}
    first = next(one for one in found if one.flaw.value == code)
    assert (first.file, first.path) == (file, path)
    assert first.line > 0
    assert first.message.zh and first.message.en and first.fix.zh and first.fix.en


SHAPES: dict[str, tuple[Change, str, str]] = {
    "unknown key": (_first(points=3), "categories[0].points", "visit_every_days"),
    "missing key": (lambda c: c["categories"][0].pop("ends"), "categories[0]", "ends"),
    "no day": (_first(ends="soon"), "categories[0].ends", "2026-01-01"),
    "no tier": (_first(visited_by="moon"), "categories[0].visited_by", "village"),
    "no number": (_first(visit_every_days="often"), "categories[0].visit_every_days", "366"),
    "no id": (_first(id="独居"), "categories[0].id", "small letters"),
    "no declines": (
        lambda c: c.update(offer_to_end_after_declines=0),
        "offer_to_end_after_declines",
        "from 1",
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_wrong_shape_names_path_and_what_is_allowed(tmp_path: Path, name: str) -> None:
    """The loader refuses it, the check tells it as one finding."""
    change, path, allowed = SHAPES[name]
    file = _write(tmp_path, change)
    (one,) = check_support(file, TODAY)
    assert (one.flaw.value, one.path) == ("support.unreadable", path)
    assert allowed in one.fix.en
    with pytest.raises(FileError, match=r"categories\.yaml"):
        read_support(file)


def test_the_shipped_categories_are_eight_and_clean() -> None:
    """Eight examples, each with law and purpose, and no shipped rule names one."""
    settings = CommonSettings()
    assert len(load_support(SHIPPED).categories) == 8
    assert check_support(SHIPPED, TODAY) == []
    assert check_rules(SHIPPED, [settings.packs_dir]) == []


def test_every_word_of_a_category_is_known() -> None:
    """Id, both names and each alias are found in a text around them, and lead to their own category."""
    policy = load_support(SHIPPED)
    words = CategoryWords(policy.categories)
    for one in policy.categories:
        for word in (one.id, one.name.zh, one.name.en, *one.aliases):
            assert words.named_in(f"asks, 是否 {word.upper()}?") == one.id
    assert words.named_in("two disabled-persons of the house") == "persons_with_disabilities"
    assert words.named_in("empty nesters") == "elders_living_alone"
    assert words.named_in("reconnaissance") == words.named_in("家中有争吵") == ""


RULES = {
    "indicator id": ("packs", {"indicators": [{"id": "is_sky_help"}]}, "indicators[0].id"),
    "text in Chinese": ("packs", {"indicators": [{"text": {"zh": "曾是天帮"}}]}, "indicators[0].text.zh"),
    "text in English": ("packs", {"indicators": [{"text": {"en": "Gets Sea-Help"}}]}, "indicators[0].text.en"),
    "alias": ("packs", {"duties": [{"text": {"zh": "海帮别称"}}]}, "duties[0].text.zh"),
    "source": ("packs", {"sources": [{"id": "天帮名册"}]}, "sources[0].id"),
    "key": ("triage", {"when": {"sea_help": True}}, "when.sea_help"),
    "triage rule": ("triage", {"rules": [{"if": "category = sea_help"}]}, "rules[0].if"),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_rule_that_names_a_category_is_refused(tmp_path: Path, name: str) -> None:
    """Wherever it stands in a pack or triage file, with its line; a comment is no rule."""
    folder, content, path = RULES[name]
    file = _write(tmp_path)
    place = tmp_path / folder
    place.mkdir()
    rules = place / "rules.yaml"
    text = yaml.safe_dump(content, allow_unicode=True)
    rules.write_text(f"# sky_help is never an input\n{text}", "utf-8")
    (one,) = check_rules(file, [tmp_path / "packs", tmp_path / "triage"])
    assert (one.flaw.value, one.file, one.path) == ("rule.names_category", rules, path)
    assert one.line > 1


def test_without_a_categories_file_rules_are_free(tmp_path: Path) -> None:
    """No file: no category, so nothing to name. A broken one is a finding, never a pass."""
    (tmp_path / "rules.yaml").write_text("id: sky_help", "utf-8")
    assert check_rules(tmp_path / "none.yaml", [tmp_path]) == []
    broken = _write(tmp_path, _first(points=3))
    found = check_rules(broken, [tmp_path])
    assert [one.flaw.value for one in found] == ["support.unreadable"]


def test_rules_check_fails_for_a_pack_that_names_a_category(tmp_path: Path) -> None:
    """A pack that is clean otherwise is refused by "sanse rules check", and taken without the category."""
    packs = tmp_path / "packs"
    packs.mkdir()
    for file in CommonSettings().packs_dir.glob("*.yaml"):
        (packs / file.name).write_text(file.read_text("utf-8"), "utf-8")
    file = _write(tmp_path)
    env = {"SANSE_SUPPORT_FILE": str(file), "SANSE_LANG": "en"}
    runner = CliRunner()
    assert runner.invoke(app, ["rules", "check", str(packs)], env=env).exit_code == 0
    _write(tmp_path, _first(aliases=["债务"]))
    refused = runner.invoke(app, ["rules", "check", str(packs)], env=env)
    assert refused.exit_code == 1
    assert "sky_help" in refused.output


def test_support_check_says_what_is_wrong(tmp_path: Path) -> None:
    """The command ends with 1 and names the place; the shipped file passes."""
    runner = CliRunner()
    file = _write(tmp_path, _both(visit_every_days=0))
    refused = runner.invoke(app, ["support", "check", str(file)], env={"SANSE_LANG": "zh"})
    assert refused.exit_code == 1
    assert "走访间隔为零" in refused.output
    missing = runner.invoke(app, ["support", "check", str(tmp_path / "none.yaml")])
    assert missing.exit_code == 2
