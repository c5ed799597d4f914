"""Each kind of bad report gets a message that names the field, in Chinese and English, and never an exception."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.clock import SHANGHAI, to_ms
from services.common.divisions import Divisions
from services.common.terms import Language
from services.intake.adapters.json_text import read_report
from services.intake.domain.facts import Report
from services.intake.domain.problems import Problem, Reason
from services.intake.domain.rulebook import Context, Rulebook
from services.intake.domain.validate import validate

RULES = Rulebook.of(
    {"household_dispute": ("threat_to_kill", "debt_dispute")},
    Divisions({"532301001001": "甲村", "532301001001003": "第3网格"}),
)
CONTEXT = Context(RULES, to_ms(datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)))
GOOD: dict[str, Any] = {
    "source_id": "A-1",
    "type": "assessment",
    "occurred_at": "2026-03-01T09:30:00+08:00",
    "jurisdiction_code": "532301001001003",
    "household_no": "53230100012345",
    "assessment": {
        "round": "2026-1",
        "pack": "household_dispute",
        "status": "assessed",
        "assessor_level": "green",
        "assessor": "GW-1",
        "answers": {"threat_to_kill": "no", "debt_dispute": "unknown"},
    },
}
Spoil = Callable[[dict[str, Any]], object]
SPOILT: list[tuple[Spoil, Reason, str]] = [
    (lambda r: r.pop("source_id"), Reason.FIELD_MISSING, "source_id"),
    (lambda r: r.update(colour="red"), Reason.FIELD_UNKNOWN, "colour"),
    (lambda r: r.update({"民族": "x"}), Reason.FIELD_FORBIDDEN, "民族"),
    (lambda r: r.update(religion="x"), Reason.FIELD_FORBIDDEN, "religion"),
    (lambda r: r.update(type="party"), Reason.CODE_UNKNOWN, "type"),
    (lambda r: r["assessment"].update(status="done"), Reason.CODE_UNKNOWN, "assessment.status"),
    (lambda r: r.update(occurred_at="2027-01-01T00:00:00Z"), Reason.DATE_IN_FUTURE, "occurred_at"),
    (lambda r: r.update(occurred_at="2026-03-01T09:30:00"), Reason.DATE_NO_ZONE, "occurred_at"),
    (lambda r: r.update(occurred_at="yesterday"), Reason.DATE_MALFORMED, "occurred_at"),
    (
        lambda r: r.update(jurisdiction_code="532399999999"),
        Reason.JURISDICTION_UNKNOWN,
        "jurisdiction_code",
    ),
    (
        lambda r: r["assessment"].pop("assessor_level"),
        Reason.OWN_LEVEL_MISSING,
        "assessment.assessor_level",
    ),
    (
        lambda r: r["assessment"].update(assessor_level=""),
        Reason.OWN_LEVEL_MISSING,
        "assessment.assessor_level",
    ),
    (
        lambda r: r["assessment"].update(assessor_level="blue"),
        Reason.CODE_UNKNOWN,
        "assessment.assessor_level",
    ),
    (lambda r: r["assessment"].update(pack="none"), Reason.PACK_UNKNOWN, "assessment.pack"),
    (
        lambda r: r["assessment"]["answers"].update(no_such="yes"),
        Reason.INDICATOR_UNKNOWN,
        "assessment.answers.no_such",
    ),
]


@pytest.mark.parametrize(("spoil", "reason", "path"), SPOILT)
def test_a_bad_report_is_told_field_reason_and_both_languages(
    spoil: Spoil, reason: Reason, path: str
) -> None:
    """The first problem names the spoilt field; both texts exist and differ."""
    report = copy.deepcopy(GOOD)
    spoil(report)
    found = validate(report, CONTEXT)
    assert isinstance(found, list)
    problem = next(p for p in found if p.reason is reason)
    assert problem.field_path == path
    assert problem.message(Language.ZH) != problem.message(Language.EN)
    assert problem.message(Language.ZH) and problem.message(Language.EN)


def test_the_good_report_passes() -> None:
    """What the spoilt ones were made from is accepted."""
    assert isinstance(validate(GOOD, CONTEXT), Report)


MOVE: dict[str, Any] = {name: GOOD[name] for name in GOOD if name not in ("type", "assessment")} | {
    "type": "household_move",
    "household_move": {
        "who": "household",
        "to_household_no": "53230200054321",
        "to_jurisdiction_code": "532301001001003",
    },
}


def test_a_move_names_another_household() -> None:
    """A household cannot move to itself, and the place moved to must exist."""
    assert isinstance(validate(MOVE, CONTEXT), Report)
    for changes, reason in (
        ({"to_household_no": MOVE["household_no"]}, Reason.HOUSEHOLD_SAME),
        ({"to_jurisdiction_code": "532399999999"}, Reason.JURISDICTION_UNKNOWN),
        ({"who": "neighbours"}, Reason.CODE_UNKNOWN),
    ):
        found = validate(MOVE | {"household_move": MOVE["household_move"] | changes}, CONTEXT)
        assert isinstance(found, list)
        (field,) = changes
        assert [(one.reason, one.field_path) for one in found] == [
            (reason, f"household_move.{field}")
        ]


def test_malformed_json_is_a_problem_not_an_exception() -> None:
    """Cut JSON and broken UTF-8 are refused with their own reasons."""
    assert _reason(b'{"source_id": "A') is Reason.JSON_MALFORMED
    assert _reason(b'{"source_id": "\xc4\xe3"}') in (Reason.ENCODING_BROKEN, Reason.JSON_MALFORMED)


def test_an_oversize_report_is_told_the_limit() -> None:
    """The message names the limit in bytes."""
    content = read_report(b'{"x": "' + b"a" * 200_000 + b'"}').problem
    assert isinstance(content, Problem)
    assert content.reason is Reason.RECORD_TOO_LARGE
    assert "65536" in content.message_en.replace(",", "").replace(" ", "") + content.allowed


def _reason(raw: bytes) -> Reason:
    content = read_report(raw).problem
    assert isinstance(content, Problem)
    return content.reason


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_no_json_value_makes_the_check_raise(value: object) -> None:
    """Whatever comes, the answer is facts or problems."""
    assert isinstance(validate(value, CONTEXT), Report | list)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), _JSON))
def test_no_field_value_makes_the_check_raise(spoilt: dict[str, object]) -> None:
    """A good report with any value in any field: facts or problems."""
    assert isinstance(validate(GOOD | spoilt, CONTEXT), Report | list)


@pytest.mark.parametrize("status", ["refused", "away", "moved"])
def test_who_could_not_assess_needs_no_level(status: str) -> None:
    """Without an assessment there is nothing to judge, so nothing is asked."""
    report = copy.deepcopy(GOOD)
    report["assessment"] = {"round": "2026-1", "pack": "household_dispute", "status": status}
    assert isinstance(validate(report, CONTEXT), Report)


def test_a_wrong_own_level_is_told_once() -> None:
    """A level that is none is wrong, not missing as well."""
    report = copy.deepcopy(GOOD)
    report["assessment"]["assessor_level"] = "blue"
    found = validate(report, CONTEXT)
    assert isinstance(found, list) and [one.reason for one in found] == [Reason.CODE_UNKNOWN]


def _task(**body: str) -> dict[str, Any]:
    given = {"task_no": "T-1", "unit": "education", "due_at": "2026-05-01T00:00:00+08:00"}
    report = {key: GOOD[key] for key in ("source_id", "occurred_at", "jurisdiction_code")}
    return {**report, "type": "task_assigned", "task_assigned": {**given, **body}}


LISTS = Rulebook.of({}, RULES.divisions, None, ("task", "hidden_hazard"))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""),
        ({"kind": "task"}, ""),
        ({"kind": "hidden_hazard", "unit": "", "due_at": ""}, ""),
        ({"unit": ""}, "task_assigned.unit"),
        ({"kind": "task", "due_at": ""}, "task_assigned.due_at"),
        ({"kind": "birthday"}, "task_assigned.kind"),
    ],
)
def test_an_entry_on_a_list(body: dict[str, str], path: str) -> None:
    """The task list names unit and date, other lists leave them to their kind; a list nobody knows is refused."""
    found = validate(_task(**body), Context(LISTS, CONTEXT.now_ms))
    if path:
        assert isinstance(found, list)
        assert [one.field_path for one in found] == [path]
    else:
        assert isinstance(found, Report)
