"""RiskService over real gRPC on real Redis: what-if, explanation, profile, and errors that say what is allowed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import grpc.aio
import pytest
from redis.asyncio import Redis

from sanse.common.v1 import common_pb2
from sanse.risk.v1 import risk_service_pb2 as api
from sanse.risk.v1 import risk_service_pb2_grpc as rpc
from services.cli.local.process import free_port
from services.common import grpc_server
from services.common.calls import Callers
from services.common.lane_store import LaneCommit, LaneStore
from services.common.lanes import lane_of
from services.common.roster import Official, Roster
from services.common.settings import CommonSettings
from services.common.terms import Language, Tier
from services.risk_scoring.service.handler import ScoringHandler
from services.risk_scoring.service.risk_api import RiskApi
from tests.contract.risk_scoring.batches import answers, apply, assessment, record
from tests.unit.risk_scoring.makers import CHILD, DAY_0, HOUSEHOLD, PACKS, TRIAGE

ALL_NO = {one.id: "no" for one in HOUSEHOLD.indicators}
LOCAL = Official("T-1", "532301001", Tier.TOWNSHIP, "", Language.ZH, ())
ELSEWHERE = Official("T-2", "532302101", Tier.TOWNSHIP, "", Language.ZH, ())
DESK = Official("D-1", "532301", Tier.COUNTY, "", Language.ZH, (), department="police")
HERE = (("x-official-id", LOCAL.official_id),)
ENGLISH = (*HERE, ("accept-language", "en-GB"))


class StandingClock:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return DAY_0


@pytest.fixture
async def store(redis_url: str, sanse_prefix: str) -> AsyncIterator[LaneStore]:
    """A lane store with one household: yellow by a fight and a debt, the weapon unknown."""
    redis = Redis.from_url(redis_url)
    store = LaneStore(redis, sanse_prefix, "risk_scoring")
    await store.redis_run()
    known = ALL_NO | {"physical_fight": "yes", "debt_dispute": "yes", "weapon_involved": "unknown"}
    outcome = apply(ScoringHandler(PACKS, TRIAGE), {}, record(assessment("1", known)))
    assert await store.commit([LaneCommit(lane_of("H1"), 0, {}, outcome)]) == [True]
    yield store
    await redis.aclose()


async def _child_newly_locked_in(store: LaneStore) -> None:
    """Household H2: nothing a round ago, now a child that is locked in."""
    handler, state = ScoringHandler(PACKS, TRIAGE), dict[str, bytes]()
    nothing = {one.id: "no" for one in CHILD.indicators}
    for number, given in enumerate((nothing, nothing | {"locked_in": "yes"})):
        one = assessment(f"child-{number}", given, "H2", 90 * number, pack_id=CHILD.id)
        outcome = apply(handler, state, record(one))
    assert await store.commit([LaneCommit(lane_of("H2"), 0, {}, outcome)]) == [True]


@pytest.fixture
async def risk(store: LaneStore) -> AsyncIterator[rpc.RiskServiceAsyncStub]:
    """A client of a running server."""
    settings = CommonSettings(grpc_listen=f"127.0.0.1:{free_port()}")
    callers = Callers(Roster([LOCAL, ELSEWHERE, DESK]), StandingClock())
    service = RiskApi(PACKS, store, StandingClock(), callers)
    server = await grpc_server.start(
        settings, lambda server: rpc.add_RiskServiceServicer_to_server(service, server)
    )
    assert server is not None
    async with grpc.aio.insecure_channel(settings.grpc_listen) as channel:
        yield rpc.RiskServiceStub(channel)
    await server.stop(0)


async def test_score_over_the_profile(risk: rpc.RiskServiceAsyncStub, store: LaneStore) -> None:
    """A what-if answers over the last answers, in both directions, and stores nothing."""
    before = await store.get(lane_of("H1"), "H1")
    worse = await risk.Score(
        api.ScoreRequest(
            pack_id="household_dispute",
            subject_id="H1",
            assessor_level=common_pb2.LEVEL_YELLOW,
            answers=answers({"weapon_involved": "yes"}),
        ),
        metadata=HERE,
    )
    better = await risk.Score(
        api.ScoreRequest(
            pack_id="household_dispute",
            subject_id="H1",
            assessor_level=common_pb2.LEVEL_GREEN,
            answers=answers({"weapon_involved": "no", "physical_fight": "no"}),
        ),
        metadata=HERE,
    )
    assert (worse.decision.computed_level, worse.decision.points) == (3, 12)
    assert (better.decision.computed_level, better.decision.level) == (1, 2)
    assert better.decision.decided_at_ms == DAY_0
    assert (worse.decision.assessor_level, better.decision.assessor_level) == (2, 1)
    assert await store.get(lane_of("H1"), "H1") == before


async def test_score_without_a_subject(risk: rpc.RiskServiceAsyncStub) -> None:
    """Answers alone can be rated; all else is unknown."""
    answer = await risk.Score(
        api.ScoreRequest(pack_id="partner_violence", answers=answers({"strangulation": "yes"}))
    )
    assert (answer.decision.level, answer.decision.unknown_count) == (3, 24)


async def test_explain_in_both_languages(risk: rpc.RiskServiceAsyncStub) -> None:
    """The explanation names the level, each answer with its source and mark, and what would change it."""
    request = api.ExplainRequest(subject_id="H1", pack_id="household_dispute")
    chinese = await risk.Explain(request, metadata=HERE)
    assert chinese.headline.startswith("家庭矛盾纠纷：黄色（中），6 分")
    assert [item.indicator_id for item in chinese.indicators] == [
        "weapon_involved", "physical_fight", "debt_dispute",
    ]  # fmt: skip
    assert chinese.indicators[1].source == "反家庭暴力法 第二条 [V]"
    assert "红色" in chinese.counterfactual and "凶器" in chinese.counterfactual
    assert chinese.next_question.startswith("下次先问：")
    english = await risk.Explain(request, metadata=ENGLISH)
    assert english.headline.startswith("Household dispute: yellow (medium), 6 points")
    assert "it would be red (high) if" in english.counterfactual
    request.language = common_pb2.LANGUAGE_EN
    assert (await risk.Explain(request, metadata=HERE)).headline == english.headline


async def test_explain_history_and_duties(risk: rpc.RiskServiceAsyncStub, store: LaneStore) -> None:
    """What is newly reported shows among the points, and the law's demands stand beside the level."""
    await _child_newly_locked_in(store)
    answer = await risk.Explain(api.ExplainRequest(subject_id="H2"), metadata=HERE)
    assert "其中新增情况 1 分" in answer.headline
    assert [(duty.duty_id, duty.within_hours) for duty in answer.duties] == [
        ("mandatory_report", 24)
    ]
    assert "公安机关" in answer.duties[0].text and "第十一条" in answer.duties[0].source
    english = await risk.Explain(api.ExplainRequest(subject_id="H2"), metadata=ENGLISH)
    assert "1 for what is newly reported" in english.headline
    assert "police" in english.duties[0].text


