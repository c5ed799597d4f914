"""RiskService over gRPC: what-if scores, explanations and profiles. Nothing here changes any state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import grpc
import grpc.aio

from sanse.common.v1 import common_pb2
from sanse.risk.v1 import risk_pb2
from sanse.risk.v1 import risk_service_pb2 as api
from sanse.risk.v1 import risk_service_pb2_grpc as rpc
from services.common import log
from services.common.calls import Call, Caller, Callers, language_of
from services.common.clock import Clock
from services.common.ids import derived_id
from services.common.lanes import lane_of
from services.common.terms import Language, Level
from services.risk_scoring.adapters import profile_codec
from services.risk_scoring.adapters.risk_codec import message_of
from services.risk_scoring.domain.answers import filled, packed
from services.risk_scoring.domain.decide import decide
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import PackState, Profile
from services.risk_scoring.domain.report import Report, ReportKind
from services.risk_scoring.service.calls import refuse_value
from services.risk_scoring.service.explain import Explanation, explain
from services.risk_scoring.service.words import say

_NOT_FOUND = grpc.StatusCode.NOT_FOUND
_FAILED = grpc.StatusCode.FAILED_PRECONDITION
_log = log.get("risk_api")
_LEVELS = ("LEVEL_GREEN", "LEVEL_YELLOW", "LEVEL_RED")
_ANSWERS = ("ANSWER_YES", "ANSWER_NO", "ANSWER_UNKNOWN")


class ProfileStore(Protocol):
    """Where profiles are read: the lane store."""

    async def get(self, lane: int, key: str) -> bytes | None:
        """One state entry."""


class RiskApi(rpc.RiskServiceServicer):
    """Reads profiles where the worker keeps them; answers in the caller's language.

    A household is shown only to an official over the place where it lives; each look is on record.
    """

    def __init__(
        self, packs: Mapping[str, Pack], store: ProfileStore, clock: Clock, callers: Callers
    ) -> None:
        self._packs = packs
        self._store = store
        self._clock = clock
        self._callers = callers

    async def Score(self, request: api.ScoreRequest, call: Call) -> api.ScoreResponse:  # type: ignore[override]
        """Rate the answers over the last ones of this subject, if any; nothing is stored."""
        language = language_of(call)
        pack = await self._pack(request.pack_id, call, language)
        answers = await _answers(request, pack, call, language)
        await _own_level(request, call, language)
        if request.at_ms < 0:
            await refuse_value(call, "at_ms", request.at_ms, "≥ 0")
        profile = await self._profile_for(request, call)
        state = profile.state_of(pack.id)
        if state is not None and state.pack_version == pack.version:
            answers = filled(state.answers, answers)
        report = self._what_if(request, pack, answers, profile)
        decision = decide(profile, report).decision
        return api.ScoreResponse(decision=message_of(decision) if decision else None)

    async def _profile_for(self, request: api.ScoreRequest, call: Call) -> Profile:
        """What is stored of the subject asked about; an empty profile without a subject, or for a new one."""
        if not request.subject_id:
            return Profile("")
        value = await self._store.get(lane_of(request.subject_id), request.subject_id)
        profile = profile_codec.read(value) if value else Profile(request.subject_id)
        official = await (self._seen_by(profile, call) if value else self._callers.caller(call))
        _log.info(
            "score.asked",
            subject_id=request.subject_id,
            official_id=official.official_id,
            assessor_level=Level(request.assessor_level).name.lower(),
        )
        return profile

    async def _seen_by(self, profile: Profile, call: Call) -> Caller:
        """The caller, if over the place of the household; the refusal does not tell where that is."""
        return await self._callers.over(call, profile.jurisdiction_code, profile.subject_id)

    def _what_if(
        self, request: api.ScoreRequest, pack: Pack, answers: bytes, profile: Profile
    ) -> Report:
        at_ms = request.at_ms or self._clock.now_ms()
        return Report(
            event_id=derived_id("what-if", request.subject_id, at_ms),
            subject_id=request.subject_id,
            jurisdiction_code=profile.jurisdiction_code,
            occurred_at_ms=at_ms,
            accepted_at_ms=at_ms,
            trace_id="",
            kind=ReportKind.ASSESSMENT,
            pack=pack,
            answers=answers,
            assessor_level=Level(request.assessor_level),
        )

    async def Explain(self, request: api.ExplainRequest, call: Call) -> api.ExplainResponse:  # type: ignore[override]
        """Why a pack holds a subject at its level. Without a pack: the one with the highest level."""
        asked = request.language
        language = Language(asked) if asked in (1, 2) else language_of(call)
        if request.pack_id:
            await self._pack(request.pack_id, call, language)
        profile, _ = await self._stored(request.subject_id, call, language)
        state = _chosen(profile, request.pack_id)
        if state is None:
            rated = ", ".join(one.pack_id for one in profile.packs)
            details = say(
                "not_rated", language, field="pack_id", value=request.pack_id, allowed=rated
            )
            await call.abort(_NOT_FOUND, details)
        pack = await self._pack(state.pack_id, call, language)
        if state.pack_version != pack.version:
            details = say(
                "another_version", language, value=state.pack_version, allowed=pack.version
            )
            await call.abort(_FAILED, details)
        return _response(explain(profile, state, pack, language))

    async def GetProfile(  # type: ignore[override]
        self, request: api.GetProfileRequest, call: Call
    ) -> api.GetProfileResponse:
        """All that is stored of a subject."""
        _, value = await self._stored(request.subject_id, call, language_of(call))
        return api.GetProfileResponse(profile=risk_pb2.HouseholdProfile.FromString(value))

    async def _pack(self, pack_id: str, call: Call, language: Language) -> Pack:
        pack = self._packs.get(pack_id)
        if pack is None:
            await refuse_value(call, "pack_id", pack_id, ", ".join(sorted(self._packs)))
        return pack

    async def _stored(
        self, subject_id: str, call: Call, language: Language
    ) -> tuple[Profile, bytes]:
        if not subject_id:
            await refuse_value(call, "subject_id", "", say("a_subject", language))
        await self._callers.caller(call)
        value = await self._store.get(lane_of(subject_id), subject_id)
        if value is None:
            details = say("missing", language, field="subject_id", value=subject_id)
            await call.abort(_NOT_FOUND, details)
        profile = profile_codec.read(value)
        official = await self._seen_by(profile, call)
        # Each look at a household is on record, with who looked.
        _log.info("profile.read", subject_id=subject_id, official_id=official.official_id)
        return profile, value


async def _own_level(request: api.ScoreRequest, call: Call, language: Language) -> None:
    """Of a household, a computed level is shown only to who has given the own one; both go on record."""
    allowed = ", ".join(_LEVELS)
    given = request.assessor_level
    if given not in range(len(_LEVELS) + 1):
        await refuse_value(call, "assessor_level", given, allowed)
    if request.subject_id and not given:
        details = say("own_level_missing", language, allowed=allowed)
        await call.abort(grpc.StatusCode.INVALID_ARGUMENT, details)


async def _answers(request: api.ScoreRequest, pack: Pack, call: Call, language: Language) -> bytes:
    for at, item in enumerate(request.answers):
        if item.answer not in (1, 2, 3):
            allowed = ", ".join(_ANSWERS)
            await refuse_value(call, f"answers[{at}].answer", item.answer, allowed)
    row, strangers = packed(pack, [(item.indicator_id, item.answer) for item in request.answers])
    if strangers:
        known = ", ".join(pack.tables.index)
        await refuse_value(call, "answers.indicator_id", strangers[0], known)
    return row


def _chosen(profile: Profile, pack_id: str) -> PackState | None:
    """The state asked for, or the one with the highest level."""
    if pack_id:
        return profile.state_of(pack_id)
    return max(profile.packs, key=lambda state: (state.level, state.answers_at_ms), default=None)


def _response(words: Explanation) -> api.ExplainResponse:
    return api.ExplainResponse(
        headline=words.headline,
        indicators=[
            api.ExplainedIndicator(
                indicator_id=item.indicator_id,
                text=item.text,
                answer=common_pb2.Answer.ValueType(item.answer),
                points=item.points,
                floor=common_pb2.Level.ValueType(item.floor),
                source=item.source,
            )
            for item in words.items
        ],
        counterfactual=words.counterfactual,
        next_question=words.next_question,
        pack_version=words.pack_version,
        duties=[
            api.ExplainedDuty(
                duty_id=duty.duty_id,
                text=duty.text,
                source=duty.source,
                within_hours=duty.within_hours,
            )
            for duty in words.duties
        ],
    )
