"""Triage on real parts: one decision per incident over a kill, a lost Redis and duplicates; and questions over gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import grpc.aio
import pytest
from redis.asyncio import Redis

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from sanse.risk.v1 import triage_pb2
from sanse.risk.v1 import triage_service_pb2 as api
from sanse.risk.v1 import triage_service_pb2_grpc as rpc
from services.cli.commands.triage import decisions_of
from services.cli.local.process import free_port
from services.cli.stack import Parts, Stack
from services.cli.topic_reader import read_topic
from services.common import grpc_server
from services.common.ids import derived_id
from services.common.kafka_out import LaneProducer
from services.common.lane_types import LaneOutcome, Outgoing
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.intake.domain.codes import INCIDENT_CATEGORIES
from services.risk_scoring.service.handler import ScoringHandler
from services.risk_scoring.service.triage_api import TriageApi
from tests.contract.risk_scoring.batches import answers, apply, assessment, incident, record, value
from tests.unit.risk_scoring.makers import DAY_0, PACKS, TRIAGE

HOUR_MS = 3_600_000
GIVE_UP = 300
SUBJECTS = [f"HTRIAGE{number:04d}" for number in range(40)]


def triages(outcome: LaneOutcome) -> list[triage_pb2.TriageDecision]:
    """The triage decisions of an outcome."""
    values = [out.value for out in outcome.outputs if out.topic is Topic.TRIAGE]
    return [d for one in values for d in triage_pb2.TriageBatch.FromString(one).decisions]


def handler() -> ScoringHandler:
    """A handler with what is shipped."""
    return ScoringHandler(PACKS, TRIAGE)


def test_every_kind_is_triaged() -> None:
    """Every kind of incident, rated or not, gets one decision with its deadlines, and says by which rules."""
    for category in (*INCIDENT_CATEGORIES, "of_next_year"):
        (made,) = triages(apply(handler(), {}, record(incident("1", category, {}))))
        assert made.event_id == derived_id("test", "1")
        assert (made.category, made.rule_set) == (category, "grid_triage@2026-1")
        assert made.route and made.tier and made.reason and made.rule_id
        assert made.decided_at_ms == made.accepted_at_ms < made.accept_due_ms <= made.finish_due_ms


def test_a_decision_in_full() -> None:
    """Violence with a weapon: the county police lead, the women's federation helps, beside the risk decision."""
    one = incident("1", "domestic_violence", {"weapon_used": "yes", "separating": "yes"})
    one.incident.reporter_role = "police"
    outcome = apply(handler(), {}, record(one))
    assert Topic.RISK in [out.topic for out in outcome.outputs]
    (made,) = triages(outcome)
    assert made.route == triage_pb2.TRIAGE_ROUTE_DISPATCH
    assert [(d.department_id, d.tier, d.lead) for d in made.departments] == [
        ("public_security", 3, True),
        ("womens_federation", 3, False),
    ]
    assert (made.rule_id, list(made.facts)) == ("violence_with_mortal_danger", ["weapon_used"])
    assert (made.reporter_role, made.rated_by) == ("police", "partner_violence")
    assert (made.incidents_30d, made.incidents_90d, made.trace_id) == (1, 1, "trace-1")
    assert made.accept_due_ms == made.accepted_at_ms + HOUR_MS


def test_a_duplicate_is_not_triaged_again() -> None:
    """The same incident again, in the same record or a later one, rated or not, gives nothing."""
    for category in ("hidden_hazard", "domestic_violence"):
        state: dict[str, bytes] = {}
        one = incident("1", category, {})
        assert len(triages(apply(handler(), state, record(one, one)))) == 1
        before = dict(state)
        assert apply(handler(), state, record(one, offset=1)) == LaneOutcome([])
        assert state == before


def test_only_incidents_are_triaged() -> None:
    """An assessment or a grievance goes nowhere by triage."""
    grievance = events_pb2.Event(
        event_id="g", subject_id="H1", grievance=events_pb2.Grievance(category="land")
    )
    assert triages(apply(handler(), {}, record(assessment("1", {}), grievance))) == []


@pytest.fixture
def stack(kafka: str, redis_url: str, sanse_prefix: str, folder: Path) -> Iterator[Stack]:
    """One scoring worker, ready."""
    parts = Parts(kafka, redis_url, "test", "test")
    env = {"SANSE_PARTITIONS": "2", "SANSE_MASTER_KEY": "00" * 32}
    stack = Stack(parts, folder, env, sanse_prefix)
    stack.prepare()
    stack.start("risk_scoring")
    stack.wait_ready("risk_scoring")
    yield stack
    stack.stop()


async def _write(settings: CommonSettings, name: str) -> None:
    """For each subject an incident that a pack rates and one that none does."""
    producer = LaneProducer(settings)
    await producer.start()
    records = []
    for subject in SUBJECTS:
        pair = (
            incident(f"{name}-h-{subject}", "hidden_hazard", {}, subject),
            incident(f"{name}-d-{subject}", "debt_dispute", {}, subject),
        )
        lane = lane_of(subject)
        records.append((lane, Outgoing(Topic.EVENTS, value(*pair, lane=lane))))
    await producer.send(records)
    await producer.stop()


