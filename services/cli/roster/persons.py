"""The persons of a roster as an Excel table, out and in: contact data, channels, and each person's own rules."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml
from openpyxl import Workbook
from openpyxl.styles import Font

from services.cli.roster.tables import Sheet, TableWrong
from services.common.duty.facts import Person
from services.common.duty.folder import load_folder
from services.common.duty.person_rules import BETWEEN, devices
from services.common.duty.person_text import RuleWrong, read_rules, written_order, written_quiet
from services.common.text import Text

# Column to what it is called beside its name; in this order.
HEADS: Mapping[str, str] = {
    "id": "编号",
    "name": "姓名",
    "language": "语言",
    "channels": "通道",
    "quiet": "免打扰",
    "substitute": "代理人",
    "mobile": "手机",
    "wecom_id": "企业微信",
    "email": "邮箱",
    "dingtalk_id": "钉钉",
    "feishu_id": "飞书",
}
_NEEDED = ("id",)
_ADDRESSES = ("mobile", "wecom_id", "email", "dingtalk_id", "feishu_id")
# Nobody but who keeps the roster reads contact data.
_PRIVATE = 0o600


def write_persons(persons: Iterable[Person], file: Path) -> int:
    """An Excel file with a line for each person; how many. Every cell is a text: no formula, no lost zero."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "persons"
    sheet.append([f"{name} {chinese}" for name, chinese in HEADS.items()])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for person in persons:
        sheet.append([""] * len(HEADS))
        for cell, value in zip(sheet[sheet.max_row], _cells(person), strict=True):
            cell.value, cell.data_type, cell.number_format = value, "s", "@"
    sheet.freeze_panes = "C2"
    file.touch(mode=_PRIVATE)
    book.save(file)
    return sheet.max_row - 1


def persons_in_sheets(sheets: Iterable[Sheet]) -> list[dict[str, object]]:
    """The persons as a roster file writes them; TableWrong names the cell."""
    return [person for sheet in sheets for person in _persons(sheet)]


def write_roster_file(
    roster_id: str, persons: list[dict[str, object]], folder: Path, file: Path
) -> None:
    """Write persons into a file of the roster; FileError, and nothing changed, when the roster would be wrong."""
    content = {"roster": roster_id, "persons": persons}
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
    with tempfile.TemporaryDirectory() as trial:
        copy = Path(shutil.copytree(folder, Path(trial) / "roster"))
        (copy / file.name).write_text(text, encoding="utf-8")
        load_folder(copy)
    fresh = file.with_suffix(".new")
    fresh.touch(mode=_PRIVATE)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)


def _cells(person: Person) -> Iterator[str]:
    yield person.person_id
    yield person.name
    yield person.language.name.lower()
    yield BETWEEN.join(written_order(person.channels, person.rules.delays))
    yield written_quiet(person.rules.quiet)
    yield person.rules.substitute
    for name in _ADDRESSES:
        yield str(getattr(person, name))


def _persons(sheet: Sheet) -> Iterator[dict[str, object]]:
    columns = _columns(sheet)
    for row, line in enumerate(sheet.grid[1:], 2):
        said = {name: _text(line[at]) if at < len(line) else "" for at, name in columns.items()}
        if any(said.values()):
            yield _person(sheet, row, said, {name: at for at, name in columns.items()})


def _columns(sheet: Sheet) -> dict[int, str]:
    """Place to column; a head is known by its name, by its Chinese word, or by both."""
    found: dict[int, str] = {}
    for at, head in enumerate(_text(cell) for cell in sheet.grid[0]):
        names = [name for name, chinese in HEADS.items() if {name, chinese} & set(head.split())]
        if head and not names:
            raise TableWrong(sheet.name, 1, at + 1, _unusable(head), _ALLOWED_HEADS)
        if names:
            found[at] = names[0]
    for name in _NEEDED:
        if name not in found.values():
            missing = Text(f"缺少列 {name}", f"the column {name} is missing")
            raise TableWrong(sheet.name, 1, 1, missing, _ALLOWED_HEADS)
    return found


def _person(
    sheet: Sheet, row: int, said: Mapping[str, str], columns: Mapping[str, int]
) -> dict[str, object]:
    order = [entry.strip() for entry in said.get("channels", "").split(BETWEEN) if entry.strip()]
    for name, rules in (("channels", (order, "", "")), ("quiet", ((), said.get("quiet", ""), ""))):
        try:
            read_rules(*rules)
        except RuleWrong as wrong:
            at = columns[name] + 1
            raise TableWrong(sheet.name, row, at, wrong.problem, wrong.allowed) from wrong
    person: dict[str, object] = {name: text for name, text in said.items() if text}
    if order:
        person["channels"] = order
    for name in _ADDRESSES:
        several = devices(said.get(name, ""))
        if len(several) > 1:
            person[name] = list(several)
    return person


def _text(cell: object) -> str:
    """A mobile number that Excel took for a number is one of digits."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _unusable(value: str) -> Text:
    return Text(f"值 {value!r} 不可用", f"value {value!r} is not usable")


_ALLOWED_HEADS = Text("、".join(f"{n} {c}" for n, c in HEADS.items()), ", ".join(HEADS))
