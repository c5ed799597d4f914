"""A flat row as a report: which column of a table goes where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.intake.domain.codes import ANSWERS, ReportKind
from services.intake.domain.messages import problem
from services.intake.domain.personal import is_forbidden_field
from services.intake.domain.problems import Problem, Reason, listed, near, safe_name
from services.intake.domain.rulebook import Rulebook
from services.intake.domain.shapes import BODIES, COMMON

_CHINESE: Mapping[str, str] = {
    "编号": "source_id",
    "类型": "type",
    "发生时间": "occurred_at",
    "区划代码": "jurisdiction_code",
    "户编号": "household_no",
    "轮次": "round",
    "规则包": "pack",
    "状态": "status",
    "评估意见": "assessor_level",
    "评估人": "assessor",
    "备注": "remarks",
    "类别": "category",
    "经过": "narrative",
    "报送人身份": "reporter_role",
    "渠道": "channel",
    "答复期限": "reply_due_at",
    "迁入户编号": "to_household_no",
    "迁入地区划代码": "to_jurisdiction_code",
    "迁移对象": "who",
    "帮扶计划编号": "plan",
    "走访间隔天数": "visit_every_days",
    "首次走访期限": "first_visit_due_at",
    "结束时间": "ends_at",
    "走访人": "visitor",
    "走访结果": "result",
    "撤销": "revoked",
}
_ASKED_IN = {ReportKind.ASSESSMENT: "answers", ReportKind.INCIDENT: "facts"}
_BODY_COLUMNS: Mapping[ReportKind, frozenset[str]] = {
    kind: frozenset(fields) - {"answers", "facts"} for kind, fields in BODIES.items()
}
_FIXED = frozenset(COMMON) | frozenset().union(*_BODY_COLUMNS.values())


class HeaderWrong(ValueError):
    """The table's header cannot be used; nothing was taken from the file."""

    def __init__(self, fault: Problem) -> None:
        super().__init__(f"{fault.message_zh} / {fault.message_en}")
        self.problem = fault


@dataclass(frozen=True, slots=True)
class Columns:
    """The header of a table, understood."""

    names: tuple[str, ...]
    indicators: frozenset[str]

    @classmethod
    def of(cls, header: Sequence[str], rules: Rulebook) -> Columns:
        """Understand a header; HeaderWrong when a column is unknown, forbidden or there twice."""
        names = [_CHINESE.get(name.strip(), name.strip()) for name in header]
        while names and not names[-1]:
            names.pop()
        known = _FIXED | rules.every.known
        for name in names:
            if name not in known:
                raise HeaderWrong(_unknown(name, known))
            if names.count(name) > 1:
                raise HeaderWrong(problem(Reason.COLUMN_TWICE, name))
        for name in ("source_id", "occurred_at", "jurisdiction_code"):
            if name not in names:
                raise HeaderWrong(problem(Reason.FIELD_MISSING, name))
        return cls(tuple(names), rules.every.known)

    def report(self, cells: Sequence[str]) -> dict[str, object]:
        """The report of a row; empty cells are absent. Without a type column it is an assessment."""
        given = {name: cell for name, cell in zip(self.names, cells, strict=False) if cell}
        kind = given.setdefault("type", ReportKind.ASSESSMENT.value)
        report: dict[str, object] = {name: value for name, value in given.items() if name in COMMON}
        if kind not in {one.value for one in ReportKind}:
            return report
        body: dict[str, object] = {
            name: value
            for name, value in given.items()
            if name not in COMMON and name not in self.indicators
        }
        answers = {
            name: value if value in ANSWERS else value.lower()
            for name, value in given.items()
            if name in self.indicators
        }
        if answers:
            body[_ASKED_IN.get(ReportKind(kind), "answers")] = answers
        report[kind] = body
        return report


def _unknown(name: str, known: frozenset[str]) -> Problem:
    if is_forbidden_field(name):
        return problem(Reason.FIELD_FORBIDDEN, safe_name(name))
    similar = near(name, known | frozenset(_CHINESE))
    return problem(Reason.FIELD_UNKNOWN, safe_name(name), listed(sorted(_FIXED)), near=similar)