def _until(settings: CommonSettings, expected: int) -> None:
    """Read the topic again and again until there are so many decisions."""
    for _ in range(GIVE_UP):
        found = decisions_of(settings)
        if len(found) >= expected:
            assert len(found) == expected
            return
    raise AssertionError(f"{len(found)} decisions, expected {expected}")


async def test_one_decision_per_incident_over_a_kill(stack: Stack) -> None:
    """Killed in the middle, bereft of Redis, every record sent twice: one decision per incident, always the same."""
    settings = stack.settings()
    await _write(settings, "one")
    _until(settings, 2 * len(SUBJECTS))
    await _write(settings, "two")
    stack.processes["risk_scoring-1"].popen.kill()
    stack.processes["risk_scoring-1"].popen.wait()
    redis = Redis.from_url(settings.redis)
    async for key in redis.scan_iter(f"{settings.prefix}:risk_scoring:*"):
        await redis.delete(key)
    await redis.aclose()
    stack.start("risk_scoring")
    # What was decided before the kill comes again: the rebuilt profiles remember it.
    await _write(settings, "one")
    await _write(settings, "two")
    await _write(settings, "three")
    _until(settings, 6 * len(SUBJECTS))

    batches = [
        triage_pb2.TriageBatch.FromString(one.value) for one in read_topic(settings, Topic.TRIAGE)
    ]
    versions: dict[str, set[bytes]] = {}
    for decision in (decision for batch in batches for decision in batch.decisions):
        versions.setdefault(decision.event_id, set()).add(decision.SerializeToString())
    assert len(versions) == 6 * len(SUBJECTS)
    assert all(len(same) == 1 for same in versions.values())
    # A record worked twice around the kill repeats its bytes; a duplicate event is another record and gives none.
    sources = {}
    for batch in batches:
        place = (batch.source.partition, batch.source.offset)
        for decision in batch.decisions:
            assert sources.setdefault(decision.event_id, place) == place
    # By division: all of them lie in the county, none in another.
    assert len(decisions_of(settings, "532301")) == 6 * len(SUBJECTS)
    assert decisions_of(settings, "532302") == []


class StandingClock:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return DAY_0


@pytest.fixture
async def questions() -> AsyncIterator[rpc.TriageServiceAsyncStub]:
    """A client of a running server."""
    settings = CommonSettings(grpc_listen=f"127.0.0.1:{free_port()}")
    service = TriageApi(TRIAGE, StandingClock())
    server = await grpc_server.start(
        settings, lambda server: rpc.add_TriageServiceServicer_to_server(service, server)
    )
    assert server is not None
    async with grpc.aio.insecure_channel(settings.grpc_listen) as channel:
        yield rpc.TriageServiceStub(channel)
    await server.stop(0)


async def test_an_answer_explains_itself(questions: rpc.TriageServiceAsyncStub) -> None:
    """Rule, source, departments and deadlines, in the language asked for."""
    request = api.TryRequest(
        category="domestic_violence",
        reporter_role="police",
        facts=answers({"weapon_used": "yes", "separating": "unknown"}),
    )
    chinese = await questions.Try(request)
    assert chinese.headline == "移交县级公安机关，1小时内签收，12小时内办结；协同：县级妇联"
    assert "《反家庭暴力法》第十五条 [R]" in chinese.source
    assert [(d.name, d.lead) for d in chinese.departments] == [
        ("县级公安机关", True),
        ("县级妇联", False),
    ]
    assert (chinese.accept_due_ms, chinese.finish_due_ms) == (
        DAY_0 + HOUR_MS,
        DAY_0 + 12 * HOUR_MS,
    )
    assert (chinese.route, chinese.reason, chinese.rule_id) == (
        "dispatch",
        "rule",
        "violence_with_mortal_danger",
    )
    request.language = common_pb2.LANGUAGE_EN
    english = await questions.Try(request)
    assert english.headline.startswith("Handed to County police: accept within 1 h")
    assert "hours: ours" in english.source and "danger to life" in english.why


async def test_unknown_facts_are_not_yes(questions: rpc.TriageServiceAsyncStub) -> None:
    """A weapon that nobody is sure of does not make it a matter of the county, and a no neither."""
    for answer in ("unknown", "no"):
        told = await questions.Try(
            api.TryRequest(category="domestic_violence", facts=answers({"weapon_used": answer}))
        )
        assert told.rule_id == "violence_at_home"


async def test_wrong_questions(questions: rpc.TriageServiceAsyncStub) -> None:
    """An error names the field and what is allowed; a kind nobody knows is an answer: reported up."""
    for request, field in (
        (api.TryRequest(), "category"),
        (api.TryRequest(category="fraud", at_ms=-1), "at_ms"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await questions.Try(request)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert field in (caught.value.details() or "")
    told = await questions.Try(api.TryRequest(category="of_next_year"))
    assert (told.route, told.reason) == ("report_up", "catch_all")
