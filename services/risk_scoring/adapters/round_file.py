"""Rounds from YAML files into validated frozen facts; every problem names file, line, path and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path

from services.common.clock import SHANGHAI, to_ms
from services.risk_scoring.adapters.pack_reader import Node, PackError, open_file
from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.rounds import Round

# Intake takes the same names in a report.
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,63}")
_ID_SHAPE = Text(
    "1 至 64 位字母、数字、连字符、点或下划线，且与文件名相同",
    "1 to 64 letters, digits, hyphens, dots or underscores, equal to the file's name",
)
_REQUIRED = ("id", "title", "packs", "starts", "ends", "set_by", "basis")
_A_ROUND = Text("评估轮次", "an assessment round")

Read = tuple[Round, Mapping[str, Node]]


def load_rounds(folder: Path, pack_ids: Collection[str]) -> Mapping[str, Round]:
    """All rounds of a folder by id, by their start; PackError for the first problem found."""
    read: list[Read] = []
    for problem in _problems(folder, pack_ids, read):
        raise problem
    rounds = sorted((one for one, _ in read), key=lambda one: (one.starts_ms, one.id))
    return {one.id: one for one in rounds}


def check_rounds(folder: Path, pack_ids: Collection[str]) -> list[PackError]:
    """All problems of all rounds of a folder; empty when every one can be used."""
    return list(_problems(folder, pack_ids, []))


def _problems(folder: Path, pack_ids: Collection[str], read: list[Read]) -> Iterator[PackError]:
    for file in sorted(folder.glob("*.yaml")):
        try:
            read.append(_read(file, pack_ids))
        except PackError as wrong:
            yield wrong
    if not read:
        problem = Text("没有可用的轮次", "no usable round in this folder; set SANSE_ROUNDS_DIR")
        yield PackError(folder, "", problem, Text("*.yaml", "*.yaml"))
    rounds = {one.id: one for one, _ in read}
    for one, keys in read:
        yield from _among_others(one, keys, rounds)


def _read(file: Path, pack_ids: Collection[str]) -> Read:
    keys = open_file(file, _A_ROUND).keys(_REQUIRED, ("carries",))
    starts_on, ends_on = keys["starts"].day(), keys["ends"].day()
    one = Round(
        id=keys["id"].text(),
        title=_text(keys["title"]),
        packs=keys["packs"].texts(),
        starts_on=starts_on,
        ends_on=ends_on,
        starts_ms=_midnight(starts_on),
        ends_ms=_midnight(ends_on + timedelta(days=1)),
        carries=keys["carries"].text() if "carries" in keys else "",
        set_by=_text(keys["set_by"]),
        basis=_text(keys["basis"]),
    )
    _check(one, keys, file, pack_ids)
    return one, keys


def _check(one: Round, keys: Mapping[str, Node], file: Path, pack_ids: Collection[str]) -> None:
    if not _ID.fullmatch(one.id) or one.id != file.stem:
        problem = Text(f"编号 {one.id!r} 不可用", f"id {one.id!r} is not usable")
        raise keys["id"].fail(problem, _ID_SHAPE)
    if one.ends_on < one.starts_on:
        problem = Text("结束日期早于开始日期", "it ends before it starts")
        day = one.starts_on.isoformat()
        raise keys["ends"].fail(problem, Text(f"{day} 或以后", f"{day} or later"))
    known = ", ".join(sorted(pack_ids))
    for item in keys["packs"].items():
        if item.text() not in pack_ids:
            problem = Text(f"没有规则包 {item.text()!r}", f"no rule pack {item.text()!r}")
            raise item.fail(problem, Text(known, known))
    if not one.packs:
        problem = Text("没有规则包", "no rule pack")
        raise keys["packs"].fail(problem, Text(known, known))


def _among_others(
    one: Round, keys: Mapping[str, Node], rounds: Mapping[str, Round]
) -> Iterator[PackError]:
    before = sorted(other.id for other in rounds.values() if other.ends_on < one.starts_on)
    if one.carries and one.carries not in before:
        problem = Text(
            f"{one.carries!r} 不是更早的轮次", f"{one.carries!r} is no round that ended before"
        )
        allowed = ", ".join(before)
        yield keys["carries"].fail(problem, Text(allowed or "不填", allowed or "no such key"))
    for other in rounds.values():
        if other.id < one.id and _meet(one, other):
            problem = Text(
                f"与轮次 {other.id} 的日期重叠，且规则包相同",
                f"overlaps round {other.id}, which has a rule pack in common",
            )
            free = f"{other.starts_on} … {other.ends_on}"
            allowed_text = Text(f"{free} 以外的日期", f"dates outside {free}")
            yield keys["starts"].fail(problem, allowed_text)


def _meet(one: Round, other: Round) -> bool:
    """Whether a report or case could belong to both."""
    together = one.starts_on <= other.ends_on and other.starts_on <= one.ends_on
    return together and not set(one.packs).isdisjoint(other.packs)


def _text(node: Node) -> Text:
    keys = node.keys(("zh", "en"))
    for key in keys.values():
        if not key.text():
            raise key.fail(Text("文本为空", "the text is empty"), Text("一段文字", "a text"))
    return Text(keys["zh"].text(), keys["en"].text())


def _midnight(day: date) -> int:
    return to_ms(datetime.combine(day, time(), SHANGHAI))
