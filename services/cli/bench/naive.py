"""The rules as one would first write them: loops over all, every "what if" by trying it. For measuring only."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from services.common.terms import Level
from services.risk_scoring.domain.answers import NO, UNKNOWN, YES
from services.risk_scoring.domain.pack import Pack


class NaiveTrace(NamedTuple):
    """The same full trace as a verdict gives."""

    points: int
    level: Level
    lowest: Level
    highest: Level
    hits: tuple[int, ...]
    unknowns: tuple[int, ...]
    next_question: int
    counterfactual: tuple[int, Level] | None
    duties: tuple[str, ...]


class Naive:
    """One pack, judged by plain loops; upon a level in force of green, without incidents."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack

    def judge(self, row: bytes) -> NaiveTrace:
        """The trace of one row of answers."""
        points, level = self._level(row, counts=lambda answer, _: answer == YES)
        lowest, highest = self._bounds(row)
        return NaiveTrace(
            points,
            level,
            lowest,
            highest,
            tuple(at for at, answer in enumerate(row) if answer == YES),
            tuple(at for at, answer in enumerate(row) if answer == UNKNOWN),
            self._next_question(row, lowest, highest),
            self._counterfactual(row, max(level, Level.GREEN)),
            self._duties(row),
        )

    def _level(self, row: bytes, counts: Callable[[int, int], bool]) -> tuple[int, Level]:
        points, floor = 0, Level.NONE
        for one, answer in zip(self._pack.indicators, row, strict=True):
            if counts(answer, one.weight):
                points += one.weight
                floor = max(floor, one.floor)
        counted = {
            one.id
            for one, answer in zip(self._pack.indicators, row, strict=True)
            if counts(answer, one.weight)
        }
        for together in self._pack.combinations:
            if all(counted & set(names) for names in together.each_of):
                floor = max(floor, together.floor)
        return points, max(self._pack.level_at(points), floor)

    def _bounds(self, row: bytes) -> tuple[Level, Level]:
        lowest = self._level(row, lambda answer, w: answer == YES or (answer == UNKNOWN and w < 0))
        highest = self._level(
            row, lambda answer, w: answer == YES or (answer == UNKNOWN and w >= 0)
        )
        return lowest[1], highest[1]

    def _next_question(self, row: bytes, lowest: Level, highest: Level) -> int:
        if lowest is highest:
            return -1
        best, best_rank = -1, (-1, -1, -1)
        for at, answer in enumerate(row):
            if answer == UNKNOWN:
                one = self._pack.indicators[at]
                by_yes = self._bounds(_with(row, at, YES))[0] - lowest
                by_no = highest - self._bounds(_with(row, at, NO))[1]
                rank = (int(by_yes + by_no), int(one.floor), abs(one.weight))
                if rank > best_rank:
                    best, best_rank = at, rank
        return best

    def _counterfactual(self, row: bytes, in_force: Level) -> tuple[int, Level] | None:
        for wanted in (UNKNOWN, NO):
            found = []
            for at, answer in enumerate(row):
                if answer == wanted:
                    level = self._level(_with(row, at, YES), lambda a, _: a == YES)[1]
                    if level > in_force:
                        found.append((self._pack.indicators[at].weight, at, level))
            if found:
                _, at, level = min(found)
                return at, level
        return None

    def _duties(self, row: bytes) -> tuple[str, ...]:
        hits = {
            one.id for one, answer in zip(self._pack.indicators, row, strict=True) if answer == YES
        }
        return tuple(duty.id for duty in self._pack.duties if hits & set(duty.when_any))


def _with(row: bytes, at: int, answer: int) -> bytes:
    return row[:at] + bytes([answer]) + row[at + 1 :]
