"""The checks of rule packs: each flaw is found, with its place, when and only when it is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.risk_scoring.adapters.pack_loader import load_packs
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.service.rules_check import check
from tests.unit.risk_scoring.makers import PACKS_DIR

Change = Callable[[dict[str, Any]], None]


def _cited(*cites: str, mark: str = "R") -> dict[str, Any]:
    return {"cites": list(cites), "mark": mark}


def _pack() -> dict[str, Any]:
    indicators = [
        {"id": "threat", "text": {"zh": "威胁", "en": "A threat"}, "nature": "act", "weight": 3, "floor": "red",
         "trigger": True, "provenance": _cited("X 1", mark="V")},
        {"id": "quarrel", "text": {"zh": "争吵", "en": "A quarrel"}, "nature": "dispute", "weight": 4,
         "provenance": _cited("X 2"), "implied_by": ["dispute"]},
        {"id": "calm", "text": {"zh": "和解", "en": "Reconciled"}, "nature": "protective", "weight": -1,
         "provenance": _cited("X 3")},
        {"id": "far", "text": {"zh": "偏远", "en": "Far away"}, "nature": "circumstance", "weight": 1,
         "provenance": _cited("X 4")},
    ]  # fmt: skip
    return {
        "id": "small",
        "version": "1",
        "title": {"zh": "小", "en": "Small"},
        "effective": {"from": date(2026, 1, 1)},
        "review": {"reviewer": "R", "reviewed_on": date(2025, 12, 1)},
        "sources": [
            {"id": "X", "kind": "practice", "name": {"zh": "甲", "en": "X"}}
            | {name: {"zh": "有", "en": "some"} for name in ("population", "licence")}
        ],
        "thresholds": {
            "yellow_at": 4,
            "red_at": 8,
            "chosen_by": "R",
            "why": {"zh": "因", "en": "so"},
        },
        "unknowns": {"max_share": 0.5, "visit_within_hours": 3},
        "lowering": {"dwell_days": {"red": 2, "yellow": 1}},
        "recency": {"within_30_days": 2, "within_90_days": 1, "within_365_days": 0, "cap": 4},
        "change": {"per_newly_yes": 1, "cap": 2},
        "scope": {"categories": ["dispute"], "refuses": ["fraud"], "accepts_other": True},
        "reassess_hours": {
            "red_trigger": 1,
            "red": 2,
            "yellow": 3,
            "green": 4,
            "none": 5,
            "tighter_days": 90,
        },
        "duties": [
            {
                "id": "tell",
                "when_any": ["threat"],
                "within_hours": 24,
                "text": {"zh": "报", "en": "Tell"},
                "source": "§ 1",
            }
        ],
        "indicators": indicators,
        "cases": [
            {"name": "threat", "hits": ["threat"], "level": "red", "duties": ["tell"]},
            {"name": "quarrel", "hits": ["quarrel"], "level": "yellow"},
            {"name": "calm", "hits": ["quarrel", "calm"], "level": "green"},
            {"name": "far", "hits": ["quarrel", "calm", "far"], "level": "yellow"},
            {"name": "vague", "rest": "unknown", "level": "green", "cannot_rate": True},
        ],
    }


def _write(folder: Path, content: dict[str, Any], name: str = "small") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def _indicator(at: int, **changes: Any) -> Change:
    return lambda pack: pack["indicators"][at].update(changes)


def _part(part: str, **changes: Any) -> Change:
    return lambda pack: pack[part].update(changes)


def _case(at: int, **changes: Any) -> Change:
    return lambda pack: pack["cases"][at].update(changes)


def _combination(*each_of: list[str], floor: str = "red", **changes: Any) -> Change:
    """A pack with one combination."""
    text = {"zh": "并存", "en": "Together"}
    one = {
        "id": "both",
        "text": text,
        "floor": floor,
        "each_of": list(each_of),
        "provenance": _cited("X 5"),
    }

    def change(pack: dict[str, Any]) -> None:
        pack["combinations"] = [one | changes]
        # The case with both a quarrel and a far home is the one that it decides.
        pack["cases"][3]["level"] = floor

    return change


def _then(*changes: Change) -> Change:
    def change(pack: dict[str, Any]) -> None:
        for one in changes:
            one(pack)

    return change


_BOTH = _combination(["quarrel"], ["far"])
FLAWS: dict[str, tuple[Change, str]] = {
    "combination.too_small": (_combination(["quarrel"]), "combinations[0].each_of"),
    "combination.overlap": (_combination(["quarrel", "far"], ["far"]), "combinations[0].each_of"),
    "combination.without_effect": (_combination(["quarrel"], ["far"], floor="yellow"), "combinations[0]"),
    "combination.untested": (_then(_BOTH, lambda pack: pack["cases"].pop(3)), "combinations[0]"),
    "combination.case_without_bite": (
        _then(_BOTH, _case(3, hits=["quarrel", "calm", "far", "threat"])), "combinations[0]"
    ),
    "factor.forbidden": (_indicator(1, text={"zh": "曾经上访", "en": "x"}), "indicators[1]"),
    "weight.negative_under_floor": (_indicator(0, weight=-2), "indicators[0].weight"),
    "weight.negative_unmarked": (_indicator(2, nature="act"), "indicators[2].weight"),
    "protective.wrong": (_indicator(2, weight=0), "indicators[2].nature"),
    "status.only_red": (_indicator(3, weight=8), "thresholds.red_at"),
    "indicator.without_effect": (_indicator(3, weight=0), "indicators[3]"),
    "implied.twice": (_indicator(3, implied_by=["dispute"]), "indicators[3].implied_by"),
    "source.unknown": (_indicator(3, provenance=_cited("Y 4")), "indicators[3].provenance.cites"),
    "source.unused": (lambda pack: pack["sources"].append(pack["sources"][0] | {"id": "Z"}), "sources[1].id"),
    "effective.order": (_part("effective", until=date(2025, 12, 31)), "effective.until"),
    "effective.gap": (
        _indicator(3, provenance=_cited("X") | {"effective": {"from": date(2026, 2, 1)}}),
        "indicators[3].provenance.effective",
    ),
    "review.late": (_part("review", reviewed_on=date(2026, 1, 2)), "review.reviewed_on"),
    "lowering.zero": (_part("lowering", dwell_days={"red": 0, "yellow": 1}), "lowering.dwell_days.red"),
    "threshold.zero": (_part("thresholds", yellow_at=0), "thresholds.yellow_at"),
    "threshold.order": (_part("thresholds", red_at=4), "thresholds.red_at"),
    "threshold.unreachable": (_part("thresholds", red_at=15), "thresholds.red_at"),
    "text.missing": (_indicator(1, text={"zh": "争吵", "en": ""}), "indicators[1].text.en"),
    "id.duplicate": (_indicator(2, id="quarrel"), "indicators[2].id"),
    "trigger.without_floor": (_indicator(1, trigger=True), "indicators[1].trigger"),
    "id.unknown": (lambda pack: pack["duties"][0].update(when_any=["nobody"]), "duties[0].when_any"),
    "implied.out_of_scope": (_indicator(1, implied_by=["flood"]), "indicators[1].implied_by"),
    "scope.contradiction": (_part("scope", refuses=["dispute"]), "scope.refuses"),
    "clock.order": (_part("reassess_hours", red=100), "reassess_hours"),
    "recency.order": (_part("recency", within_365_days=3), "recency"),
    "case.failed": (_case(1, level="red"), "cases[1]"),
    "indicator.untested": (lambda pack: pack["cases"].pop(3), "indicators[3]"),
    "indicator.case_without_bite": (_case(3, hits=["quarrel", "far"]), "indicators[3]"),
    "outcome.untested": (lambda pack: pack["cases"].pop(0), "cases"),
    "category.others": (_part("scope", accepts_other=False), "scope.accepts_other"),
}  # fmt: skip


def test_clean_pack(tmp_path: Path) -> None:
    """A pack without flaws gives no finding and loads."""
    _write(tmp_path, _pack())
    assert check(tmp_path) == []
    assert set(load_packs(tmp_path)) == {"small"}


def test_clean_combination(tmp_path: Path) -> None:
    """A combination with its cases gives no finding."""
    pack = _pack()
    _BOTH(pack)
    _write(tmp_path, pack)
    assert check(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (_combination(["quarrel"], ["calm"]), "protective.wrong", "combinations[0].each_of"),
        (_combination(["far"], ["far", "quarrel"]), "status.only_red", "combinations[0].each_of"),
        (_combination(["quarrel"], ["nobody"]), "id.unknown", "combinations[0].each_of[1]"),
        (_combination(["quarrel"], ["far"], id="calm"), "id.duplicate", "combinations[0].id"),
        (
            _combination(["quarrel"], ["far"], text={"zh": "曾经上访", "en": "x"}),
            "factor.forbidden",
            "combinations[0]",
        ),
        (
            _combination(["quarrel"], ["far"], provenance=_cited("Y 1")),
            "source.unknown",
            "combinations[0].provenance.cites",
        ),
    ],
)
def test_combinations_keep_the_rules_of_indicators(
    tmp_path: Path, change: Change, code: str, path: str
) -> None:
    """What holds for an indicator holds for a combination: no forbidden factor, a source, an id of its own."""
    pack = _pack()
    change(pack)
    _write(tmp_path, pack)
    assert (code, path) in {(found.code, found.path) for found in check(tmp_path)}


def test_shipped_packs() -> None:
    """The shipped packs are clean."""
    assert check(PACKS_DIR) == []


@pytest.mark.parametrize("code", FLAWS)
def test_flaw(tmp_path: Path, code: str) -> None:
    """Each flaw is found with file, line, path, both languages and a cure; and no such pack loads."""
    change, path = FLAWS[code]
    content = _pack()
    change(content)
    file = _write(tmp_path, content)
    found = [finding for finding in check(tmp_path) if finding.code == code]
    assert [(one.file, one.path) for one in found] == [(str(file), path)]
    assert found[0].line > 0
    assert found[0].message_zh and found[0].message_en and found[0].fix
    with pytest.raises(PackError, match=r"small\.yaml"):
        load_packs(tmp_path)


UNREADABLE: dict[str, tuple[Change, str, str]] = {
    "unknown key": (lambda pack: pack["indicators"][1].update(ethnicity=1), "indicators[1].ethnicity", "weight"),
    "missing key": (lambda pack: pack["thresholds"].pop("red_at"), "thresholds", "red_at"),
    "wrong number": (_part("thresholds", yellow_at="many"), "thresholds.yellow_at", "whole number"),
    "wrong choice": (_indicator(0, floor="purple"), "indicators[0].floor", "red"),
    "wrong mark": (_indicator(0, provenance=_cited("X", mark="Z")), "indicators[0].provenance.mark", "V"),
    "wrong share": (_part("unknowns", max_share=3), "unknowns.max_share", "from 0 to 1"),
    "no list": (lambda pack: pack.update(cases={}), "cases", "a list"),
    "wrong day": (_part("effective", **{"from": "soon"}), "effective.from", "2026-01-01"),
    "flag": (_part("scope", accepts_other="maybe"), "scope.accepts_other", "true or false"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_shape(tmp_path: Path, name: str) -> None:
    """What cannot be read is refused, naming the path and what is allowed there."""
    change, path, allowed = UNREADABLE[name]
    content = _pack()
    change(content)
    _write(tmp_path, content)
    found = check(tmp_path)
    assert [(one.code, one.path) for one in found] == [("pack.unreadable", path)]
    assert allowed in found[0].fix
    with pytest.raises(PackError):
        load_packs(tmp_path)


def test_repeated_key(tmp_path: Path) -> None:
    """A key that stands twice is refused instead of silently taking the last."""
    file = _write(tmp_path, _pack())
    file.write_text(file.read_text("utf-8") + "version: '2'\n", encoding="utf-8")
    assert [one.path for one in check(tmp_path)] == ["version"]


def test_not_yaml(tmp_path: Path) -> None:
    """A file that is no YAML, or empty, or not UTF-8, is one finding."""
    for content in (b"a: [", b"", "id: 三".encode("gb18030")):
        (tmp_path / "broken.yaml").write_bytes(content)
        assert [one.code for one in check(tmp_path)] == ["pack.unreadable"]


def test_same_pack_twice(tmp_path: Path) -> None:
    """Two files with one pack id are refused."""
    _write(tmp_path, _pack(), "a")
    _write(tmp_path, _pack(), "b")
    assert [(one.code, Path(one.file).name) for one in check(tmp_path)] == [
        ("id.duplicate", "b.yaml")
    ]
    with pytest.raises(PackError, match="small"):
        load_packs(tmp_path)


def test_kinds_have_one_pack_each(tmp_path: Path) -> None:
    """A kind of incident that two packs claim, and two packs for all other kinds, are findings and load nothing."""
    _write(tmp_path, _pack(), "a")
    _write(tmp_path, _pack() | {"id": "other"}, "b")
    assert [(one.code, Path(one.file).name) for one in check(tmp_path)] == [
        ("category.twice", "b.yaml"),
        ("category.others", "b.yaml"),
    ]
    with pytest.raises(PackError, match=r"b\.yaml"):
        load_packs(tmp_path)


def test_expired_pack(tmp_path: Path) -> None:
    """A pack past its last day is a finding on the day after, and still loads: silence would be worse."""
    _write(
        tmp_path, _pack() | {"effective": {"from": date(2026, 1, 1), "until": date(2026, 6, 30)}}
    )
    assert check(tmp_path, date(2026, 6, 30)) == []
    assert [one.code for one in check(tmp_path, date(2026, 7, 1))] == ["effective.expired"]
    assert set(load_packs(tmp_path)) == {"small"}


def test_empty_folder(tmp_path: Path) -> None:
    """A folder without packs is a finding, and no service starts from it."""
    assert [one.code for one in check(tmp_path)] == ["pack.unreadable"]
    with pytest.raises(PackError):
        load_packs(tmp_path)
