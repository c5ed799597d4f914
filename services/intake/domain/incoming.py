"""A report on its way in, whatever the door, and what its sender is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.intake.domain.personal import holds_identity_number
from services.intake.domain.problems import Problem


class Format(Enum):
    """How a kept original is written."""

    JSON = "application/json"
    CSV = "text/csv"
    PROTOBUF = "application/x-protobuf"
    CLOUDEVENT = "application/cloudevents+json"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A parsed report; or, when it could not even be parsed, the problem and the bytes."""

    report: object
    problem: Problem | None = None
    original: bytes | None = None
    format: Format = Format.JSON


class Status(Enum):
    """What became of a report."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one report."""

    status: Status
    event_id: str = ""
    reject_id: str = ""
    problems: tuple[Problem, ...] = ()


def source_id_of(report: object) -> str:
    """The sender's number as far as it can be told from a refused report."""
    if isinstance(report, Mapping):
        given = report.get("source_id")
        if isinstance(given, str) and given.isprintable() and not holds_identity_number(given):
            return given[:128]
    return ""
