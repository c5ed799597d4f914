"""Checks one report against the shapes and the rulebook: facts, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.common.terms import Answer, Level
from services.intake.domain import limits, shapes
from services.intake.domain.codes import ANSWERS, KINDS, LEVELS, AssessmentStatus, ReportKind
from services.intake.domain.facts import (
    Assessment,
    Body,
    Grievance,
    HouseholdMove,
    Incident,
    Outcome,
    Report,
    SupportVisit,
    TaskAssigned,
)
from services.intake.domain.fields import Scope, read_object
from services.intake.domain.personal import is_forbidden_field
from services.intake.domain.plans import refuse_shown_category, support_plan
from services.intake.domain.problems import Problem, Reason, listed, near, safe_name
from services.intake.domain.rulebook import Context, Questionnaire

_ANSWER_CODES = listed(ANSWERS)
TASK_KIND = "task"


def validate(report: object, context: Context) -> Report | list[Problem]:
    """The report's facts; else the problems found, the first being the one to mend first."""
    scope = Scope(context)
    kind = _kind(report)
    fields = shapes.ANY_TOP if kind is None else shapes.TOPS[kind]
    top = read_object(report, "", fields, scope)
    if kind is None:
        return scope.found[: limits.MAX_PROBLEMS]
    if kind in shapes.NEEDS_HOUSEHOLD and "household_no" not in top:
        scope.add(Reason.FIELD_MISSING, "household_no")
    body = _body(kind, top, scope)
    if isinstance(body, HouseholdMove) and body.to_household_no == top.get("household_no"):
        scope.add(Reason.HOUSEHOLD_SAME, "household_move.to_household_no")
    if scope.found or body is None:
        return scope.found[: limits.MAX_PROBLEMS]
    return Report(
        top["source_id"],
        kind,
        top["occurred_at"],
        top["jurisdiction_code"],
        top.get("household_no", ""),
        body,
    )


def _kind(report: object) -> ReportKind | None:
    if not isinstance(report, Mapping):
        return None
    named = report.get("type")
    return KINDS.get(named) if isinstance(named, str) else None


def _body(kind: ReportKind, top: Mapping[str, Any], scope: Scope) -> Body | None:
    value = top.get(kind.value)
    if value is None or value == "":
        return None
    read = read_object(value, kind.value, shapes.BODIES[kind], scope)
    if scope.found and kind not in _ASKING:
        return None
    if kind in _SUPPORT:
        refuse_shown_category(kind, read, top, scope)
    if kind is ReportKind.SUPPORT_PLAN:
        return support_plan(read, top, scope)
    return _BUILDERS[kind](read, scope)


def _assessment(read: Mapping[str, Any], scope: Scope) -> Assessment | None:
    status = read.get("status")
    given = read.get("answers")
    if status is AssessmentStatus.ASSESSED and not given:
        scope.add(Reason.FIELD_MISSING, "assessment.answers")
    elif status is not None and status is not AssessmentStatus.ASSESSED and given:
        scope.add(Reason.FIELD_NOT_EXPECTED, "assessment.answers")
    # One that was given but is no level has been told already.
    if status is AssessmentStatus.ASSESSED and "assessor_level" not in read:
        scope.add(Reason.OWN_LEVEL_MISSING, "assessment.assessor_level", listed(LEVELS), near="")
    pack_id = read.get("pack")
    answers = b""
    if pack_id and given:
        questions = scope.context.rules.questionnaire(pack_id)
        answers = _answers(given, "assessment.answers", questions, scope)
    if scope.found:
        return None
    return Assessment(
        read["round"],
        read["pack"],
        read["status"],
        answers,
        read.get("assessor_level", Level.NONE),
        read.get("assessor", ""),
        read.get("remarks", ""),
    )


def _incident(read: Mapping[str, Any], scope: Scope) -> Incident | None:
    pack_id = read.get("pack", "")
    given = read.get("facts")
    facts = b""
    if given and (pack_id or "pack" not in read):
        questions = scope.context.rules.questionnaire(pack_id)
        facts = _answers(given, "incident.facts", questions, scope)
    if scope.found:
        return None
    return Incident(
        read["category"],
        pack_id,
        facts,
        read.get("narrative", ""),
        read.get("reporter_role", ""),
    )


