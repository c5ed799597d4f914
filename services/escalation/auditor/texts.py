"""What the auditor's findings mean to people, in Chinese and English."""

from __future__ import annotations

from services.common.terms import Language
from services.escalation.domain.audit import Fault

_TEXTS: dict[Fault, tuple[str, str]] = {
    Fault.LEDGER_BROKEN: ("台账链条不完整或被改动", "the ledger's chain is broken or was changed"),
    Fault.LEDGER_LOST: (
        "Redis 中的案件在台账中没有记录",
        "a case in Redis has no entry in the ledger",
    ),
    Fault.RECORD_UNREADABLE: (
        "记录无法读取：已损坏，或版本比审计进程新",
        "a record cannot be read: damaged, or newer than the auditor",
    ),
    Fault.NO_NEXT_ACT: (
        "案件没有唯一、有期限的下一步",
        "the case has no one next act with a due time",
    ),
    Fault.DEADLINE_MISSED: ("期限已过而未执行", "a deadline passed and nothing was done"),
    Fault.DEADLINE_NOT_STORED: (
        "Redis 中的期限与台账不符",
        "the deadline in Redis is not the ledger's",
    ),
    Fault.STATE_DIFFERS: ("Redis 中的状态与台账不符", "the state in Redis is not the ledger's"),
    Fault.NOTICE_MISSING: ("督办单未发出", "a supervision notice was never handed to the notifier"),
    Fault.DELIVERY_MISSING: ("通知无人投递", "a notice was not taken up for delivery"),
    Fault.ENGINE_SILENT: ("督办引擎已停止响应", "the escalation engine is silent"),
    Fault.REDRIVES_SPENT: (
        "补发次数已用完，须人工处理",
        "the deadline was driven again as often as allowed; a person must look",
    ),
    Fault.SERVICE_SILENT: ("服务没有进程在运行", "no process of a service takes part"),
    Fault.GROUP_STANDS_STILL: (
        "服务有积压而无进展",
        "records wait for a service and it works none of them",
    ),
    Fault.AUDIT_INCOMPLETE: (
        "核查无法完成，督办引擎无人监督",
        "the auditor cannot complete a pass: nobody watches the engine",
    ),
    Fault.REDRIVE_REFUSED: (
        "补发未能写入日志",
        "the deadline could not be written to the log again",
    ),
}


def fault_text(fault: Fault, language: Language) -> str:
    """The fault in one language."""
    chinese, english = _TEXTS[fault]
    return english if language is Language.EN else chinese
