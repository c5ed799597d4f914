"""The checks of triage rules: each flaw is found, with its place, when and only when it is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.commands.triage import vocabulary
from services.cli.simulate.officials import DEPARTMENTS
from services.common.settings import CommonSettings
from services.intake.domain.codes import INCIDENT_CATEGORIES, REPORTER_ROLES
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.triage_loader import load_triage
from services.risk_scoring.domain.triage import Happened, deciding
from services.risk_scoring.domain.triage_cases import has_rule_of_its_own
from services.risk_scoring.domain.triage_flaws import Vocabulary
from services.risk_scoring.service.triage_check import check
from tests.unit.risk_scoring.makers import DAY_0, TRIAGE

Change = Callable[[dict[str, Any]], None]
WORDS = Vocabulary(("theft", "noise", "other"), ("police", "resident"), frozenset({"knife"}))
SHIPPED = CommonSettings().triage_dir
# These need the words of reports, which a worker does not know: only the linter finds them.
LINTER_ONLY = {
    "category.unhandled",
    "category.handled",
    "category.unknown",
    "role.unknown",
    "fact.unknown",
}


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _hours(accept: int, finish: int) -> dict[str, int]:
    return {"accept_within_hours": accept, "finish_within_hours": finish}


def _rule(name: str, when: dict[str, Any], **then: Any) -> dict[str, Any]:
    source = {"kind": "practice", "cite": _both("做法", "Practice"), "mark": "R", "hours": "ours"}
    return {"id": name, "when": when, **then, "text": _both("文", "Text"), "source": source}


def _rules() -> dict[str, Any]:
    to_police = {"lead": "police", "joint": ["court"], **_hours(2, 24)}
    return {
        "id": "small",
        "version": "1",
        "title": _both("小", "Small"),
        "effective": {"from": date(2026, 1, 1)},
        "review": {"reviewer": "R", "reviewed_on": date(2025, 12, 1)},
        "departments": [
            {"id": "police", "name": _both("警", "Police"), "tier": "township", "kind": "government"},
            {"id": "court", "name": _both("法", "Court"), "tier": "county", "kind": "judicial"},
        ],
        "left_to_catch_all": ["other"],
        "rules": [
            _rule("armed", {"facts_any": ["knife"]}, report_up={"tier": "county", **_hours(1, 24)}),
            _rule("theft", {"categories": ["theft"], "roles": ["police"]}, dispatch=to_police),
            _rule("minor", {"categories": ["theft", "noise"]}, keep=_hours(24, 72)),
            _rule("rest", {}, report_up={"tier": "township", **_hours(24, 72)}),
        ],
        "cases": [
            {"name": "a", "category": "noise", "role": "police", "facts": ["knife"], "rule": "armed"},
            {"name": "b", "category": "theft", "role": "police", "rule": "theft"},
            {"name": "c", "category": "noise", "role": "resident", "rule": "minor"},
            {"name": "d", "category": "other", "role": "resident", "rule": "rest"},
        ],
    }  # fmt: skip


def _write(folder: Path, content: dict[str, Any], name: str = "small") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def _at(part: str, at: int, **changes: Any) -> Change:
    return lambda rules: rules[part][at].update(changes)


def _part(part: str, **changes: Any) -> Change:
    return lambda rules: rules[part].update(changes)


def _top(**changes: Any) -> Change:
    return lambda rules: rules.update(changes)


def _shadowed(rules: dict[str, Any]) -> None:
    """The kept rule moves before the dispatch that it takes everything from."""
    rules["rules"][1], rules["rules"][2] = rules["rules"][2], rules["rules"][1]


def _same_outcome(rules: dict[str, Any]) -> None:
    """The first rule does just what the last would do."""
    rules["rules"][0]["report_up"] = rules["rules"][3]["report_up"]
    rules["cases"][0]["category"] = "other"


FLAWS: dict[str, tuple[Change, str]] = {
    "rule.unreachable": (_shadowed, "rules[2].when"),
    "rule.catch_all": (_at("rules", 3, when={"roles": ["police", "resident"]}), "rules[3]"),
    "category.unhandled": (_top(left_to_catch_all=[]), "rules"),
    "category.handled": (_top(left_to_catch_all=["other", "noise"]), "left_to_catch_all"),
    "category.unknown": (_at("rules", 2, when={"categories": ["theft", "noise", "flood"]}), "rules[2].when.categories"),
    "role.unknown": (_at("cases", 2, role="mayor"), "cases[2].role"),
    "fact.unknown": (_at("rules", 0, when={"facts_any": ["knife", "gun"]}), "rules[0].when.facts_any"),
    "department.unknown": (
        lambda rules: rules["rules"][1]["dispatch"]["joint"].append("navy"), "rules[1].dispatch",
    ),
    "department.unused": (lambda rules: rules["rules"][1]["dispatch"].update(joint=[]), "departments[1].id"),
    "department.twice": (
        lambda rules: rules["rules"][1]["dispatch"]["joint"].append("court"), "rules[1].dispatch.joint",
    ),
    "text.missing": (_at("rules", 1, text=_both("文", "")), "rules[1].text.en"),
    "hours.zero": (_at("rules", 2, keep=_hours(0, 72)), "rules[2].keep.accept_within_hours"),
    "hours.order": (_at("rules", 2, keep=_hours(24, 3)), "rules[2].keep.finish_within_hours"),
    "hours.unsourced": (
        lambda rules: rules["rules"][2]["source"].update(hours="clause"), "rules[2].source.hours",
    ),
    "factor.forbidden": (_at("rules", 2, text=_both("低保户的纠纷", "x")), "rules[2]"),
    "id.duplicate": (lambda rules: rules["departments"].append(rules["departments"][0]), "departments[2].id"),
    "case.failed": (_at("cases", 2, rule="rest"), "cases[2]"),
    "rule.untested": (lambda rules: rules["cases"].pop(2), "rules[2]"),
    "rule.case_without_bite": (_same_outcome, "rules[0]"),
    "effective.order": (_part("effective", until=date(2025, 12, 31)), "effective.until"),
    "review.late": (_part("review", reviewed_on=date(2026, 1, 2)), "review.reviewed_on"),
}  # fmt: skip


def test_clean_rules(tmp_path: Path) -> None:
    """Rules without flaws give no finding and load."""
    _write(tmp_path, _rules())
    assert check(tmp_path, WORDS) == []
    assert load_triage(tmp_path).at(DAY_0).key == "small@1"


@pytest.mark.parametrize("code", FLAWS)
def test_flaw(tmp_path: Path, code: str) -> None:
    """Each flaw is found with file, line, path, both languages and a cure; and no such rules load."""
    change, path = FLAWS[code]
    content = _rules()
    change(content)
    file = _write(tmp_path, content)
    found = [finding for finding in check(tmp_path, WORDS) if finding.code == code]
    assert [(one.file, one.path) for one in found] == [(str(file), path)]
    assert found[0].line > 0
    assert found[0].message_zh and found[0].message_en and found[0].fix
    if code not in LINTER_ONLY:
        with pytest.raises(PackError, match=r"small\.yaml"):
            load_triage(tmp_path)


UNREADABLE: dict[str, tuple[Change, str]] = {
    "two routes": (_at("rules", 2, report_up={"tier": "county", **_hours(1, 2)}), "rules[2]"),
    "no route": (lambda rules: rules["rules"][2].pop("keep"), "rules[2]"),
    "up to the village": (_at("rules", 0, report_up={"tier": "village", **_hours(1, 2)}), "rules[0].report_up.tier"),
    "a fact asked for as no": (_at("rules", 0, when={"facts_no": ["knife"]}), "rules[0].when.facts_no"),
    "no rules": (_top(rules=[]), "rules"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_shape(tmp_path: Path, name: str) -> None:
    """What cannot be read is refused, naming the path."""
    change, path = UNREADABLE[name]
    content = _rules()
    change(content)
    _write(tmp_path, content)
    assert [(one.code, one.path) for one in check(tmp_path, WORDS)] == [("triage.unreadable", path)]
    with pytest.raises(PackError):
        load_triage(tmp_path)


def test_versions_side_by_side(tmp_path: Path) -> None:
    """Old versions stay beside new ones; the same version twice, or two from one day, are findings and do not load."""
    _write(tmp_path, _rules(), "a")
    _write(tmp_path, _rules() | {"version": "2", "effective": {"from": date(2026, 7, 1)}}, "b")
    assert check(tmp_path, WORDS) == []
    for name, changes, code in (
        ("c", {}, "version.twice"),
        ("c", {"version": "3"}, "effective.overlap"),
    ):
        _write(tmp_path, _rules() | changes, name)
        assert [(one.code, Path(one.file).name) for one in check(tmp_path, WORDS)] == [
            (code, "c.yaml")
        ]
        with pytest.raises(PackError, match=r"c\.yaml"):
            load_triage(tmp_path)


def test_expired_rules(tmp_path: Path) -> None:
    """Rules past their last day are a finding from the day after, go on deciding, and are none once replaced."""
    _write(
        tmp_path,
        _rules() | {"effective": {"from": date(2026, 1, 1), "until": date(2026, 6, 30)}},
        "a",
    )
    assert check(tmp_path, WORDS, date(2026, 6, 30)) == []
    assert [one.code for one in check(tmp_path, WORDS, date(2026, 7, 1))] == ["effective.expired"]
    assert load_triage(tmp_path)
    _write(tmp_path, _rules() | {"version": "2", "effective": {"from": date(2026, 7, 1)}}, "b")
    assert check(tmp_path, WORDS, date(2026, 7, 1)) == []


def test_empty_folder(tmp_path: Path) -> None:
    """A folder without rules is a finding, and no service starts from it."""
    assert [one.code for one in check(tmp_path, WORDS)] == ["triage.unreadable"]
    with pytest.raises(PackError):
        load_triage(tmp_path)


def test_shipped_rules() -> None:
    """The shipped rules are clean, and every kind of incident a report may name has a rule, or is said to have none."""
    words = vocabulary(CommonSettings())
    assert check(SHIPPED, words) == []
    rules = TRIAGE.at(DAY_0)
    own = {name for name in INCIDENT_CATEGORIES if has_rule_of_its_own(rules, name, REPORTER_ROLES)}
    assert own | set(rules.left_to_catch_all) == set(INCIDENT_CATEGORIES)
    for category in own:
        assert deciding(Happened(category, "grid_worker"), rules) is not rules.rules[-1]


def test_departments_have_posts() -> None:
    """The simulated roster has a post for each department of the shipped rules, at the tier where it sits."""
    shipped = {(one.id, one.tier) for one in TRIAGE.at(DAY_0).departments}
    assert shipped == {(department, tier) for department, tier, _ in DEPARTMENTS}
