"""What the command says about obligations, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

OBLIGATION_TEXTS: Mapping[str, tuple[str, str]] = {
    "obligations.clean": ("{kinds} 种义务，未发现问题", "{kinds} kinds of obligation, no problems"),
    "obligations.listed": ("共 {count} 件", "{count} in all"),
    "obligations.no_kind": (
        "没有种类 {kind}；现有：{known}",
        "there is no kind {kind}; known: {known}",
    ),
    "obligations.source": ("依据", "source"),
    "obligations.owner": ("责任", "owed by"),
    "obligations.acknowledge": ("签收", "acknowledged within"),
    "obligations.finish": ("办结", "finished within"),
    "obligations.evidence": ("办结须有", "evidence to close"),
    "obligations.outcomes": ("结果", "outcomes"),
    "obligations.approval": ("批准", "agreed to by"),
    "obligations.hours": ("{n:g} 小时", "{n:g} hours"),
    "obligations.working_hours": ("{n:g} 个工作小时", "{n:g} working hours"),
    "obligations.before_day": ("下一个 {day} 日之前", "before the next day {day} of a month"),
    "column.open": ("在办", "open"),
    "column.due_soon": ("将到期", "due soon"),
    "column.overdue": ("逾期", "overdue"),
    "summary.obligations": ("限期义务", "obligations"),
    "figure.grievance_box": ("来件诉求", "box"),
    "figure.grievance_township_day": ("乡镇说事", "township day"),
    "figure.grievance_village_day": ("村级说事", "village day"),
    "figure.hidden_hazard": ("隐患", "hazards"),
    "figure.major_issue": ("重大问题", "major issues"),
    "figure.mediation": ("调解", "mediation"),
    "figure.near_miss_review": ("复盘", "reviews"),
    "figure.task": ("任务", "tasks"),
    "figure.triage": ("移交", "handed over"),
    "figure.approve": ("批准办结", "closings agreed"),
    "figure.evidence": ("证据", "evidence"),
    "case.evidence_hash": (
        "sha256 须为 64 位十六进制，或用 --file 指定文件",
        "sha256 must be 64 hexadecimal digits; or name a file with --file",
    ),
    "case.closing_waits": (
        "{who} 申请以“{how}”办结，等待第二人批准",
        '{who} asks to close it as "{how}"; a second person must agree',
    ),
    "case.evidence": ("证据 {kind} · {who} · {at} · {sha256}", "{kind} · {who} · {at} · {sha256}"),
}