async def test_explain_without_a_pack(risk: rpc.RiskServiceAsyncStub) -> None:
    """Without a pack, the one with the highest level is explained."""
    assert (
        await risk.Explain(api.ExplainRequest(subject_id="H1"), metadata=HERE)
    ).pack_version == HOUSEHOLD.version


async def test_profile(risk: rpc.RiskServiceAsyncStub, store: LaneStore) -> None:
    """The profile is what the worker stored."""
    answer = await risk.GetProfile(api.GetProfileRequest(subject_id="H1"), metadata=HERE)
    assert answer.profile.SerializeToString() == await store.get(lane_of("H1"), "H1")


ASKS = {
    "Score": api.ScoreRequest(
        pack_id="household_dispute", subject_id="H1", assessor_level=common_pb2.LEVEL_GREEN
    ),
    "Explain": api.ExplainRequest(subject_id="H1"),
    "GetProfile": api.GetProfileRequest(subject_id="H1"),
}
STRANGERS = {
    "nobody": ("", "UNAUTHENTICATED", ("x-official-id",)),
    "unknown": ("X-9", "PERMISSION_DENIED", ("X-9",)),
    "another township": (ELSEWHERE.official_id, "PERMISSION_DENIED", ("H1", "532302101")),
    "a department": (DESK.official_id, "PERMISSION_DENIED", ("H1",)),
}


