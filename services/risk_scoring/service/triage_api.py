"""TriageService over gRPC: where an incident would go, and why. Nothing here changes any state."""

from __future__ import annotations

from typing import NoReturn

import grpc

from sanse.common.v1 import common_pb2
from sanse.risk.v1 import triage_service_pb2 as api
from sanse.risk.v1 import triage_service_pb2_grpc as rpc
from services.common.calls import Call, language_of
from services.common.clock import Clock
from services.common.terms import Language
from services.risk_scoring.domain.triage import Happened, Triage, triage
from services.risk_scoring.domain.triage_rules import TriageRules
from services.risk_scoring.service.triage_words import TriageWords, explained
from services.risk_scoring.service.words import say

_INVALID = grpc.StatusCode.INVALID_ARGUMENT


class TriageApi(rpc.TriageServiceServicer):
    """Decides as the worker would, by the same rules and the same function."""

    def __init__(self, rules: TriageRules, clock: Clock) -> None:
        self._rules = rules
        self._clock = clock

    async def Try(self, request: api.TryRequest, call: Call) -> api.TryResponse:  # type: ignore[override]
        """A what-if in words; a kind that no rule names goes to the last rule, as a real one would."""
        asked = request.language
        language = Language(asked) if asked else language_of(call)
        if not request.category:
            await _wrong(call, language, "category", request.category)
        if request.at_ms < 0:
            await _wrong(call, language, "at_ms", request.at_ms)
        moment = request.at_ms or self._clock.now_ms()
        rules = self._rules.at(moment)
        decided = triage(_happened(request), rules, moment)
        return _response(decided, explained(decided, rules, language))


def _happened(request: api.TryRequest) -> Happened:
    in_30 = request.incidents_30d
    yes = (one.indicator_id for one in request.facts if one.answer == common_pb2.ANSWER_YES)
    return Happened(
        request.category,
        request.reporter_role,
        frozenset(yes),
        in_30,
        max(in_30, request.incidents_90d),
    )


def _response(decided: Triage, words: TriageWords) -> api.TryResponse:
    return api.TryResponse(
        headline=words.headline,
        why=words.why,
        source=words.source,
        departments=[
            api.TriedDepartment(
                department_id=one.department_id,
                name=one.name,
                tier=common_pb2.Tier.ValueType(one.tier),
                lead=one.lead,
            )
            for one in words.departments
        ],
        accept_due_ms=decided.accept_due_ms,
        finish_due_ms=decided.finish_due_ms,
        rule_id=decided.rule_id,
        rule_set=decided.rule_set,
        route=decided.route.name.lower(),
        reason=decided.reason.name.lower(),
        tier=common_pb2.Tier.ValueType(decided.tier),
    )


async def _wrong(call: Call, language: Language, field: str, value: object) -> NoReturn:
    allowed = "≥ 0" if field == "at_ms" else "domestic_violence, hidden_hazard, …"
    await call.abort(_INVALID, say("wrong", language, field=field, value=value, allowed=allowed))
