"""A household register is read row by row, and each wrong row is told where, what and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.rounds.register_rows import ReadRow, register_rows
from services.common.divisions import Divisions
from services.intake.adapters.files.rows import FileUnreadable
from services.intake.domain.columns import HeaderWrong
from services.intake.domain.problems import Reason

DIVISIONS = Divisions(
    {
        "532300": "楚雄州",
        "532301": "楚雄市",
        "532301001001": "甲村",
        "532301001001001": "甲村第1网格",
        "532301001002": "乙村",
    }
)
GRID, OTHER_GRID = "532301001001001", "532301001002001"


def _rows(folder: Path, text: str, encoding: str = "utf-8") -> list[ReadRow]:
    path = folder / "register.csv"
    path.write_bytes(text.encode(encoding))
    return list(register_rows(path, DIVISIONS))


def _reasons(row: ReadRow) -> list[tuple[Reason, str]]:
    return [(one.reason, one.field_path) for one in row.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headers_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    """户编号, 网格代码 and 状态 are read in UTF-8, with or without a mark, and in GB18030."""
    text = f"户编号,网格代码,状态,迁出日期\n53230100000001,{GRID},在册,\n53230100000002,{GRID},撤销,2026/03/01\n"
    first, second = _rows(tmp_path, text, encoding)
    assert first.row is not None
    assert second.row is not None
    assert (first.number, second.number) == (2, 3)
    assert (first.row.household_no, first.row.grid) == ("53230100000001", GRID)
    assert (first.row.registered, second.row.registered) == (True, False)
    assert second.row.moved_out_on == "2026-03-01"
    assert second.done == 1.0


def test_each_wrong_row_is_told_by_number_field_and_reason(tmp_path: Path) -> None:
    """Missing, malformed, unknown and repeated values are refused row by row; good rows go on."""
    lines = [
        "household_no,grid,moved_in,moved_out,state",
        f"53230100000001,{GRID},,,",
        f",{GRID},,,",
        f"13800138000,{GRID},,,",
        "53230100000002,532301001001,,,",
        "53230100000003,532301001001009,,,",
        f"53230100000004,{OTHER_GRID},,,",
        f"53230100000005,{GRID},yesterday,,",
        f"53230100000006,{GRID},2026-03-02,2026-03-01,",
        f"53230100000007,{GRID},,,perhaps",
        f"53230100000001,{GRID},,,",
        f"53230100000008,{GRID},,,,extra",
    ]
    found = {row.number: _reasons(row) for row in _rows(tmp_path, "\n".join(lines))}
    assert found == {
        2: [],
        3: [(Reason.FIELD_MISSING, "household_no")],
        4: [(Reason.IDENTITY_NUMBER, "household_no")],
        5: [(Reason.TEXT_MALFORMED, "grid")],
        6: [(Reason.JURISDICTION_UNKNOWN, "grid")],
        # A village whose grids nobody listed takes any grid, as intake does.
        7: [],
        8: [(Reason.TEXT_MALFORMED, "moved_in")],
        9: [(Reason.TEXT_MALFORMED, "moved_out")],
        10: [(Reason.CODE_UNKNOWN, "state")],
        11: [(Reason.TEXT_MALFORMED, "household_no")],
        12: [(Reason.ROW_MALFORMED, "")],
    }


def test_no_message_repeats_a_household_number(tmp_path: Path) -> None:
    """What is told of a wrong row never holds the number itself, in either language."""
    number = "5323010000000I"
    text = f"household_no,grid\n{number},1\n{number},{GRID}\n{number},{GRID}\n"
    for row in _rows(tmp_path, text):
        for one in row.problems:
            assert number not in one.message_zh + one.message_en
        assert number not in repr(row)


def test_a_row_in_another_encoding_is_refused_alone(tmp_path: Path) -> None:
    """One GB18030 row in a UTF-8 file is refused by its number; the others are read."""
    path = tmp_path / "register.csv"
    good = f"户编号,网格,状态\n53230100000001,{GRID},在册\n53230100000002,{GRID},在册\n".encode()
    path.write_bytes(good + f"53230100000003,{GRID},在册\n".encode("gb18030"))
    *_, last = register_rows(path, DIVISIONS)
    assert (last.number, _reasons(last)) == (4, [(Reason.ENCODING_MIXED, "")])


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("household_no,grid,民族", Reason.FIELD_FORBIDDEN),
        ("household_no,grid,colour", Reason.FIELD_UNKNOWN),
        ("household_no,grid,网格", Reason.COLUMN_TWICE),
        ("household_no", Reason.FIELD_MISSING),
        ("", Reason.FIELD_MISSING),
    ],
)
def test_a_wrong_header_is_refused_whole(tmp_path: Path, header: str, reason: Reason) -> None:
    """A forbidden, unknown, repeated or missing column stops the file before any row."""
    with pytest.raises(HeaderWrong) as wrong:
        _rows(tmp_path, f"{header}\n1,2,3\n")
    assert wrong.value.problem.reason is reason


def test_a_workbook_is_told_to_become_a_csv(tmp_path: Path) -> None:
    """A file of another kind is refused before it is read as text."""
    path = tmp_path / "register.xlsx"
    path.write_bytes(b"PK")
    with pytest.raises(FileUnreadable, match="CSV"):
        list(register_rows(path, DIVISIONS))


def test_a_header_in_no_known_encoding_is_refused(tmp_path: Path) -> None:
    """Bytes that are neither UTF-8 nor GB18030 are told so."""
    path = tmp_path / "register.csv"
    path.write_bytes(b"\xff\xff\xff,grid\n")
    with pytest.raises(FileUnreadable):
        list(register_rows(path, DIVISIONS))
