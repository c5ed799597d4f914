"""What goes wrong between a sender and us: reports sent twice, and broken reports of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

from services.cli.simulate.sent import Fate, Fault, Sent

SOON, LATER, DAY_END = 60, 3 * 3600, 86_399
NO_SUCH_INDICATOR = "no_such_indicator"
NO_SUCH_VILLAGE = "999999"
# A slip of the keyboard: 2026 becomes 2062.
FUTURE_YEARS = 36

Report = dict[str, Any]


def with_noise(
    dice: Random, reports: Iterable[Sent], duplicates: float, broken: float
) -> Iterator[Sent]:
    """All reports, some of them again later, and some preceded by a broken attempt."""
    for sent in reports:
        draw = dice.random()
        if draw < broken and "answers" in sent.report.get("assessment", {}):  # type: ignore[operator]
            yield _broken(dice, sent)
        yield sent
        if draw > 1.0 - duplicates:
            again = min(sent.second + dice.randrange(SOON, LATER), DAY_END)
            yield replace(sent, second=again, fate=Fate.DUPLICATE)


def _broken(dice: Random, sent: Sent) -> Sent:
    """An attempt with an id of its own, sent a little before the good one, that must be refused."""
    fault = dice.choice(list(_SPOILERS))
    body: Any = sent.report["assessment"]
    report = {
        **sent.report,
        "source_id": f"{sent.report['source_id']}-X",
        "assessment": {**body, "answers": dict(body["answers"])},
    }
    _SPOILERS[fault](report)
    second = max(0, sent.second - SOON)
    return replace(sent, second=second, report=report, fate=Fate.REJECTED, fault=fault)


def _unknown_indicator(report: Report) -> None:
    report["assessment"]["answers"][NO_SUCH_INDICATOR] = "yes"


def _unknown_field(report: Report) -> None:
    report["assessment"]["door_colour"] = "green"


def _unknown_jurisdiction(report: Report) -> None:
    report["jurisdiction_code"] = f"{report['jurisdiction_code'][:6]}{NO_SUCH_VILLAGE}001"


def _wrong_code(report: Report) -> None:
    report["assessment"]["status"] = "finished"


def _future_date(report: Report) -> None:
    year, rest = report["occurred_at"][:4], report["occurred_at"][4:]
    report["occurred_at"] = f"{int(year) + FUTURE_YEARS}{rest}"


def _missing_field(report: Report) -> None:
    del report["jurisdiction_code"]


_SPOILERS: dict[Fault, Callable[[Report], None]] = {
    Fault.UNKNOWN_INDICATOR: _unknown_indicator,
    Fault.UNKNOWN_FIELD: _unknown_field,
    Fault.UNKNOWN_JURISDICTION: _unknown_jurisdiction,
    Fault.WRONG_CODE: _wrong_code,
    Fault.FUTURE_DATE: _future_date,
    Fault.MISSING_FIELD: _missing_field,
}
