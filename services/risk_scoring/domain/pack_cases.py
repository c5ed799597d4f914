"""The unit cases inside a pack: what they answer, what comes out, and which rule a case hangs on."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from services.common.spans import DAY_MS
from services.common.terms import Level
from services.risk_scoring.domain.answers import NO, UNKNOWN, YES
from services.risk_scoring.domain.pack import Pack, PackCase, tables_of
from services.risk_scoring.domain.profile import counts_before
from services.risk_scoring.domain.rating import Rating, rate
from services.risk_scoring.domain.verdict import duties_of


class Outcome(NamedTuple):
    """What a case gives."""

    level: Level
    cannot_rate: bool
    duties: frozenset[str]


def row_of(pack: Pack, case: PackCase) -> bytes:
    """The answers of a case in pack order; ids that the pack does not know are left out."""
    row = bytearray([UNKNOWN if case.rest == UNKNOWN else NO]) * len(pack.indicators)
    for names, answer in ((case.hits, YES), (case.unknown, UNKNOWN)):
        for name in names:
            if name in pack.tables.index:
                row[pack.tables.index[name]] = answer
    return bytes(row)


def rate_case(pack: Pack, case: PackCase) -> Rating:
    """What the rules give for a case."""
    return _rate(pack, case, row_of(pack, case))


def outcome_of(pack: Pack, case: PackCase) -> Outcome:
    """What a case gives, with its duties."""
    return _outcome(pack, rate_case(pack, case))


def hangs_on(pack: Pack, at: int) -> bool:
    """Whether some case would come out otherwise if this indicator were no instead of yes."""
    for case in pack.cases:
        row = row_of(pack, case)
        if row[at] != YES:
            continue
        without = row[:at] + bytes([NO]) + row[at + 1 :]
        if _outcome(pack, _rate(pack, case, without)) != outcome_of(pack, case):
            return True
    return False


def combination_decides(pack: Pack, place: int) -> bool:
    """Whether some case would come out otherwise if the pack had not this combination."""
    others = tuple(one for at, one in enumerate(pack.combinations) if at != place)
    tables = tables_of(pack.indicators, pack.duties, others)
    without = replace(pack, combinations=others, tables=tables)
    return any(outcome_of(without, case) != outcome_of(pack, case) for case in pack.cases)


def _rate(pack: Pack, case: PackCase, row: bytes) -> Rating:
    times = tuple(sorted(-days * DAY_MS for days in case.incidents_days_ago))
    history = counts_before(times, 0).points(pack.recency) + pack.change.points(case.newly_yes)
    return rate(pack, row, history)


def _outcome(pack: Pack, rating: Rating) -> Outcome:
    return Outcome(rating.level, rating.cannot_rate, frozenset(duties_of(pack, rating)))