@pytest.mark.parametrize("method", ASKS)
@pytest.mark.parametrize("stranger", STRANGERS)
async def test_a_household_is_shown_to_its_own_officials_only(
    risk: rpc.RiskServiceAsyncStub, method: str, stranger: str
) -> None:
    """Nobody, an unknown id, another township and a department are refused, and not told where the household is."""
    official_id, code, words = STRANGERS[stranger]
    who = (("x-official-id", official_id),) if official_id else ()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await getattr(risk, method)(ASKS[method], metadata=who)
    details = caught.value.details() or ""
    assert caught.value.code() is grpc.StatusCode[code]
    assert all(word in details for word in words)
    assert LOCAL.jurisdiction_code not in details


def _wrong_answer() -> api.ScoreRequest:
    return api.ScoreRequest(
        pack_id="household_dispute", answers=[common_pb2.AnsweredIndicator(indicator_id="x")]
    )


ERRORS = {
    "own level": (
        "Score", api.ScoreRequest(pack_id="household_dispute", subject_id="H1"),
        "INVALID_ARGUMENT", ("assessor_level", "LEVEL_GREEN"),
    ),
    "odd level": (
        "Score", api.ScoreRequest(pack_id="household_dispute", assessor_level=9),  # type: ignore[arg-type]
        "INVALID_ARGUMENT", ("assessor_level", "9", "LEVEL_RED"),
    ),
    "pack": (
        "Score", api.ScoreRequest(pack_id="nope"), "INVALID_ARGUMENT", ("pack_id", "nope", "household_dispute"),
    ),
    "indicator": (
        "Score", api.ScoreRequest(pack_id="household_dispute", answers=answers({"nope": "yes"})),
        "INVALID_ARGUMENT", ("answers.indicator_id", "nope", "debt_dispute"),
    ),
    "answer": ("Score", _wrong_answer(), "INVALID_ARGUMENT", ("answers[0].answer", "ANSWER_UNKNOWN")),
    "time": (
        "Score", api.ScoreRequest(pack_id="household_dispute", at_ms=-1), "INVALID_ARGUMENT", ("at_ms", "-1"),
    ),
    "no subject": ("GetProfile", api.GetProfileRequest(), "INVALID_ARGUMENT", ("subject_id",)),
    "stranger": ("GetProfile", api.GetProfileRequest(subject_id="H9"), "NOT_FOUND", ("subject_id", "H9")),
    "not rated": (
        "Explain", api.ExplainRequest(subject_id="H1", pack_id="partner_violence"),
        "NOT_FOUND", ("pack_id", "partner_violence", "household_dispute"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
async def test_errors(risk: rpc.RiskServiceAsyncStub, name: str) -> None:
    """Each error names the field, the wrong value and what is allowed; Chinese unless English is asked for."""
    method, request, code, words = ERRORS[name]
    details = []
    for metadata in (HERE, ENGLISH):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await getattr(risk, method)(request, metadata=metadata)
        assert caught.value.code() is grpc.StatusCode[code]
        details.append(caught.value.details() or "")
    assert all(word in text for word in words for text in details)
    assert "允许" in details[0] or "请先" in details[0]
    assert "allowed" in details[1] or "first" in details[1]
