"""Reads reports from JSON bytes, and writes them back for keeping."""

from __future__ import annotations

from typing import Any

import orjson

from services.intake.domain.incoming import Format, Incoming
from services.intake.domain.limits import MAX_REPORT_BYTES
from services.intake.domain.messages import problem
from services.intake.domain.problems import Problem, Reason


def read_report(raw: bytes) -> Incoming:
    """One report; with the problem when it is too large, badly encoded or no JSON."""
    if len(raw) > MAX_REPORT_BYTES:
        return Incoming(None, too_large(len(raw)), raw)
    value = read_json(raw)
    return Incoming(None, value, raw) if isinstance(value, Problem) else Incoming(value)


def read_json(raw: bytes) -> Any:
    """Any JSON value; a Problem when it cannot be read."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        return _unreadable(raw, wrong)


def read_batch(reports: list[object], whole_bytes: int) -> list[Incoming]:
    """Reports that came in one body of `whole_bytes`; none may exceed the limit of a single one."""
    if whole_bytes <= MAX_REPORT_BYTES:
        return [Incoming(report) for report in reports]
    return [_sized(report) for report in reports]


def too_large(size: int) -> Problem:
    """The problem of a report beyond the limit."""
    return problem(Reason.RECORD_TOO_LARGE, "", size=size, limit=MAX_REPORT_BYTES)


def original_of(incoming: Incoming) -> bytes:
    """The bytes to keep with a reject."""
    if incoming.original is not None:
        return incoming.original
    return _dumped(incoming.report)


def _dumped(report: object) -> bytes:
    try:
        return orjson.dumps(report, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        # Nested deeper than can be written: never a valid report, kept as it prints.
        return str(report).encode(errors="replace")


def _sized(report: object) -> Incoming:
    raw = _dumped(report)
    if len(raw) > MAX_REPORT_BYTES:
        return Incoming(None, too_large(len(raw)), raw, Format.JSON)
    return Incoming(report)


def _unreadable(raw: bytes, wrong: orjson.JSONDecodeError) -> Problem:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return problem(Reason.ENCODING_BROKEN, "")
    return problem(Reason.JSON_MALFORMED, "", line=wrong.lineno, column=wrong.colno)
