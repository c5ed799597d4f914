"""Rule packs from YAML files into validated frozen facts; a pack with a problem is refused at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from services.common.terms import Answer, Level
from services.risk_scoring.adapters.pack_reader import Node, PackError, open_file
from services.risk_scoring.domain.dwell import Dwell
from services.risk_scoring.domain.pack import (
    Change,
    Chosen,
    Clocks,
    Combination,
    Duty,
    Indicator,
    Mark,
    Nature,
    Pack,
    PackCase,
    Period,
    Provenance,
    Recency,
    Review,
    Scope,
    Source,
    SourceKind,
    Text,
    Unknowns,
    tables_of,
)
from services.risk_scoring.domain.pack_checks import problems, problems_across

_LEVELS = {"green": Level.GREEN, "yellow": Level.YELLOW, "red": Level.RED}
_MAX_POINTS = 1000
_MAX_HOURS = 366 * 24
_REQUIRED = (
    "id",
    "version",
    "title",
    "effective",
    "review",
    "sources",
    "thresholds",
    "unknowns",
    "lowering",
    "recency",
    "change",
    "scope",
    "reassess_hours",
    "indicators",
    "cases",
)


def load_packs(folder: Path) -> Mapping[str, Pack]:
    """All packs of a folder by id; PackError for the first that cannot be used."""
    packs: dict[str, Pack] = {}
    file_of: dict[str, Path] = {}
    files = sorted(folder.glob("*.yaml"))
    if not files:
        problem = Text("没有规则包", "no rule pack in this folder; set SANSE_PACKS_DIR")
        raise PackError(folder, "", problem, Text("*.yaml", "*.yaml"))
    for file in files:
        pack = read_pack(file)
        if pack.id in packs:
            problem = Text(f"规则包 {pack.id} 重复", f"the pack {pack.id} stands twice")
            raise PackError(file, "id", problem, Text("唯一的编号", "an id of its own"))
        for found in problems(pack):
            raise PackError(file, found.path, found.message, found.fix)
        packs[pack.id] = pack
        file_of[pack.id] = file
    for pack, found in problems_across(list(packs.values())):
        raise PackError(file_of[pack.id], found.path, found.message, found.fix)
    return packs


def read_pack(file: Path) -> Pack:
    """One pack; PackError where its shape is wrong. What it means is judged by the checks."""
    keys = open_file(file).keys(_REQUIRED, ("duties", "combinations"))
    thresholds = keys["thresholds"].keys(("yellow_at", "red_at", "chosen_by", "why"))
    effective, review = _period(keys["effective"]), _review(keys["review"])
    indicators = tuple(_indicator(item, review) for item in keys["indicators"].items())
    combinations = tuple(_combination(item, review) for item in _items(keys.get("combinations")))
    duties = tuple(_duty(item) for item in _items(keys.get("duties")))
    return Pack(
        id=keys["id"].text(),
        version=keys["version"].text(),
        title=_text(keys["title"]),
        effective=effective,
        review=review,
        sources=tuple(_source(item) for item in keys["sources"].items()),
        yellow_at=thresholds["yellow_at"].integer(0, _MAX_POINTS),
        red_at=thresholds["red_at"].integer(0, _MAX_POINTS),
        chosen=Chosen(thresholds["chosen_by"].text(), _text(thresholds["why"])),
        unknowns=_unknowns(keys["unknowns"]),
        dwell=_dwell(keys["lowering"]),
        recency=_recency(keys["recency"]),
        change=_change(keys["change"]),
        scope=_scope(keys["scope"]),
        clocks=_clocks(keys["reassess_hours"]),
        duties=duties,
        indicators=indicators,
        combinations=combinations,
        cases=tuple(_case(item) for item in keys["cases"].items()),
        tables=tables_of(indicators, duties, combinations),
    )


def _items(node: Node | None) -> Iterable[Node]:
    return node.items() if node else ()


def _text(node: Node) -> Text:
    keys = node.keys(("zh", "en"))
    return Text(keys["zh"].text(), keys["en"].text())


def _period(node: Node) -> Period:
    keys = node.keys(("from",), ("until",))
    return Period(keys["from"].day(), keys["until"].day() if "until" in keys else None)


def _review(node: Node) -> Review:
    keys = node.keys(("reviewer", "reviewed_on"))
    return Review(keys["reviewer"].text(), keys["reviewed_on"].day())


def _source(node: Node) -> Source:
    keys = node.keys(("id", "kind", "name", "population", "licence"))
    return Source(
        keys["id"].text(),
        SourceKind(keys["kind"].choice(*(kind.value for kind in SourceKind))),
        _text(keys["name"]),
        _text(keys["population"]),
        _text(keys["licence"]),
    )


def _indicator(node: Node, review: Review) -> Indicator:
    keys = node.keys(
        ("id", "text", "nature", "weight", "provenance"), ("floor", "trigger", "implied_by")
    )
    return Indicator(
        id=keys["id"].text(),
        text=_text(keys["text"]),
        nature=Nature(keys["nature"].choice(*(nature.value for nature in Nature))),
        weight=keys["weight"].integer(-_MAX_POINTS, _MAX_POINTS),
        floor=_LEVELS[keys["floor"].choice("yellow", "red")] if "floor" in keys else Level.NONE,
        trigger=keys["trigger"].flag() if "trigger" in keys else False,
        provenance=_provenance(keys["provenance"], review),
        implied_by=keys["implied_by"].texts() if "implied_by" in keys else (),
    )


def _combination(node: Node, review: Review) -> Combination:
    keys = node.keys(("id", "text", "floor", "each_of", "provenance"))
    return Combination(
        id=keys["id"].text(),
        text=_text(keys["text"]),
        floor=_LEVELS[keys["floor"].choice("yellow", "red")],
        each_of=tuple(group.texts() for group in keys["each_of"].items()),
        provenance=_provenance(keys["provenance"], review),
    )


def _provenance(node: Node, review: Review) -> Provenance:
    """The review is the pack's unless an indicator has one of its own."""
    keys = node.keys(("cites", "mark"), ("review", "effective"))
    return Provenance(
        keys["cites"].texts(),
        Mark(keys["mark"].choice("V", "R")),
        _review(keys["review"]) if "review" in keys else review,
        _period(keys["effective"]) if "effective" in keys else None,
    )


