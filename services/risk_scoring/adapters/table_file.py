"""CSV files of operators (capacity, subgroups): a problem names the file, the line, the column and the cure."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.common.divisions import tier_of
from services.common.lanes import lane_of, partition_of
from services.common.terms import Tier
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.domain.backtest import Groups, Labels
from services.risk_scoring.domain.forbidden import forbidden_in
from services.risk_scoring.domain.pack import Text

SUBJECT = "household_id"
GROUP_COLUMNS = ("sex", "age_band", "urban_rural", "district")
UNNAMED = "-"
_MOST_LABELS = 60


class TableError(PackError):
    """A file that cannot be used, said in both languages."""


def read_capacity(file: Path) -> Mapping[str, int]:
    """County or township code to the red cases it can take at once; TableError otherwise."""
    capacity: dict[str, int] = {}
    for line, row in _rows(file, ("jurisdiction_code", "capacity"), ()):
        code, amount = row["jurisdiction_code"], row["capacity"]
        if tier_of(code) not in (Tier.COUNTY, Tier.TOWNSHIP) or not code.isdigit():
            raise _wrong(
                file,
                line,
                "jurisdiction_code",
                code,
                "6 位县码或 9 位乡镇码",
                "a county (6) or township (9) code",
            )
        if not amount.isdigit():
            raise _wrong(file, line, "capacity", amount, "不小于 0 的整数", "a whole number from 0")
        if code in capacity:
            raise _wrong(
                file,
                line,
                "jurisdiction_code",
                code,
                "每个辖区一行",
                "one line for each jurisdiction",
            )
        capacity[code] = int(amount)
    return capacity


def read_groups(file: Path, partitions: int) -> list[Groups]:
    """The groups of households, one mapping per partition of the log; TableError otherwise.

    Only what the report may show is taken: a column that says who somebody is, is refused by name.
    """
    split: list[dict[str, Labels]] = [{} for _ in range(partitions)]
    known: dict[Labels, Labels] = {}
    columns: tuple[str, ...] = ()
    labels_of: dict[str, set[str]] = {}
    for line, row in _rows(file, (SUBJECT,), GROUP_COLUMNS):
        columns = columns or tuple(name for name in row if name != SUBJECT)
        labels = tuple((name, row[name] or UNNAMED) for name in columns)
        if labels not in known:
            _check_labels(file, line, labels, labels_of)
            known[labels] = labels
        subject = row[SUBJECT]
        mine = split[partition_of(lane_of(subject), partitions)]
        if not subject or subject in mine:
            raise _wrong(file, line, SUBJECT, subject, "每户一行", "one line for each household")
        mine[subject] = known[labels]
    unnamed = tuple((name, UNNAMED) for name in columns)
    return [Groups(one, unnamed) for one in split]


def _check_labels(file: Path, line: int, labels: Labels, seen: dict[str, set[str]]) -> None:
    for column, label in labels:
        factor = forbidden_in(label)
        if factor is not None:
            raise _forbidden(file, line, column, factor.name)
        seen.setdefault(column, set()).add(label)
        if len(seen[column]) > _MOST_LABELS:
            raise _wrong(
                file,
                line,
                column,
                f"> {_MOST_LABELS}",
                f"每列至多 {_MOST_LABELS} 个分组",
                f"at most {_MOST_LABELS} groups in a column",
            )


def _rows(
    file: Path, required: tuple[str, ...], optional: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a CSV file in UTF-8 by column; its header may hold nothing else."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _check_header(file, header, required, optional)
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(header):
                    raise _wrong(
                        file,
                        reader.line_num,
                        "",
                        len(cells),
                        f"{len(header)} 列",
                        f"{len(header)} columns",
                    )
                yield reader.line_num, dict(zip(header, map(str.strip, cells), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = Text(f"无法读取：{error}", f"cannot be read: {error}")
        raise TableError(file, "", reason, Text("UTF-8 编码的 CSV", "CSV in UTF-8")) from error


def _check_header(
    file: Path, header: list[str], required: tuple[str, ...], optional: tuple[str, ...]
) -> None:
    allowed = ", ".join((*required, *optional))
    for name in header:
        factor = forbidden_in(name)
        if factor is not None:
            raise _forbidden(file, 1, name, factor.name)
        if (name not in required and name not in optional) or header.count(name) > 1:
            raise _wrong(file, 1, "", name, f"各一次：{allowed}", f"once each: {allowed}")
    for name in required:
        if name not in header:
            raise _wrong(file, 1, "", ",".join(header), f"含 {name}", f"a header with {name}")
    if optional and not set(header) & set(optional):
        raise _wrong(file, 1, "", ",".join(header), allowed, f"at least one of {allowed}")


def _forbidden(file: Path, line: int, column: str, factor: Text) -> TableError:
    problem = Text(
        f"第 {line} 行 {column}：不得按此分组：{factor.zh}",
        f"line {line}, {column}: groups by {factor.en}, which is never used",
    )
    allowed = ", ".join(GROUP_COLUMNS)
    return TableError(file, column, problem, Text(allowed, allowed))


def _wrong(file: Path, line: int, column: str, value: object, zh: str, en: str) -> TableError:
    problem = Text(f"第 {line} 行的值 {value!r} 不可用", f"line {line}: {value!r} is not usable")
    return TableError(file, column, problem, Text(zh, en))
