"""What the auditor says of itself and of what it found, as "sanse doctor" says it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc

from sanse.escalation.v1 import audit_service_pb2 as api
from sanse.escalation.v1 import audit_service_pb2_grpc as rpc
from services.cli import doors
from services.cli.duty_texts import say
from services.cli.stack import AUDITOR
from services.cli.texts import english
from services.common.terms import Language
from services.escalation.auditor.texts import fault_text
from services.escalation.domain.audit import Fault

TIMEOUT_S = 5.0
# A pass comes every half a minute and takes some seconds, even with a million cases.
LATE_MS = 300_000
ABOUT_SHOWN = 5


def of(address: str, now_ms: int) -> list[tuple[str, str]]:
    """Ask the auditor at "host:port": what is so, and what to do about it; "" when nothing need be done."""
    with doors.channel(address) as channel:
        stub: Any = rpc.AuditServiceStub(channel)
        try:
            shown = stub.ShowAudit(api.ShowAuditRequest(), timeout=TIMEOUT_S)
        except grpc.RpcError as refused:
            why = refused.details() if isinstance(refused, grpc.Call) else refused
            return [(f"gRPC {AUDITOR} {address}", f"{why}; {say('doctor.audit_away')}")]
    return [*findings(shown, now_ms)]


def findings(shown: api.ShowAuditResponse, now_ms: int) -> Iterator[tuple[str, str]]:
    """The same, of what an auditor showed."""
    yield _passes(shown, now_ms)
    for one in shown.reasons:
        yield f"{one.reason} ({one.count}): {_about(one)}", _meaning(one.reason)
    if not shown.tells_outside:
        yield say("doctor.audit_unheard"), ""


def _passes(shown: api.ShowAuditResponse, now_ms: int) -> tuple[str, str]:
    what = say("doctor.audit_none")
    if shown.complete_at_ms:
        ago_s = (now_ms - shown.complete_at_ms) // 1000
        count = sum(one.count for one in shown.reasons)
        what = say("doctor.audit_last", ago=ago_s, count=count)
    if shown.failed_passes:
        return what, say("doctor.audit_blind", failed=shown.failed_passes, error=shown.error)
    since_ms = max(shown.complete_at_ms, shown.began_at_ms)
    return what, say("doctor.audit_late") if now_ms - since_ms > LATE_MS else ""


def _about(one: api.AuditReason) -> str:
    """All cases that need a person; of others a few."""
    most = len(one.about) if one.reason == Fault.REDRIVES_SPENT else ABOUT_SHOWN
    more = " …" if one.count > most else ""
    return ", ".join(one.about[:most]) + more


def _meaning(reason: str) -> str:
    """The fault in words; its code when the auditor is newer than this command."""
    if reason not in set(Fault):
        return reason
    return fault_text(Fault(reason), Language.EN if english() else Language.ZH)