def _answers(given: object, path: str, questions: Questionnaire, scope: Scope) -> bytes:
    """One byte per indicator in the questionnaire's order."""
    if not isinstance(given, Mapping):
        scope.add_type(path, dict, given)
        return b""
    if not given.keys() <= questions.known:
        _refuse_indicators(given, path, questions, scope)
    try:
        if len(given) == len(questions.indicators):
            return bytes([ANSWERS[given[name]] for name in questions.indicators])
        return bytes([ANSWERS[given[n]] if n in given else 0 for n in questions.indicators])
    except (KeyError, TypeError):
        return _answers_with_faults(given, path, questions, scope)


def _answers_with_faults(
    given: Mapping[str, object], path: str, questions: Questionnaire, scope: Scope
) -> bytes:
    row = bytearray(len(questions.indicators))
    for at, name in enumerate(questions.indicators):
        value = given.get(name)
        if isinstance(value, str) and value in ANSWERS:
            row[at] = ANSWERS[value]
        elif isinstance(value, str) and value:
            scope.add(Reason.CODE_UNKNOWN, f"{path}.{name}", _ANSWER_CODES, near="")
        elif value is None or value == "":
            row[at] = Answer.NOT_ASKED
        else:
            scope.add_type(f"{path}.{name}", str, value)
    return bytes(row)


def _refuse_indicators(
    given: Mapping[str, object], path: str, questions: Questionnaire, scope: Scope
) -> None:
    for name in sorted(given.keys() - questions.known, key=str)[: limits.MAX_PROBLEMS]:
        where = f"{path}.{safe_name(name)}"
        if is_forbidden_field(name):
            scope.add(Reason.FIELD_FORBIDDEN, where)
        else:
            similar = near(name, questions.indicators)
            ids = listed(questions.indicators)
            pack_id = questions.pack_id or "*"
            scope.add(Reason.INDICATOR_UNKNOWN, where, ids, near=similar, pack=pack_id)


def _grievance(read: Mapping[str, Any], scope: Scope) -> Grievance:
    return Grievance(
        read["category"],
        read.get("channel", ""),
        read.get("reply_due_at", 0),
        read.get("narrative", ""),
    )


def _task(read: Mapping[str, Any], scope: Scope) -> TaskAssigned:
    """An item of the task list names its unit and date; of the other lists, the kind says what is not given."""
    kind = read.get("kind", "")
    for name in ("unit", "due_at") if kind in ("", TASK_KIND) else ():
        if name not in read:
            scope.add(Reason.FIELD_MISSING, f"task_assigned.{name}")
    return TaskAssigned(read["task_no"], read.get("unit", ""), read.get("due_at", 0), kind)


def _visit(read: Mapping[str, Any], scope: Scope) -> SupportVisit:
    return SupportVisit(read["plan"], read.get("visitor", ""), read["result"])


def _outcome(read: Mapping[str, Any], scope: Scope) -> Outcome:
    return Outcome(
        read["kind"], read.get("related_event_id", ""), read.get("related_source_id", "")
    )


def _move(read: Mapping[str, Any], scope: Scope) -> HouseholdMove:
    return HouseholdMove(read["to_household_no"], read["to_jurisdiction_code"], read["who"])


# These two look at answers even when another field is wrong, so that a sender hears all at once.
_ASKING = frozenset({ReportKind.ASSESSMENT, ReportKind.INCIDENT})
_SUPPORT = frozenset({ReportKind.SUPPORT_PLAN, ReportKind.SUPPORT_VISIT})
_BUILDERS: Mapping[ReportKind, Callable[[Mapping[str, Any], Scope], Body | None]] = {
    ReportKind.ASSESSMENT: _assessment,
    ReportKind.INCIDENT: _incident,
    ReportKind.GRIEVANCE: _grievance,
    ReportKind.TASK_ASSIGNED: _task,
    ReportKind.SUPPORT_VISIT: _visit,
    ReportKind.OUTCOME: _outcome,
    ReportKind.HOUSEHOLD_MOVE: _move,
}
