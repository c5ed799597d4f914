"""Why a caller may not see a case, or a command may not be written: told alike for one and for many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import grpc

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.calls import CallerFault, caller_text
from services.common.terms import Language
from services.escalation.domain.posts import Post
from services.escalation.service.texts import Fault, text_of

CASE_ID_EXAMPLE = "017-3f9a0c51d2e8"


@dataclass(frozen=True, slots=True)
class Objection:
    """A gRPC status, and what is told."""

    code: grpc.StatusCode
    fault: Fault | CallerFault
    details: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """What is told, in a language."""
        if isinstance(self.fault, CallerFault):
            details = {name: str(value) for name, value in self.details.items()}
            return caller_text(self.fault, language, **details)
        return text_of(self.fault, language, **self.details)


def may_see(caller: Post, case: pb.Case) -> bool:
    """Whether the case lies in the caller's jurisdiction, or is the caller's, or is offered to the caller."""
    concerned = (case.owner_id, case.offer.to_official_id)
    return caller.is_over(case.jurisdiction_code) or caller.official_id in concerned


def seen(case_id: str, caller: Post, case: pb.Case | None) -> pb.Case | Objection:
    """The case an id names, or why the caller may not see it."""
    if case is None:
        details = {"value": case_id[:40] or '""', "allowed": CASE_ID_EXAMPLE}
        return Objection(grpc.StatusCode.NOT_FOUND, Fault.NO_SUCH_CASE, details)
    return case if may_see(caller, case) else outside(caller, case_id)


def outside(caller: Post, value: str) -> Objection:
    """What is asked for lies outside the caller's jurisdiction."""
    details = {"value": value, "allowed": caller.jurisdiction_code}
    return Objection(grpc.StatusCode.PERMISSION_DENIED, CallerFault.OUTSIDE, details)
