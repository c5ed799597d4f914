"""RoundsService over gRPC: a round's exact counts at any unit, and who is missing in a grid. Changes no state."""

from __future__ import annotations

from collections.abc import Mapping

import grpc

from sanse.risk.v1 import rounds_service_pb2 as api
from sanse.risk.v1 import rounds_service_pb2_grpc as rpc
from services.common import log
from services.common.calls import Call, Callers, language_of
from services.common.divisions import GRID_DIGITS, Divisions
from services.common.pack_catalogue import load_outlines
from services.common.settings import CommonSettings
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.round_file import load_rounds
from services.risk_scoring.adapters.rounds_process import Ask, Question, RoundsAway, RoundsProcess
from services.risk_scoring.domain.rounds import Round
from services.risk_scoring.service.calls import refuse_value
from services.risk_scoring.service.round_units import UnknownUnit, known_unit
from services.risk_scoring.service.words import pick, say

PAGE_SIZE, PAGE_SIZE_MOST = 200, 1000
MOST_DEPTH = 4
_log = log.get("rounds_api")


class RoundsApi(rpc.RoundsServiceServicer):
    """Checks who asks what, and hands it to the process that counts. Each official sees the own jurisdiction."""

    def __init__(self, settings: CommonSettings, counting: RoundsProcess, callers: Callers) -> None:
        self._settings = settings
        self._counting = counting
        self._callers = callers
        self._divisions: Divisions | None = None
        self._rounds: Mapping[str, Round] = {}

    async def GetRound(self, request: api.GetRoundRequest, call: Call) -> api.GetRoundResponse:  # type: ignore[override]
        """Counts of a unit and of the units below it."""
        language = language_of(call)
        one = await self._round(request.round_id, call)
        code = await self._unit(request.jurisdiction_code, "jurisdiction_code", call)
        official = await self._callers.over(call, code)
        if request.depth > MOST_DEPTH:
            await refuse_value(call, "depth", request.depth, f"0 … {MOST_DEPTH}")
        asked = api.GetRoundRequest(round_id=one.id, jurisdiction_code=code, depth=request.depth)
        answer = await self._ask(Ask.ROUND, asked.SerializeToString(), call)
        _log.info("round.read", round=one.id, unit=code, official_id=official.official_id)
        found = api.GetRoundResponse.FromString(answer)
        found.title = pick(one.title, language)
        return found

    async def ListMissing(  # type: ignore[override]
        self, request: api.ListMissingRequest, call: Call
    ) -> api.ListMissingResponse:
        """The households of a grid's register without any report, by pseudonym."""
        language = language_of(call)
        one = await self._round(request.round_id, call)
        code = await self._unit(request.grid_code, "grid_code", call)
        if len(code) != GRID_DIGITS:
            await refuse_value(call, "grid_code", code, say("a_grid", language))
        official = await self._callers.over(call, code)
        asked = api.ListMissingRequest(
            round_id=one.id,
            grid_code=code,
            page_size=min(request.page_size or PAGE_SIZE, PAGE_SIZE_MOST),
            page_token=request.page_token,
        )
        answer = await self._ask(Ask.MISSING, asked.SerializeToString(), call)
        # Each look at households is on record, with who looked.
        _log.info("missing.read", round=one.id, unit=code, official_id=official.official_id)
        return api.ListMissingResponse.FromString(answer)

    async def _ask(self, ask: Ask, message: bytes, call: Call) -> bytes:
        try:
            return await self._counting.ask(Question(ask, message))
        except RoundsAway:
            details = say("rounds_away", language_of(call))
            await call.abort(grpc.StatusCode.UNAVAILABLE, details)

    async def _round(self, round_id: str, call: Call) -> Round:
        """The round asked for. Rounds are read at the first question: a wrong file must not stop scoring."""
        if not self._rounds:
            try:
                packs = load_outlines(self._settings.packs_dir)
                self._rounds = load_rounds(self._settings.rounds_dir, packs)
            except PackError as wrong:
                await call.abort(grpc.StatusCode.FAILED_PRECONDITION, str(wrong))
        if round_id not in self._rounds:
            allowed = ", ".join(self._rounds)
            await refuse_value(call, "round_id", round_id, allowed)
        return self._rounds[round_id]

    async def _unit(self, code: str, field: str, call: Call) -> str:
        if self._divisions is None:
            self._divisions = Divisions.load(self._settings.divisions_file)
        try:
            return known_unit(self._divisions, code)
        except UnknownUnit as wrong:
            await refuse_value(call, field, code, wrong.allowed)
