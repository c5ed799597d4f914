"""Reads how official numbers are written from deploy/numbering/serials.yaml; errors name file, line and path."""

from __future__ import annotations

import re
from pathlib import Path

from services.common.terms import NoticeColour, Tier
from services.common.text import Text
from services.common.yaml_nodes import Node, open_file
from services.escalation.domain.serials import (
    FORM_FIELDS,
    OFFICIAL_NO_LETTERS_MOST,
    FormFault,
    Numbering,
    fault_of,
)

_CODE = re.compile(r"\d{6}(\d{3}(\d{3})?)?")
_KEEPERS = {tier.name.lower(): tier for tier in Tier if tier is not Tier.NONE}
# A register that gets this long is longer than any there was.
_LONGEST_N = 9999
_WORDS = {
    FormFault.MISSING_FIELD: Text("缺少", "is missing"),
    FormFault.UNKNOWN_FIELD: Text("未知项", "unknown field"),
    FormFault.NO_FORM: Text("不是格式", "no form"),
}


def load_numbering(file: Path) -> Numbering | None:
    """How notices are numbered; None when there is no file. FileError where it cannot be used."""
    return read_numbering(file) if file.exists() else None


def read_numbering(file: Path) -> Numbering:
    """The file, checked: every form names all that makes a number unique, and no two places share a short name."""
    keys = open_file(file).keys(("version", "form", "kept_by", "places"))
    keys["version"].text()
    form = _form(keys["form"])
    shorts: dict[str, str] = {}
    forms: dict[str, str] = {}
    for code, place in _places(keys["places"]):
        part = place.keys(("short",), ("form",))
        short = part["short"].text()
        if not short or short in shorts.values():
            taken = Text(f"简称 {short!r} 为空或已用", f"{short!r} is empty or taken")
            raise part["short"].fail(taken, Text("各地不同的简称", "a short name of its own"))
        shorts[code] = short
        if "form" in part:
            forms[code] = _form(part["form"])
    numbering = Numbering(form, _KEEPERS[keys["kept_by"].choice(*_KEEPERS)], shorts, forms)
    _check_lengths(numbering, keys["places"])
    return numbering


def _places(node: Node) -> list[tuple[str, Node]]:
    codes = [str(key.value) for key, _ in getattr(node.node, "value", ())]
    for code in codes:
        if not _CODE.fullmatch(code):
            problem = Text(f"{code!r} 不是区划代码", f"{code!r} is no division code")
            raise node.fail(problem, Text("6、9 或 12 位", "6, 9 or 12 digits"))
    return list(node.keys((), codes).items())


def _form(node: Node) -> str:
    form = node.text()
    fault = fault_of(form)
    if fault:
        what, where = fault
        fields = " ".join(f"{{{name}}}" for name in FORM_FIELDS)
        problem = Text(f"{_WORDS[what].zh} {where}", f"{where}: {_WORDS[what].en}")
        raise node.fail(problem, Text(f"须含 {fields}", f"each of {fields}"))
    return form


def _check_lengths(numbering: Numbering, places: Node) -> None:
    """The longest number of every place fits where messages and letters show it."""
    for code in (*numbering.shorts, "000000"):
        for colour in NoticeColour:
            if colour is NoticeColour.NONE:
                continue
            number = numbering.write(f"{code}/2026/{colour.name.lower()}", _LONGEST_N)
            if len(number) > OFFICIAL_NO_LETTERS_MOST:
                most = str(OFFICIAL_NO_LETTERS_MOST)
                problem = Text(f"文号过长：{number}", f"the number is too long: {number}")
                raise places.fail(problem, Text(f"至多 {most} 字", f"at most {most} letters"))
