"""The checks of rule packs: each flaw is found, with its place, when and only when it is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.risk_scoring.adapters.pack_loader import load_packs
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.service.rules_check import check
from tests.unit.risk_scoring.makers import PACKS_DIR

Change = Callable[[dict[str, Any]], None]


def _pack() -> dict[str, Any]:
    indicators = [
        {"id": "threat", "text": {"zh": "威胁", "en": "A threat"}, "weight": 3, "floor": "red",
         "trigger": True, "provenance": {"source": "X 1", "mark": "V"}},
        {"id": "quarrel", "text": {"zh": "争吵", "en": "A quarrel"}, "weight": 4,
         "provenance": {"source": "X 2", "mark": "R"}, "implied_by": ["dispute"]},
        {"id": "calm", "text": {"zh": "和解", "en": "Reconciled"}, "weight": -1,
         "provenance": {"source": "X 3", "mark": "R"}},
    ]  # fmt: skip
    return {
        "id": "small",
        "version": "1",
        "title": {"zh": "小", "en": "Small"},
        "thresholds": {"yellow_at": 4, "red_at": 8},
        "unknowns": {"max_share": 0.5},
        "recency": {"within_30_days": 2, "within_90_days": 1, "within_365_days": 0, "cap": 4},
        "scope": {"categories": ["dispute"], "refuses": ["fraud"], "accepts_other": False},
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
                "text": {"zh": "报", "en": "Tell"},
                "source": "§ 1",
            }
        ],
        "indicators": indicators,
        "cases": [
            {
                "name": "all",
                "hits": ["threat", "quarrel", "calm"],
                "level": "red",
                "duties": ["tell"],
            },
            {"name": "one", "hits": ["quarrel"], "level": "yellow"},
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


FLAWS: dict[str, tuple[Change, str]] = {
    "factor.forbidden": (_indicator(1, text={"zh": "曾经上访", "en": "x"}), "indicators[1]"),
    "weight.negative_under_floor": (_indicator(0, weight=-2), "indicators[0].weight"),
    "threshold.zero": (_part("thresholds", yellow_at=0), "thresholds.yellow_at"),
    "threshold.order": (_part("thresholds", red_at=4), "thresholds.red_at"),
    "threshold.unreachable": (_part("thresholds", red_at=12), "thresholds.red_at"),
    "text.missing": (_indicator(1, text={"zh": "争吵", "en": ""}), "indicators[1].text.en"),
    "id.duplicate": (_indicator(2, id="quarrel"), "indicators[2].id"),
    "trigger.without_floor": (_indicator(1, trigger=True), "indicators[1].trigger"),
    "id.unknown": (lambda pack: pack["duties"][0].update(when_any=["nobody"]), "duties[0].when_any"),
    "implied.out_of_scope": (_indicator(1, implied_by=["flood"]), "indicators[1].implied_by"),
    "scope.contradiction": (_part("scope", refuses=["dispute"]), "scope.refuses"),
    "clock.order": (_part("reassess_hours", red=100), "reassess_hours"),
    "recency.order": (_part("recency", within_365_days=3), "recency"),
    "case.failed": (lambda pack: pack["cases"][1].update(level="red"), "cases[1]"),
    "indicator.untested": (lambda pack: pack["cases"][0].update(hits=["threat"]), "indicators[2]"),
}  # fmt: skip


def test_clean_pack(tmp_path: Path) -> None:
    """A pack without flaws gives no finding and loads."""
    _write(tmp_path, _pack())
    assert check(tmp_path) == []
    assert set(load_packs(tmp_path)) == {"small"}


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
    "wrong mark": (_indicator(0, provenance={"source": "X", "mark": "Z"}), "indicators[0].provenance.mark", "V"),
    "wrong share": (_part("unknowns", max_share=3), "unknowns.max_share", "from 0 to 1"),
    "no list": (lambda pack: pack.update(cases={}), "cases", "a list"),
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


def test_empty_folder(tmp_path: Path) -> None:
    """A folder without packs is a finding, and no service starts from it."""
    assert [one.code for one in check(tmp_path)] == ["pack.unreadable"]
    with pytest.raises(PackError):
        load_packs(tmp_path)
