"""A row of a report file, and the choice of its reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.domain.incoming import Incoming
from services.intake.domain.messages import problem
from services.intake.domain.problems import Problem, Reason


@dataclass(frozen=True, slots=True)
class Row:
    """One report of a file: its row number as an editor or Excel shows it, and how far into the file it is (0 to 1)."""

    number: int
    done: float
    incoming: Incoming


Rows = Iterator[Row]


class FileUnreadable(ValueError):
    """The file as a whole cannot be read."""

    def __init__(self, why_zh: str, why_en: str) -> None:
        self.problem: Problem = problem(Reason.FILE_UNREADABLE, "", why_zh=why_zh, why_en=why_en)
        super().__init__(f"{self.problem.message_zh} / {self.problem.message_en}")
