"""AuditService over gRPC: what the last pass found, and how the passes themselves go."""

from __future__ import annotations

from sanse.escalation.v1 import audit_service_pb2 as api
from sanse.escalation.v1 import audit_service_pb2_grpc as rpc
from services.common.calls import Call
from services.escalation.auditor.watchers import reasons
from services.escalation.domain.audit_course import Course

ABOUT_TOLD = 100


class AuditApi(rpc.AuditServiceServicer):
    """Reasons and ids of cases only; it holds nothing that would need a caller's name."""

    def __init__(self, course: Course, *, tells_outside: bool) -> None:
        self._course = course
        self._tells_outside = tells_outside

    async def ShowAudit(self, request: api.ShowAuditRequest, call: Call) -> api.ShowAuditResponse:  # type: ignore[override]
        """The course of the passes as it stands."""
        course = self._course
        return api.ShowAuditResponse(
            began_at_ms=course.began_ms,
            complete_at_ms=course.complete_ms,
            clean_at_ms=course.clean_ms,
            failed_passes=course.failed,
            error=course.error,
            reasons=[
                api.AuditReason(
                    reason=reason,
                    count=count,
                    about=sorted({one.about for one in course.found if one.fault == reason})[
                        :ABOUT_TOLD
                    ],
                )
                for reason, count in sorted(reasons(course.found).items())
            ],
            tells_outside=self._tells_outside,
        )
