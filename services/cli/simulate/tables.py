"""Assessments as tables, one file per round: what a township office would import instead of JSON."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from services.cli.simulate.packs import PackShape
from services.cli.simulate.write import report_files

COMMON_COLUMNS = ("source_id", "occurred_at", "jurisdiction_code", "household_no")
BODY_COLUMNS = ("round", "pack", "status", "assessor_level", "assessor", "remarks")


def write_tables(
    folder: Path, packs: Mapping[str, PackShape], encoding: str = "utf-8-sig"
) -> list[Path]:
    """Write a CSV beside each report file of a written world; a question not asked stays empty."""
    indicators = tuple(dict.fromkeys(name for pack in packs.values() for name in pack.indicators))
    written = []
    for path in report_files(folder):
        table = path.with_suffix(".csv").with_stem(path.stem.replace("reports", "assessments"))
        with table.open("w", encoding=encoding, newline="") as file:
            rows = csv.writer(file, lineterminator="\r\n")
            rows.writerow((*COMMON_COLUMNS, *BODY_COLUMNS, *indicators))
            rows.writerows(_rows(path, indicators))
        written.append(table)
    return written


def _rows(path: Path, indicators: Iterable[str]) -> Iterator[list[str]]:
    """The assessments of a report file; fields without a column cannot be told in a table."""
    with path.open("rb") as lines:
        for line in lines:
            report: Any = orjson.loads(line)
            if report["type"] == "assessment":
                body = report["assessment"]
                answers = body.get("answers", {})
                yield [
                    *(report.get(name, "") for name in COMMON_COLUMNS),
                    *(body.get(name, "") for name in BODY_COLUMNS),
                    *(answers.get(name, "") for name in indicators),
                ]