def _unknowns(node: Node) -> Unknowns:
    keys = node.keys(("max_share", "visit_within_hours"))
    return Unknowns(keys["max_share"].share(), keys["visit_within_hours"].integer(1, _MAX_HOURS))


def _dwell(node: Node) -> Dwell:
    keys = node.keys(("dwell_days",))["dwell_days"].keys(("red", "yellow"))
    return Dwell(keys["red"].integer(0, 366), keys["yellow"].integer(0, 366))


def _change(node: Node) -> Change:
    keys = node.keys(("per_newly_yes", "cap"))
    return Change(*(keys[name].integer(0, _MAX_POINTS) for name in ("per_newly_yes", "cap")))


def _recency(node: Node) -> Recency:
    names = ("within_30_days", "within_90_days", "within_365_days", "cap")
    keys = node.keys(names)
    return Recency(*(keys[name].integer(0, _MAX_POINTS) for name in names))


def _scope(node: Node) -> Scope:
    keys = node.keys(("categories", "refuses", "accepts_other"))
    return Scope(
        frozenset(keys["categories"].texts()),
        frozenset(keys["refuses"].texts()),
        keys["accepts_other"].flag(),
    )


def _clocks(node: Node) -> Clocks:
    steps = ("red_trigger", "red", "yellow", "green", "none")
    keys = node.keys((*steps, "tighter_days"))
    hours = [keys[step].integer(1, _MAX_HOURS) for step in steps]
    return Clocks(*hours, *[keys["tighter_days"].integer(0, 366)])


def _duty(node: Node) -> Duty:
    keys = node.keys(("id", "when_any", "within_hours", "text", "source"))
    return Duty(
        keys["id"].text(),
        keys["when_any"].texts(),
        keys["within_hours"].integer(1, _MAX_HOURS),
        _text(keys["text"]),
        keys["source"].text(),
    )


def _case(node: Node) -> PackCase:
    keys = node.keys(
        ("name", "level"),
        ("hits", "unknown", "rest", "incidents_days_ago", "newly_yes", "cannot_rate", "duties"),
    )
    rest = keys["rest"].choice("no", "unknown") if "rest" in keys else "no"
    days = keys.get("incidents_days_ago")
    return PackCase(
        name=keys["name"].text(),
        hits=keys["hits"].texts() if "hits" in keys else (),
        unknown=keys["unknown"].texts() if "unknown" in keys else (),
        rest=Answer.UNKNOWN if rest == "unknown" else Answer.NO,
        incidents_days_ago=days.integers(0, 3660) if days else (),
        newly_yes=keys["newly_yes"].integer(0, 100) if "newly_yes" in keys else 0,
        level=_LEVELS[keys["level"].choice(*_LEVELS)],
        cannot_rate=keys["cannot_rate"].flag() if "cannot_rate" in keys else False,
        duties=keys["duties"].texts() if "duties" in keys else (),
    )
