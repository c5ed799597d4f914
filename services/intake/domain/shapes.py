"""The shape of a report: which fields each kind has. Validation and the API page both read these tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.intake.domain import codes
from services.intake.domain.codes import ReportKind
from services.intake.domain.fields import (
    Check,
    Field,
    Fields,
    anything,
    code_text,
    flag,
    free_text,
    household,
    identifier,
    jurisdiction,
    moment,
    one_of,
    pack,
    past_moment,
    support_category,
    task_kind,
    whole_number,
)

_TEXT: Mapping[str, object] = {"type": "string"}
_TIME: Mapping[str, object] = {"type": "string", "format": "date-time"}
MOST_VISIT_DAYS = 366
_ANSWERS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": {"type": "string", "enum": list(codes.ANSWERS)},
}


def _must(check: Check, zh: str, en: str, schema: Mapping[str, object] = _TEXT) -> Field:
    return Field(check, True, zh, en, schema)


def _may(check: Check, zh: str, en: str, schema: Mapping[str, object] = _TEXT) -> Field:
    return Field(check, False, zh, en, schema)


def _enum(names: Iterable[str]) -> Mapping[str, object]:
    return {"type": "string", "enum": list(names)}


COMMON: Fields = {
    "source_id": _must(
        identifier,
        "报送方自己的编号，重复报送以此识别",
        "the sender's own number; the same number sent again is a duplicate",
    ),
    "type": _must(one_of(codes.KINDS), "报告类型", "kind of report", _enum(codes.KINDS)),
    "occurred_at": _must(
        past_moment, "发生时间，须带时区", "when it happened, with a time zone", _TIME
    ),
    "jurisdiction_code": _must(
        jurisdiction,
        "区划代码：县 6、乡镇 9、村 12、网格 15 位",
        "division code: county 6, township 9, village 12, grid 15 digits",
    ),
    "household_no": _may(
        household, "户编号；入库前改为假名", "household number; replaced by a pseudonym", _TEXT
    ),
}
ASSESSMENT: Fields = {
    "round": _must(code_text, "轮次，如 2026-1", "round, such as 2026-1"),
    "pack": _must(pack, "规则包", "rule pack"),
    "status": _must(
        one_of(codes.STATUSES),
        "评估状态",
        "whether the household could be assessed",
        _enum(codes.STATUSES),
    ),
    "assessor_level": _may(
        one_of(codes.LEVELS),
        "评估人自己的判断，先于系统评级记录；状态为“已评估”时必填",
        "the assessor's own level, recorded before the computed one is shown; required when assessed",
        _enum(codes.LEVELS),
    ),
    "assessor": _may(code_text, "评估人工号", "the assessor's staff number"),
    "answers": _may(anything, "指标编号到回答", "indicator id to answer", _ANSWERS),
    "remarks": _may(free_text, "备注，加密保存", "remarks, kept sealed"),
}
INCIDENT: Fields = {
    "category": _must(
        one_of(codes.INCIDENT_CATEGORIES), "事件类别", "category", _enum(codes.INCIDENT_CATEGORIES)
    ),
    "pack": _may(pack, "规则包；不填则按类别", "rule pack; without it, by category"),
    "facts": _may(anything, "已知的指标", "indicators known to hold or not", _ANSWERS),
    "narrative": _may(free_text, "经过，加密保存", "what happened, kept sealed"),
    "reporter_role": _may(
        one_of(codes.REPORTER_ROLES),
        "报送人身份",
        "the reporter's role",
        _enum(codes.REPORTER_ROLES),
    ),
}
GRIEVANCE: Fields = {
    "category": _must(
        one_of(codes.GRIEVANCE_CATEGORIES),
        "诉求类别",
        "category",
        _enum(codes.GRIEVANCE_CATEGORIES),
    ),
    "channel": _may(
        one_of(codes.GRIEVANCE_CHANNELS), "渠道", "how it was said", _enum(codes.GRIEVANCE_CHANNELS)
    ),
    "reply_due_at": _may(moment, "答复期限", "reply due", _TIME),
    "narrative": _may(free_text, "内容，加密保存", "the request, kept sealed"),
}
TASK_ASSIGNED: Fields = {
    "task_no": _must(code_text, "任务编号", "task number"),
    "kind": _may(
        task_kind,
        "清单：task、hidden_hazard、major_issue、mediation 等；不填为任务清单",
        "which list: task, hidden_hazard, major_issue, mediation …; without it, the task list",
    ),
    "unit": _may(
        code_text,
        "责任部门或单位区划代码；任务清单必填",
        "department, or the unit's division code; required for the task list",
    ),
    "due_at": _may(moment, "完成期限；任务清单必填", "due; required for the task list", _TIME),
}
SUPPORT_VISIT: Fields = {
    "plan": _must(code_text, "帮扶计划编号", "support plan"),
    "visitor": _may(code_text, "走访人工号", "the visitor's staff number"),
    "result": _must(one_of(codes.VISIT_RESULTS), "走访结果", "result", _enum(codes.VISIT_RESULTS)),
}
# A revocation needs the plan's number alone: what is not needed is not sent. validate.py asks for the rest.
SUPPORT_PLAN: Fields = {
    "plan": _must(code_text, "帮扶计划编号，不得写有类别", "support plan; says no category"),
    "category": _may(
        support_category,
        "帮扶类别，加密保存；除撤销外必填",
        "category of help, kept sealed; required unless revoked",
    ),
    "visit_every_days": _may(
        whole_number(1, MOST_VISIT_DAYS),
        "每隔几天走访；除撤销外必填",
        "days from visit to visit; required unless revoked",
        {"type": "integer", "minimum": 1, "maximum": MOST_VISIT_DAYS},
    ),
    "first_visit_due_at": _may(
        moment, "首次走访期限；除撤销外必填", "first visit due; required unless revoked", _TIME
    ),
    "ends_at": _may(
        moment,
        "计划自行终止的时间；除撤销外必填",
        "when the plan ends by itself; required unless revoked",
        _TIME,
    ),
    "visitor": _may(
        code_text,
        "负责走访的岗位或工号；除撤销外必填",
        "post or staff number that visits; required unless revoked",
    ),
    "revoked": _may(
        flag, "撤销：计划就此终止", "revoked: the plan ends for good", {"type": "boolean"}
    ),
}
OUTCOME: Fields = {
    "kind": _must(
        one_of(codes.OUTCOME_KINDS), "结果", "kind of outcome", _enum(codes.OUTCOME_KINDS)
    ),
    "related_source_id": _may(
        identifier, "相关报告的编号", "the sender's number of the report it belongs to"
    ),
    "related_event_id": _may(code_text, "相关事件号", "the event id of the report it belongs to"),
}
HOUSEHOLD_MOVE: Fields = {
    "who": _must(
        one_of(codes.MOVE_WHO), "全户或个人", "the household or a person", _enum(codes.MOVE_WHO)
    ),
    "to_household_no": _must(
        household, "迁入户编号；入库前改为假名", "household moved to; replaced by a pseudonym"
    ),
    "to_jurisdiction_code": _must(
        jurisdiction, "迁入地区划代码", "division code of the place moved to"
    ),
}
BODIES: Mapping[ReportKind, Fields] = {
    ReportKind.ASSESSMENT: ASSESSMENT,
    ReportKind.INCIDENT: INCIDENT,
    ReportKind.GRIEVANCE: GRIEVANCE,
    ReportKind.TASK_ASSIGNED: TASK_ASSIGNED,
    ReportKind.SUPPORT_VISIT: SUPPORT_VISIT,
    ReportKind.SUPPORT_PLAN: SUPPORT_PLAN,
    ReportKind.OUTCOME: OUTCOME,
    ReportKind.HOUSEHOLD_MOVE: HOUSEHOLD_MOVE,
}
NEEDS_HOUSEHOLD = frozenset(
    {
        ReportKind.ASSESSMENT,
        ReportKind.SUPPORT_VISIT,
        ReportKind.SUPPORT_PLAN,
        ReportKind.HOUSEHOLD_MOVE,
    }
)
# What a report of each kind may have at its top: the common fields and its own body.
_OWN_BODY = {kind: _must(anything, "正文", "the body", {"type": "object"}) for kind in ReportKind}
TOPS: Mapping[ReportKind, Fields] = {
    kind: {**COMMON, kind.value: own} for kind, own in _OWN_BODY.items()
}
# Before the kind is known, any body may stand there.
ANY_TOP: Fields = {
    **COMMON,
    **{kind.value: _may(anything, "正文", "the body", {"type": "object"}) for kind in ReportKind},
}
